"""One number again for each part of the test patients: whom it holds for.

Described and never tested: an interval, no p-value, and a warning where a group is too small to
say anything. Which part a case belongs to was frozen with the data set (``facts``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from exports.evaluation.facts import CaseFacts
from exports.evaluation.statistics import Floats, Interval, mean_interval, proportion_interval

TOO_FEW = 20
"""Patients below which a group is too small to speak."""
AGE_BANDS = ((0, 17), (18, 39), (40, 59), (60, 69), (70, 79), (80, 150))
NOT_RECORDED = "not recorded"


def age_band(age: int | None) -> str:
    """The band of an age in years, such as "60-69"; "80+" is the last."""
    for low, high in AGE_BANDS:
        if age is not None and low <= age <= high:
            return f"{low}+" if high == AGE_BANDS[-1][1] else f"{low}-{high}"
    return NOT_RECORDED


GROUPINGS: Mapping[str, Callable[[CaseFacts], str]] = {
    "site": lambda case: case.site,
    "intent": lambda case: case.intent,
    "age": lambda case: age_band(case.age),
    "sex": lambda case: case.sex,
    "year": lambda case: "" if case.year is None else str(case.year),
    "source": lambda case: case.source,
    "attending": lambda case: case.attending,
}


@dataclass(frozen=True)
class Subgroup:
    """The mean over the cases of one group; ``warning`` is "" where there are patients enough."""

    by: str
    group: str
    patients: int
    cases: int
    value: float | None
    interval: Interval
    warning: str

    def record(self) -> dict[str, Any]:
        """Its fields, the interval as ``Interval.record`` has it."""
        found = {name: value for name, value in asdict(self).items() if name != "interval"}
        return found | self.interval.record()


def subgroups(
    cases: Sequence[CaseFacts],
    values: Sequence[float] | Floats,
    *,
    low: float = 0.0,
    high: float = 1.0,
    seed: int = 0,
    resamples: int = 2000,
) -> list[Subgroup]:
    """The mean of ``values`` in every group, the largest groups of each grouping first.

    Args:
        cases: the test cases; a patient with cases in two groups is in both.
        values: one for each case: right (1) or wrong (0), a score, or a difference of two.
        low: the least that a value can be; with 0 and 1 alone, Wilson's interval is used.
        high: the most.
        seed: of the resampling by patient otherwise.
        resamples: how many.

    Returns:
        rows in the order of ``GROUPINGS``; a case of which a thing is not known is in the group
        "not recorded". A grouping of which nothing is known of any case has no row.
    """
    array = np.asarray(values, dtype=float)
    found: list[Subgroup] = []
    for by, group_of in GROUPINGS.items():
        groups = [group_of(case) or NOT_RECORDED for case in cases]
        if set(groups) <= {NOT_RECORDED}:
            continue
        for group, places in _largest_first(groups):
            chosen, patients = array[places], [cases[place].patient for place in places]
            interval = _interval(chosen, patients, low, high, seed, resamples)
            value = float(chosen.mean()) if np.isfinite(chosen).all() else None
            count = len(set(patients))
            warning = _warning(count)
            found.append(Subgroup(by, group, count, len(places), value, interval, warning))
    return found


def _largest_first(groups: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    places: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        places.setdefault(group, []).append(place)
    yield from sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))


def _interval(
    values: Floats, patients: Sequence[str], low: float, high: float, seed: int, resamples: int
) -> Interval:
    if (low, high) == (0.0, 1.0) and np.isin(values, (0.0, 1.0)).all():
        return proportion_interval(values, patients)
    return mean_interval(values, patients, low=low, high=high, seed=seed, resamples=resamples)


def _warning(patients: int) -> str:
    return f"too few to speak: under {TOO_FEW} patients" if patients < TOO_FEW else ""
