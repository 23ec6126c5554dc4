"""Intervals and tests for paired answers of patients.

The patient is the unit: several cases of one patient are averaged before a test and resampled
together, because they are not independent. Where no number can be right there is None and a
sentence that says why; nothing here returns NaN. Nothing here knows what a metric means.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan, sqrt
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

ZERO_METHOD = "wilcox"
EXACT_UP_TO = 50
"""Non-zero differences up to which the exact distribution without ties is used, as in scipy."""
SIGN_FLIPS_UP_TO = 13
"""Non-zero differences up to which ties are dealt with by all 2^n sign changes."""
_CHUNK = 500


@dataclass(frozen=True)
class Interval:
    """A 95 % interval and how it was made, or None and why there is none."""

    ci95: tuple[float, float] | None
    method: str
    reason: str = ""


@dataclass(frozen=True)
class SignedRank:
    """A one-sided Wilcoxon signed-rank test.

    ``n_effective`` counts the differences that are not zero; ``method`` names the distribution
    that the p-value came from: "exact", "permutation" (all sign changes), "asymptotic", or
    "none" where nothing differs.
    """

    p: float | None
    n_effective: int
    method: str
    zero_method: str = ZERO_METHOD
    reason: str = ""


def wilson(right: float, n: int) -> Interval:
    """Wilson's 95 % score interval of a proportion (Wilson 1927), ``right`` of ``n``."""
    if n < 1 or not 0 <= right <= n:
        return Interval(None, "none", "there is nothing to count")
    z = NormalDist().inv_cdf(0.975)
    share, below = right / n, 1 + z * z / n
    middle = (share + z * z / (2 * n)) / below
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / below
    low = 0.0 if right == 0 else max(0.0, middle - half)
    high = 1.0 if right == n else min(1.0, middle + half)
    return Interval((low, high), "wilson")


def per_patient(values: Sequence[float] | Floats, patients: Sequence[str]) -> Floats:
    """The mean value of each patient, in sorted order of patients.

    Rounded to 12 digits, so that two means that are equal on paper are equal here and a tie
    stays a tie.
    """
    index = patient_index(patients)
    sums = np.bincount(index, weights=np.asarray(values, dtype=float))
    return np.round(sums / np.bincount(index), 12)


def patient_index(patients: Sequence[str]) -> NDArray[np.int64]:
    """For each pair the number of its patient, counted from 0 in sorted order."""
    return np.unique(np.asarray(patients, dtype=str), return_inverse=True)[1].astype(np.int64)


def bootstrap(
    patients: Sequence[str],
    values: Callable[[Floats], Mapping[str, Floats]],
    *,
    seed: int,
    resamples: int = 5000,
) -> dict[str, Interval]:
    """95 % percentile intervals of values over resampled patients (Efron 1979).

    Args:
        patients: the patient of each of n pairs; a patient's pairs are drawn together.
        values: from weights of shape (b, n), how often each pair counts, to b of each value.
        seed: of the resampling; the same seed draws the same patients for every metric.
        resamples: how many times the patients are drawn.

    Returns:
        an interval for each name that ``values`` gives; None in it where fewer than two
        patients, or no spread among the resamples, leave nothing that one could be taken from.
    """
    index = patient_index(patients)
    count = int(index.max()) + 1 if len(index) else 0
    if count < 2:
        nothing = Interval(None, "none", "an interval needs at least two patients")
        return dict.fromkeys(values(np.ones((1, len(index)))), nothing)
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[Floats]] = {}
    for start in range(0, resamples, _CHUNK):
        times = rng.multinomial(count, np.full(count, 1 / count), min(_CHUNK, resamples - start))
        for name, found in values(times[:, index].astype(float)).items():
            drawn.setdefault(name, []).append(found)
    return {name: _percentiles(np.concatenate(found)) for name, found in drawn.items()}


def _percentiles(values: Floats) -> Interval:
    if not np.isfinite(values).all():
        return Interval(None, "none", "the value is not defined in every resample")
    if float(np.ptp(values)) < 1e-12:
        return Interval(None, "none", "every patient has the same value, so nothing shows a spread")
    low, high = (float(v) for v in np.quantile(values, [0.025, 0.975]))
    return Interval((low, high), "patient bootstrap")


def weighted_mean(values: Sequence[float] | Floats) -> Callable[[Floats], Mapping[str, Floats]]:
    """The ``mean`` over pairs, as ``bootstrap`` wants it."""
    array = np.asarray(values, dtype=float)

    def mean(weights: Floats) -> Mapping[str, Floats]:
        with np.errstate(invalid="ignore"):
            return {"mean": weights @ array / weights.sum(1)}

    return mean


