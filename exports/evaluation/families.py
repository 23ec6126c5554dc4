"""The two declared families of tests, as data that is frozen before the first prediction.

First, the tuned model against its base, one-sided; second, against the best baseline, two-sided,
because a baseline may as well be the better. Three tests each, corrected together (Holm). All
else that an evaluation says has an interval and no p-value. No numpy at import, so that an action
may name the families.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

MEMBERS = ("regimen.accuracy", "modality.accuracy", "icd10.accuracy")
"""Exact regimen, right modality, exact code, each "task.metric"."""


@dataclass(frozen=True)
class Family:
    """Tests that are corrected together: the tuned model against one other, by ``members``."""

    name: str
    against: str
    alternative: str
    members: tuple[str, ...] = MEMBERS
    test: str = "exact McNemar, by patient"
    correction: str = "Holm"


FAMILIES = (
    Family("base", "the base model", "greater"),
    Family("baseline", "the best baseline by validation score", "two-sided"),
)


def families_record(families: Sequence[Family] = FAMILIES) -> list[dict[str, Any]]:
    """The families as a spec keeps them."""
    return [{**asdict(family), "members": list(family.members)} for family in families]


def read_families(record: Sequence[Mapping[str, Any]]) -> tuple[Family, ...]:
    """What ``families_record`` wrote."""
    return tuple(Family(**{**one, "members": tuple(one["members"])}) for one in record)


def corrected(
    family: Family, p_values: Mapping[str, float | None]
) -> dict[str, dict[str, float | None]]:
    """For each member ``p`` and Holm's ``p_holm``.

    A member that could not be tested has neither, and still counts in the family's size.
    """
    from exports.evaluation.statistics import holm

    known = {name: p_values.get(name) for name in family.members}
    adjusted = holm(known)
    return {
        name: {"p": None if adjusted[name] is None else known[name], "p_holm": adjusted[name]}
        for name in family.members
    }


@dataclass(frozen=True)
class Chosen:
    """The best of several by validation score; None, and why, where none has a score."""

    name: str | None
    score: float | None
    scores: Mapping[str, float | None]
    reason: str = ""

    def record(self) -> dict[str, Any]:
        """Its fields."""
        return {**asdict(self), "scores": dict(self.scores)}


def best_by_validation(scores: Mapping[str, float | None]) -> Chosen:
    """The name of the highest validation score; of equal ones the first named.

    Args:
        scores: by name, in the order in which they were declared; None or NaN for what has none.
    """
    known = {name: s if s is not None and isfinite(s) else None for name, s in scores.items()}
    rated = {name: score for name, score in known.items() if score is not None}
    if not rated:
        return Chosen(None, None, known, "nothing was scored on validation patients")
    name = max(rated, key=rated.__getitem__)
    return Chosen(name, rated[name], known)
