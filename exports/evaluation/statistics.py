"""Intervals and tests for paired answers of patients.

The patient is the unit: several cases of one patient are averaged before a test and resampled
together, because they are not independent. Where no number can be right there is None and a
sentence that says why; nothing here returns NaN. Nothing here knows what a metric means.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan, sqrt
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

ZERO_METHOD = "wilcox"
EXACT_UP_TO = 500
"""Non-zero differences up to which the exact distribution is used, with ties as without."""
_CHUNK = 500


@dataclass(frozen=True)
class Interval:
    """A 95 % interval and how it was made, or None and why there is none."""

    ci95: tuple[float, float] | None
    method: str
    reason: str = ""

    def record(self, prefix: str = "") -> dict[str, Any]:
        """``ci95`` (two ends or None), ``ci95_method`` and, where there is one, ``ci95_reason``."""
        found: dict[str, Any] = {
            f"{prefix}ci95": list(self.ci95) if self.ci95 else None,
            f"{prefix}ci95_method": self.method,
        }
        return found | ({f"{prefix}ci95_reason": self.reason} if self.reason else {})


def no_value(reason: str) -> dict[str, Any]:
    """The record of a number that does not exist, with its interval."""
    return {"value": None, "ci95": None, "ci95_method": "none", "reason": reason}


def mean_or_none(values: Sequence[float]) -> float | None:
    """The mean; None of no values."""
    return sum(values) / len(values) if values else None


@dataclass(frozen=True)
class SignedRank:
    """A Wilcoxon signed-rank test.

    ``n_effective`` counts the differences that are not zero; ``method`` names the distribution
    that the p-value came from: "exact" (all sign changes), "asymptotic", or "none" where nothing
    differs. ``rank_biserial`` is the effect size, from -1 to 1: the share of rank sums above zero
    less that below (Kerby 2014); None where nothing differs.
    """

    p: float | None
    n_effective: int
    method: str
    zero_method: str = ZERO_METHOD
    reason: str = ""
    rank_biserial: float | None = None


def wilson(right: float, n: float) -> Interval:
    """Wilson's 95 % score interval of a proportion (Wilson 1927), ``right`` of ``n``.

    ``n`` may be an effective number of cases, which is no whole number.
    """
    if not n >= 1 or not 0 <= right <= n:
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
    unbias: bool = True,
) -> dict[str, Interval]:
    """95 % percentile intervals of values over resampled patients (Efron 1979).

    Resamples of an average over classes lie lower than the sample, by about as much as the sample
    lies lower than the truth: the rarer a class, the more of it is lost twice. So the interval is
    moved by twice that bias (``docs/statistics.md`` has what this does to its coverage); a mean
    has none, and needs no moving.

    Args:
        patients: the patient of each of n pairs; a patient's pairs are drawn together.
        values: from weights of shape (b, n), how often each pair counts, to b of each value.
        seed: of the resampling; the same seed draws the same patients for every metric.
        resamples: how many times the patients are drawn.
        unbias: whether the interval is moved by twice the resamples' bias.

    Returns:
        an interval for each name that ``values`` gives; None in it where fewer than two
        patients, or no spread among the resamples, leave nothing that one could be taken from.
    """
    index = patient_index(patients)
    count = int(index.max()) + 1 if len(index) else 0
    if count < 2:
        nothing = Interval(None, "none", "an interval needs at least two patients")
        return dict.fromkeys(values(np.ones((1, len(index)))), nothing)
    drawn: dict[str, list[Floats]] = {}
    for weights in resampled_weights(index, seed=seed, resamples=resamples):
        for name, found in values(weights).items():
            drawn.setdefault(name, []).append(found)
    sample = values(np.ones((1, len(index)))) if unbias else {}
    return {
        name: _percentiles(np.concatenate(found), sample[name][0] if unbias else None)
        for name, found in drawn.items()
    }


def resampled_weights(
    index: NDArray[np.int64], *, seed: int, resamples: int, chunk: int = _CHUNK
) -> Iterator[Floats]:
    """How often each pair counts in resamples of whole patients, in arrays of shape (b, n).

    ``index`` is that of ``patient_index``; ``resamples`` rows in all, ``chunk`` at a time.
    """
    rng, count = np.random.default_rng(seed), int(index.max()) + 1
    for start in range(0, resamples, chunk):
        times = rng.multinomial(count, np.full(count, 1 / count), min(chunk, resamples - start))
        yield times[:, index].astype(float)


def _percentiles(values: Floats, sample: float | None) -> Interval:
    if not np.isfinite(values).all():
        return Interval(None, "none", "the value is not defined in every resample")
    if float(np.ptp(values)) < 1e-12:
        return Interval(None, "none", "every patient has the same value, so nothing shows a spread")
    low, high = (float(v) for v in np.quantile(values, [0.025, 0.975]))
    if sample is None:
        return Interval((low, high), "patient bootstrap")
    shift = 2 * (float(values.mean()) - sample)
    # a share, or a difference of two, is not moved out of where shares lie, nor off its estimate
    least, most = min(float(values.min()), sample), max(float(values.max()), sample)
    floor = 0.0 if least >= 0 else -1.0 if least >= -1 else -inf
    ceiling = 1.0 if most <= 1 else inf
    ends = (max(floor, min(low - shift, sample)), min(ceiling, max(high - shift, sample)))
    return Interval(ends, "patient bootstrap, moved by twice its bias")


def weighted_mean(values: Sequence[float] | Floats) -> Callable[[Floats], Mapping[str, Floats]]:
    """The ``mean`` over pairs, as ``bootstrap`` wants it."""
    array = np.asarray(values, dtype=float)

    def mean(weights: Floats) -> Mapping[str, Floats]:
        with np.errstate(invalid="ignore"):
            return {"mean": weights @ array / weights.sum(1)}

    return mean


def same_everywhere(value: float, n: int, low: float, high: float) -> Interval:
    """A 95 % interval of a mean where all ``n`` patients have the one value ``value``.

    Wilson's interval of n of n says how large a share of patients may be otherwise, and those lie
    between ``low`` and ``high``; so resampling's interval of no width is widened by what they
    could add or take away.
    """
    ends = wilson(n, n).ci95
    assert ends
    share = 1 - ends[0]
    widened = (value - share * (value - low), value + share * (high - value))
    return Interval(widened, "wilson, all patients alike")


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
    means = per_patient(array, patients) if len(array) else array
    if len(means) >= 2 and np.ptp(means) < 1e-12:
        return same_everywhere(float(means[0]), len(means), low, high)
    mean = weighted_mean(array)
    return bootstrap(patients, mean, seed=seed, resamples=resamples, unbias=False)["mean"]


def proportion_interval(
    right: Sequence[float] | Floats, patients: Sequence[str], *, seed: int = 0, resamples: int = 0
) -> Interval:
    """Wilson's 95 % interval of a share of right answers.

    Several cases of a patient are not independent, so they count as the number of independent
    cases that would make the share as sure (Kish 1965, for Wilson's interval Dean and Pagano
    2015): p(1 - p) over the share's variance between patients, by Taylor linearisation. Where all
    patients are alike that is the number of patients. This keeps its coverage near 0 and 1, where
    resampling loses it (``docs/statistics.md``); ``seed`` and ``resamples``, taken so that it can
    stand where ``mean_interval`` does, change nothing.
    """
    array = np.asarray(right, dtype=float)
    if not np.isfinite(array).all():
        return Interval(None, "none", "a value is not a number")
    count, cases = len(set(patients)), len(array)
    if count == cases:
        return wilson(float(array.sum()), cases)
    if count < 2:
        return Interval(None, "none", "an interval needs at least two patients")
    index, share = patient_index(patients), float(array.mean())
    apart = np.bincount(index, weights=array - share)
    variance = count / (count - 1) * float(apart @ apart) / cases**2
    alike = variance < 1e-15
    effective = count if alike else min(max(share * (1 - share) / variance, 1.0), cases)
    found = wilson(share * effective, effective)
    return Interval(found.ci95, "wilson, by patient", found.reason)


def better_worse_tied(differences: Sequence[float] | Floats) -> tuple[int, int, int]:
    """How many differences are above, below and equal to zero."""
    array = np.asarray(differences, dtype=float)
    return int((array > 0).sum()), int((array < 0).sum()), int((array == 0).sum())


def signed_rank(differences: Sequence[float] | Floats, alternative: str = "greater") -> SignedRank:
    """Wilcoxon signed-rank test that the differences lie above zero, or that they do not lie at it.

    Zeros are left out (Wilcoxon 1945), ties get their mean rank. Up to ``EXACT_UP_TO`` differences,
    and at any number where all are of one size, the distribution over all sign changes is used:
    the normal approximation of right and wrong answers finds too much (5.9 % in place of 5 % with
    15 that differ). Beyond, scipy's normal approximation, corrected for ties.

    Args:
        differences: one a patient.
        alternative: "greater" (one-sided) or "two-sided".
    """
    array = np.asarray(differences, dtype=float)
    if not np.isfinite(array).all():
        return SignedRank(None, 0, "none", reason="a difference is not a number")
    if not len(array):
        return SignedRank(None, 0, "none", reason="there is no pair to compare")
    kept = array[array != 0]
    if not len(kept):
        return SignedRank(1.0, 0, "none", reason="no patient differs")
    from scipy.stats import rankdata, wilcoxon

    ranks = np.round(2 * rankdata(np.abs(kept))).astype(int)
    above = int(ranks[kept > 0].sum())
    effect = (2 * above - int(ranks.sum())) / int(ranks.sum())
    if len(set(ranks)) == 1:
        better = int((kept > 0).sum())
        p, method = mcnemar(better, len(kept) - better, alternative), "exact"
    elif len(kept) <= EXACT_UP_TO:
        p, method = _of_sign_changes(ranks, above, alternative), "exact"
    else:
        result: Any = wilcoxon(
            kept, zero_method=ZERO_METHOD, alternative=alternative, method="asymptotic"
        )
        p, method = float(result.pvalue), "asymptotic"
    return SignedRank(p, len(kept), method, rank_biserial=effect)


def _of_sign_changes(ranks: NDArray[Any], above: int, alternative: str) -> float:
    """The p-value of a rank sum over all sign changes, by adding one rank after the other.

    Ranks are doubled, so that mean ranks are whole numbers.
    """
    chance = np.zeros(int(ranks.sum()) + 1)
    chance[0], reach = 1.0, 0
    for rank in sorted(int(rank) for rank in ranks):
        with_rank = 0.5 * chance[: reach + 1]
        chance[: reach + 1] = with_rank
        chance[rank : rank + reach + 1] += with_rank
        reach += rank
    greater = min(1.0, float(chance[above:].sum()))
    if alternative == "greater":
        return greater
    return min(1.0, 2 * min(greater, float(chance[: above + 1].sum())))


def mcnemar(better: int, worse: int, alternative: str = "greater") -> float:
    """Exact McNemar p-value: ``better`` of all that differ, were each a coin toss.

    McNemar (1947) with the binomial distribution; 1.0 where nothing differs. With several cases
    of a patient, better and worse count patients, which makes it the sign test. ``alternative``
    is "greater" (one-sided) or "two-sided".
    """
    if better + worse == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(better, better + worse, alternative=alternative).pvalue)


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
