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