def same_everywhere(value: float, n: int, low: float, high: float) -> Interval:
    """A 95 % interval of a mean where all ``n`` patients have the one value ``value``.

    With n of n alike, at most a share u = 1 - 0.025^(1/n) of patients is otherwise (Clopper and
    Pearson 1934), and those lie between ``low`` and ``high``; so resampling's interval of no
    width is widened by what they could add or take away.
    """
    share = 1 - 0.025 ** (1 / n)
    ends = (value - share * (value - low), value + share * (high - value))
    return Interval(ends, "exact bound, all patients alike")


def mean_interval(
    values: Sequence[float] | Floats,
    patients: Sequence[str],
    *,
    low: float,
    high: float,
    seed: int,
    resamples: int = 5000,
) -> Interval:
    """The 95 % interval of a mean over pairs of values between ``low`` and ``high``.

    Patients are resampled; where all are alike the bound of ``same_everywhere`` is used.
    """
    array = np.asarray(values, dtype=float)
    if not np.isfinite(array).all():
        return Interval(None, "none", "a value is not a number")
    count = len(set(patients))
    if count >= 2 and np.ptp(array) < 1e-12:
        return same_everywhere(float(array[0]), count, low, high)
    return bootstrap(patients, weighted_mean(array), seed=seed, resamples=resamples)["mean"]


def proportion_interval(
    right: Sequence[float] | Floats, patients: Sequence[str], *, seed: int, resamples: int = 5000
) -> Interval:
    """The 95 % interval of a share of right answers.

    Wilson's where each patient has one case; with several cases of a patient, Wilson's would
    take them for independent, so patients are resampled.
    """
    array = np.asarray(right, dtype=float)
    if len(set(patients)) == len(array):
        return wilson(float(array.sum()), len(array))
    return mean_interval(array, patients, low=0.0, high=1.0, seed=seed, resamples=resamples)


def better_worse_tied(differences: Sequence[float] | Floats) -> tuple[int, int, int]:
    """How many differences are above, below and equal to zero."""
    array = np.asarray(differences, dtype=float)
    return int((array > 0).sum()), int((array < 0).sum()), int((array == 0).sum())


def signed_rank(differences: Sequence[float] | Floats) -> SignedRank:
    """One-sided Wilcoxon signed-rank test that the differences lie above zero, through scipy.

    Zeros are left out (Wilcoxon 1945) before the distribution is chosen, because scipy chooses
    by the length with zeros and then falls back to the normal approximation without saying so.
    Exact without ties up to ``EXACT_UP_TO``; all sign changes with ties up to
    ``SIGN_FLIPS_UP_TO``; else the normal approximation corrected for ties, not for continuity.
    """
    array = np.asarray(differences, dtype=float)
    if not np.isfinite(array).all():
        return SignedRank(None, 0, "none", reason="a difference is not a number")
    if not len(array):
        return SignedRank(None, 0, "none", reason="there is no pair to compare")
    kept = array[array != 0]
    if not len(kept):
        return SignedRank(1.0, 0, "none", reason="no patient differs")
    from scipy.stats import PermutationMethod, wilcoxon

    name: str
    method: Any
    tied = len(np.unique(np.abs(kept))) < len(kept)
    if not tied and len(kept) <= EXACT_UP_TO:
        name, method = "exact", "exact"
    elif tied and len(kept) <= SIGN_FLIPS_UP_TO:
        name, method = "permutation", PermutationMethod(n_resamples=2**SIGN_FLIPS_UP_TO)
    else:
        name, method = "asymptotic", "asymptotic"
    result: Any = wilcoxon(
        kept, zero_method=ZERO_METHOD, correction=False, alternative="greater", method=method
    )
    return SignedRank(float(result.pvalue), len(kept), name)


def mcnemar(better: int, worse: int) -> float:
    """One-sided exact McNemar p-value: ``better`` of all that differ, were each a coin toss.

    McNemar (1947) with the binomial distribution; 1.0 where nothing differs. With several cases
    of a patient, better and worse count patients, which makes it the sign test.
    """
    if better + worse == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(better, better + worse, alternative="greater").pvalue)


def holm(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Holm's step-down correction (Holm 1979) over a declared family.

    A member without a p-value stays None, and still counts in the size of the family: what was
    declared is not made smaller by what could not be tested.
    """
    known = {name: p for name, p in p_values.items() if p is not None and not isnan(p)}
    corrected: dict[str, float | None] = dict.fromkeys(p_values)
    highest = 0.0
    for rank, name in enumerate(sorted(known, key=known.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * known[name]))
        corrected[name] = highest
    return corrected


def finite(value: float) -> float | None:
    """The number, or None where it is none: JSON has no NaN."""
    return float(value) if isfinite(value) else None
