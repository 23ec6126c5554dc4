"""Permutation tests over patients, for what no McNemar test fits.

Under no difference between two models it is chance which of them gave a patient's answers. So the
signs of a patient's differences may be turned together (a mean of differences), or a patient's
answers changed hands together (precision, recall and F1, which have no value for one patient).
Fisher, *The Design of Experiments*, 1935, section 21; the share of random permutations counts the
observed one, (b + 1) / (m + 1), so that it is never zero (Phipson and Smyth 2010).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exports.evaluation.metrics import class_metrics
from exports.evaluation.statistics import Floats, patient_index

EXACT_UP_TO = 14
"""Patients who differ up to whom all 2^n permutations are made."""
RESAMPLES = 9_999
_CHUNK = 500
_EQUAL = 1e-10

Values: TypeAlias = Callable[[Floats], Mapping[str, Floats]]
"""From signs or swaps of shape (b, patients) to b values of each statistic."""


@dataclass(frozen=True)
class Permutation:
    """One permutation test.

    ``difference`` is the observed statistic; ``method`` is "exact" (all permutations), "monte
    carlo" or "none"; ``permutations`` how many were made; ``n_effective`` how many patients can
    change the statistic.
    """

    difference: float | None
    p: float | None
    method: str
    permutations: int
    n_effective: int
    alternative: str
    reason: str = ""

    def record(self) -> dict[str, Any]:
        """Its fields; ``reason`` only where there is one."""
        return {name: value for name, value in asdict(self).items() if value != ""}


def sign_flip(
    differences: Sequence[float] | Floats,
    patients: Sequence[str],
    *,
    alternative: str = "greater",
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Permutation:
    """Whether the mean of ``differences`` over pairs is above zero ("greater") or not zero.

    Args:
        differences: one for each pair, tuned minus the other.
        patients: the patient of each pair, whose differences turn together.
        alternative: "greater" or "two-sided".
        seed: of the random permutations, where there are too many patients for all.
        resamples: how many of them.
    """
    array = np.asarray(differences, dtype=float)
    problem = _problem(array)
    if problem:
        return _none(problem, alternative)
    sums = np.bincount(patient_index(patients), weights=array)
    # rounded, so that a sum that is zero on paper is zero here
    kept = np.round(sums, 12)
    kept = kept[kept != 0]
    mean = float(array.mean())

    def values(swapped: Floats) -> Mapping[str, Floats]:
        return {"mean": (1 - 2 * swapped) @ kept}

    return _permuted(values, len(kept), alternative, seed, resamples, {"mean": mean})["mean"]


def swap_classes(
    reference: Sequence[str],
    tuned: Sequence[str],
    other: Sequence[str],
    patients: Sequence[str],
    *,
    alternative: str = "greater",
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Permutation]:
    """A test for each of ``CLASS_METRICS``: the difference of two models' precision, recall, F1.

    Args:
        reference: the true class of each pair.
        tuned: the class that one model answered.
        other: the class that the other answered.
        patients: the patient of each pair, whose answers change hands together.
        alternative: "greater" or "two-sided".
        seed: of the random permutations.
        resamples: how many.
    """
    index = patient_index(patients)
    differs = np.array([a != b for a, b in zip(tuned, other, strict=True)], dtype=bool)
    movers = np.unique(index[differs]) if len(differs) else index
    column = {int(patient): place for place, patient in enumerate(movers)}
    places = np.array([column.get(int(patient), -1) for patient in index], dtype=int)
    twice, both = [*reference, *reference], [*tuned, *other]

    def values(swapped: Floats) -> Mapping[str, Floats]:
        # a column of zeros at the end is found by the place -1: whoever cannot move does not
        wide = np.hstack([swapped, np.zeros((len(swapped), 1))])[:, places]
        first = class_metrics(twice, both, np.hstack([1 - wide, wide]))
        second = class_metrics(twice, both, np.hstack([wide, 1 - wide]))
        return {name: first[name] - second[name] for name in first}

    if not len(index):
        empty = class_metrics([], [])
        return {name: _none("there is no pair to compare", alternative) for name in empty}
    return _permuted(values, len(movers), alternative, seed, resamples)


def _permuted(
    values: Values,
    n: int,
    alternative: str,
    seed: int,
    resamples: int,
    differences: Mapping[str, float] | None = None,
) -> dict[str, Permutation]:
    observed = {name: float(value[0]) for name, value in values(np.zeros((1, n))).items()}
    shown = differences or observed
    if not n:
        alike = "no patient differs"
        return {
            name: Permutation(shown[name], 1.0, "none", 0, 0, alternative, alike)
            for name in observed
        }
    exact = n <= EXACT_UP_TO
    counted, total = dict.fromkeys(observed, 0), 0
    for swapped in _every(n) if exact else _random(n, seed, resamples):
        total += len(swapped)
        for name, value in values(swapped).items():
            counted[name] += _as_far(value, observed[name], alternative)
    extra = 0 if exact else 1
    method = "exact" if exact else "monte carlo"
    return {
        name: Permutation(
            shown[name], (count + extra) / (total + extra), method, total, n, alternative
        )
        for name, count in counted.items()
    }


def _as_far(values: Floats, observed: float, alternative: str) -> int:
    """How many values are at least as far out as the observed one."""
    if alternative == "two-sided":
        values, observed = np.abs(values), abs(observed)
    return int((values >= observed - _EQUAL * max(1.0, abs(observed))).sum())


def _every(n: int) -> Iterator[Floats]:
    numbers: NDArray[np.int64] = np.arange(2**n, dtype=np.int64)
    for start in range(0, len(numbers), _CHUNK):
        bits = numbers[start : start + _CHUNK, None] >> np.arange(n)
        yield (bits & 1).astype(float)


def _random(n: int, seed: int, resamples: int) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, _CHUNK):
        size = (min(_CHUNK, resamples - start), n)
        yield rng.integers(0, 2, size, dtype=np.int8).astype(float)


def _problem(array: Floats) -> str:
    if not len(array):
        return "there is no pair to compare"
    return "" if np.isfinite(array).all() else "a difference is not a number"


def _none(reason: str, alternative: str) -> Permutation:
    return Permutation(None, None, "none", 0, 0, alternative, reason)
