"""Shares of reviewed cases and their differences, weighted back to all cases of the evaluation.

Each stratum counts by the cases that it stands for. Cases are resampled within their stratum, one
fewer than there are and weighted up, which gives the variance that the estimate has even in small
strata (Rao and Wu, J Am Stat Assoc 1988;83:231-241). Where a patient has several of the cases,
patients are resampled instead. Nothing here knows what was judged.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from exports.evaluation.shares import NOTHING, RESAMPLES, Share
from exports.evaluation.statistics import (
    Floats,
    Interval,
    bootstrap,
    same_everywhere,
    wilson,
)
from store.reviews import ReviewCase

FEWEST = 30
"""Cases from which on a percentile bootstrap is used for a share."""


def weights(cases: Sequence[ReviewCase], totals: Mapping[str, float]) -> Floats:
    """How many cases each of these stands for, where only they were judged of their strata."""
    judged = Counter(case.stratum for case in cases)
    return np.array([totals[case.stratum] / judged[case.stratum] for case in cases])


def totals_of(cases: Sequence[ReviewCase]) -> dict[str, float]:
    """How many cases of the evaluation each stratum has."""
    found: dict[str, float] = {}
    for case in cases:
        found[case.stratum] = found.get(case.stratum, 0.0) + case.weight
    return found


def weighted_share(
    said: Sequence[bool], cases: Sequence[ReviewCase], totals: Mapping[str, float], *, seed: int = 0
) -> Share:
    """The share of true values; ``count`` and ``n`` are of the cases themselves, unweighted.

    Wilson's interval, with the effective number of cases (Kish 1965), where nothing shows a spread
    and below ``FEWEST`` cases, of which resampling would say too much.
    """
    if not said:
        return Share(0, 0, None, None, "none", NOTHING)
    values = np.array(said, dtype=float)
    share, found = _mean(values, cases, totals, seed)
    if found.ci95 is None or len(said) < FEWEST:
        n = effective(weights(cases, totals))
        found = wilson(min(share * n, n), n)
    return Share(int(values.sum()), len(said), share, found.ci95, found.method, found.reason)


def weighted_difference(
    differences: Sequence[float],
    cases: Sequence[ReviewCase],
    totals: Mapping[str, float],
    *,
    seed: int = 0,
) -> tuple[float | None, Interval]:
    """The mean of paired differences between -1 and 1, and its 95 % interval."""
    if not differences:
        return None, Interval(None, "none", NOTHING)
    values = np.array(differences)
    mean, found = _mean(values, cases, totals, seed)
    if found.ci95 is None and len(differences) > 1:
        if np.ptp(values) == 0:
            return mean, same_everywhere(mean, effective(weights(cases, totals)), -1.0, 1.0)
        # each stratum is of one mind: then only their number shows how sure one may be
        whole = [replace(case, stratum="") for case in cases]
        return mean, _mean(values, whole, {"": sum(totals.values())}, seed)[1]
    return mean, found


def effective(of: Floats) -> int:
    """Kish's effective number of cases with these weights, rounded down; at least one."""
    return max(1, int(of.sum() ** 2 / (of**2).sum() + 1e-9))


def _mean(
    values: Floats, cases: Sequence[ReviewCase], totals: Mapping[str, float], seed: int
) -> tuple[float, Interval]:
    weight = weights(cases, totals)
    mean = float(np.round(weight @ values / weight.sum(), 12))
    patients = [case.patient for case in cases]
    if len(cases) < 2:
        return mean, Interval(None, "none", "an interval needs at least two cases")
    if len(set(patients)) < len(cases):

        def by_patient(times: Floats) -> Mapping[str, Floats]:
            return {"mean": (times * weight) @ values / ((times * weight).sum(1))}

        return mean, bootstrap(patients, by_patient, seed=seed, resamples=RESAMPLES)["mean"]
    strata = [case.stratum for case in cases]
    drawn = _resampled(strata, weight, seed) @ values / weight.sum()
    within = " within strata" if len(set(strata)) > 1 else ""
    if np.ptp(drawn) < 1e-12:
        return mean, Interval(None, "none", "nothing shows a spread")
    low, high = (float(end) for end in np.quantile(drawn, [0.025, 0.975]))
    return mean, Interval((low, high), f"case bootstrap{within}")


def _resampled(strata: Sequence[str], weight: Floats, seed: int) -> Floats:
    """Weights of each case in each resample, shape (``RESAMPLES``, cases)."""
    rng = np.random.default_rng(seed)
    made = np.tile(weight, (RESAMPLES, 1))
    for stratum in sorted(set(strata)):
        here = np.array([one == stratum for one in strata])
        n = int(here.sum())
        if n > 1:
            times = rng.multinomial(n - 1, np.full(n, 1 / n), RESAMPLES)
            made[:, here] *= times * (n / (n - 1))
    return made
