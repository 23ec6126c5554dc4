"""Validation in two halves, so that what chooses a model never also sets its thresholds.

The first half stops training and chooses between models and settings; the second sets
temperature, abstention threshold and drift. Who is in which depends on the data set and the
patient alone, so every part of the program makes the same halves without being told.
"""

import hashlib
from collections.abc import Iterable


def halves(dataset: str, patients: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """(who chooses, who calibrates): the patients in two halves, the first the larger by one.

    Args:
        dataset: the data set's id.
        patients: its validation patients, in any order, any number of times.
    """
    order = sorted(set(patients), key=lambda p: hashlib.sha256(f"{dataset} {p}".encode()).digest())
    middle = (len(order) + 1) // 2
    return frozenset(order[:middle]), frozenset(order[middle:])
