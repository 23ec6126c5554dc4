"""Whether a score says how often the answer is right: calibration error and reliability diagram.

The expected calibration error is a sum of sizes, so that chance alone makes it larger: a model
that is calibrated to perfection shows one, and resampling adds to it once more. Therefore it
stands beside what a calibrated model would show of as many cases, and its interval is found the
other way round: which true errors would make the one that was seen likely?
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exports.evaluation.statistics import (
    Floats,
    Interval,
    patient_index,
    proportion_interval,
    resampled_weights,
    same_everywhere,
)

LEAST_CASES = 200
"""Cases below which neither error nor diagram is given."""
BINS = 10
_TIMES = np.linspace(0.0, 5.0, 101)
"""True gaps tried, as multiples of those seen."""


def reliability(
    scores: Sequence[float | None],
    right: Sequence[float] | Floats,
    patients: Sequence[str],
    *,
    bins: int = BINS,
    seed: int = 0,
    resamples: int = 1000,
) -> dict[str, Any]:
    """Expected calibration error over bins of equal mass, and the bins as a diagram shows them.

    Naeini et al. 2015, with bins of equal numbers of cases (Nixon et al. 2019); cases of one score
    are in one bin. The interval resamples patients (``docs/statistics.md`` has its coverage).

    Args:
        scores: the score of each answer, 0 to 1.
        right: whether it was right.
        patients: the patient of each.
        bins: at most so many.
        seed: of the resampling.
        resamples: how many.

    Returns:
        ``ece`` with its interval; ``if_calibrated``: the ``mean`` that perfectly calibrated scores
        would show and the ``p95`` that one in twenty of them would exceed; ``bins``, the lowest
        first: ``low``, ``high`` and ``mean`` of the scores, ``cases``, ``share`` right with its
        interval. Below 200 cases, or where a score is none, None, no bins and a ``reason``.
    """
    known = np.array([np.nan if s is None else s for s in scores], dtype=float)
    reason = _problem(known)
    if reason:
        nothing = {"ece": None, "ci95": None, "ci95_method": "none", "if_calibrated": None}
        return {"cases": len(known), **nothing, "bins": [], "reason": reason}
    true, place = np.asarray(right, dtype=float), _bin_of(known, bins)
    table = np.eye(int(place.max()) + 1)[place]
    error = float(np.abs((true - known) @ table).sum() / len(known))
    interval = _interval((true - known)[:, None] * table, patients, error, seed, resamples)
    return {
        "cases": len(known),
        "ece": error,
        **interval.record(),
        "if_calibrated": _if_calibrated(known, table, seed, resamples),
        "bins": [
            _bin(known[place == one], true[place == one], _of(patients, place == one))
            for one in range(int(place.max()) + 1)
        ],
    }


def _problem(scores: Floats) -> str:
    if len(scores) < LEAST_CASES:
        return f"{len(scores)} cases are too few: at least {LEAST_CASES} are needed"
    if np.isnan(scores).any():
        return "an answer has no score"
    if scores.min() < 0 or scores.max() > 1:
        return "a score is not between 0 and 1"
    return ""


def _bin_of(scores: Floats, bins: int) -> NDArray[np.int64]:
    """The bin of each score: bins of equal numbers, but for those of one score; none is empty."""
    below = np.searchsorted(np.sort(scores), scores, side="left")
    return np.unique(below * bins // len(scores), return_inverse=True)[1].astype(np.int64)


def _bin(scores: Floats, right: Floats, patients: Sequence[str]) -> dict[str, Any]:
    return {
        "low": float(scores.min()),
        "high": float(scores.max()),
        "mean": float(scores.mean()),
        "cases": len(scores),
        "share": float(right.mean()),
        **proportion_interval(right, patients).record(),
    }


def _of(patients: Sequence[str], chosen: NDArray[np.bool_]) -> list[str]:
    return [patient for patient, is_in in zip(patients, chosen, strict=True) if is_in]


def _interval(
    gaps: Floats, patients: Sequence[str], error: float, seed: int, resamples: int
) -> Interval:
    """The true errors under which the one seen is not among the 5 % least likely.

    ``gaps`` (cases, bins) are right minus score. True gaps are taken along the line from none to
    those seen and beyond; what patients add to them is what resampling adds to those seen.
    """
    if len(set(patients)) < 2:
        return Interval(None, "none", "an interval needs at least two patients")
    seen = gaps.mean(0)
    drawn = resampled_weights(patient_index(patients), seed=seed, resamples=resamples)
    noise = np.vstack([w @ gaps / w.sum(1, keepdims=True) for w in drawn]) - seen
    if np.ptp(noise) < 1e-12:
        return same_everywhere(error, len(set(patients)), 0.0, 1.0)
    likely: list[float] = []
    for times in _TIMES:
        errors = np.abs(times * seen + noise).sum(1)
        low, high = np.quantile(errors, [0.025, 0.975])
        if low <= error <= high:
            likely.append(float(times) * error)
    # where even no gap at all would show more, the error seen is small by luck
    least = min(likely, default=0.0)
    ends = (min(least, error), min(1.0, max([*likely, error])))
    return Interval(ends, "patient bootstrap, inverted")


def _if_calibrated(scores: Floats, table: Floats, seed: int, resamples: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    found: list[Floats] = []
    for start in range(0, resamples, 200):
        size = (min(200, resamples - start), len(scores))
        right = (rng.random(size) < scores).astype(float)
        found.append(np.abs((right - scores) @ table).sum(1) / len(scores))
    errors = np.concatenate(found)
    return {"mean": float(errors.mean()), "p95": float(np.quantile(errors, 0.95))}
