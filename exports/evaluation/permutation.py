"""A permutation test over patients, for scores, which no McNemar test fits.

Under no difference between two models it is chance which of them gave a patient's answers. So the
signs of a patient's differences may be turned together. Fisher, *The Design of Experiments*, 1935,
section 21; the share of random permutations counts the observed one, (b + 1) / (m + 1), so that it
is never zero (Phipson and Smyth 2010).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exports.evaluation.statistics import Floats, patient_index

EXACT_UP_TO = 14
"""Patients who differ up to whom all 2^n permutations are made."""
RESAMPLES = 9_999
_CHUNK = 500
_EQUAL = 1e-10


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

    n = len(kept)
    if not n:
        return Permutation(mean, 1.0, "none", 0, 0, alternative, "no patient differs")
    exact = n <= EXACT_UP_TO
    observed = float(kept.sum())
    counted, total = 0, 0
    for turned in _every(n) if exact else _random(n, seed, resamples):
        total += len(turned)
        counted += _as_far((1 - 2 * turned) @ kept, observed, alternative)
    extra = 0 if exact else 1
    method = "exact" if exact else "monte carlo"
    p = (counted + extra) / (total + extra)
    return Permutation(mean, p, method, total, n, alternative)


def _none(reason: str, alternative: str) -> Permutation:
    return Permutation(None, None, "none", 0, 0, alternative, reason)


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
