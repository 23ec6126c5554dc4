"""What must not cross from test into train.

Pure functions; the gate that refuses is in the actions.
"""

from collections.abc import Iterable, Mapping
from typing import Any


def patients_on_both_sides(
    train: Iterable[Mapping[str, Any]], test: Iterable[Mapping[str, Any]]
) -> set[str]:
    """Patients (keyed hashes) with a case in training and a case in test."""
    return {str(case["patient"]) for case in train} & {str(case["patient"]) for case in test}


def same_texts(
    train: Iterable[Mapping[str, Any]], test: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Test cases whose diagnosis text, but for case and spaces, is that of a training case.

    Different patients may well have the same words in their files; it is a caution, not a leak.
    """
    known = {_words(case) for case in train}
    return [case for case in test if _words(case) in known]


def _words(case: Mapping[str, Any]) -> str:
    return " ".join(str(case["diagnosis"]).casefold().split())
