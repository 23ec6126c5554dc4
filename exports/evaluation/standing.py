"""What a verdict leads with: the score itself, how low it may be, and the best baseline beside it.

No p-value here, and no word: whether that is good enough is the department's policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from exports.evaluation.statistics import Floats, Interval, mean_interval, proportion_interval


@dataclass(frozen=True)
class Standing:
    """One metric's score of the tuned model, alone and against the best baseline.

    ``lower`` is the lower end of the score's 95 % interval, and ``above`` whether the whole
    interval of the difference lies above zero; None where there is no interval.
    """

    member: str
    score: float | None
    interval: Interval
    baseline: str
    baseline_score: float | None
    difference: float | None
    difference_interval: Interval

    @property
    def lower(self) -> float | None:
        return self.interval.ci95[0] if self.interval.ci95 else None

    @property
    def above(self) -> bool | None:
        ends = self.difference_interval.ci95
        return ends[0] > 0 if ends else None

    def record(self) -> dict[str, Any]:
        """All of it; intervals as ``Interval.record`` has them, that of the difference prefixed."""
        return {
            "member": self.member,
            "score": self.score,
            "lower": self.lower,
            **self.interval.record(),
            "baseline": self.baseline,
            "baseline_score": self.baseline_score,
            "difference": self.difference,
            **self.difference_interval.record("difference_"),
            "above_baseline": self.above,
        }


def standing(
    member: str,
    tuned: Sequence[float] | Floats,
    patients: Sequence[str],
    baseline: str = "",
    beside: Sequence[float] | Floats | None = None,
    *,
    seed: int,
    resamples: int = 5000,
) -> Standing:
    """How the tuned model stands on one metric whose values lie between 0 and 1.

    Args:
        member: "task.metric".
        tuned: the value of each pair; where all are 0 or 1 its interval is Wilson's.
        patients: the patient of each pair.
        baseline: the best baseline's name, "" where there is none.
        beside: the baseline's value of each pair.
        seed: of the resampling.
        resamples: how many.
    """
    values = np.asarray(tuned, dtype=float)
    bad = _bad(values)
    if bad:
        return Standing(member, None, bad, baseline, None, None, bad)
    draw = {"seed": seed, "resamples": resamples}
    if np.isin(values, (0.0, 1.0)).all():
        interval = proportion_interval(values, patients)
    else:
        interval = mean_interval(values, patients, low=0.0, high=1.0, **draw)
    score = float(values.mean())
    if beside is None:
        alone = Interval(None, "none", "there is no baseline")
        return Standing(member, score, interval, baseline, None, None, alone)
    others = np.asarray(beside, dtype=float)
    bad = _bad(others)
    if bad:
        return Standing(member, score, interval, baseline, None, None, bad)
    between = np.asarray(np.round(values - others, 12), dtype=float)
    apart = mean_interval(between, patients, low=-1.0, high=1.0, **draw)
    other = float(others.mean())
    return Standing(member, score, interval, baseline, other, score - other, apart)


def _bad(values: Floats) -> Interval | None:
    if not len(values):
        return Interval(None, "none", "there is no case")
    if not np.isfinite(values).all():
        return Interval(None, "none", "a score is not a number")
    return None
