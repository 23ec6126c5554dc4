"""How far ROUGE-1 and dose-equivalence disagree on the same answers.

A description of the published score beside the judged one. Words cannot be read off as doses: 60 Gy
in 30 and 60 Gy in 20 fractions share most of their words. Nothing here chooses between the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exports.evaluation.answers import rouge1
from exports.evaluation.facts import CaseFacts
from exports.evaluation.regimens import CaseComparison
from exports.evaluation.statistics import mean_or_none

HIGH, LOW = 0.8, 0.5


@dataclass(frozen=True)
class Apart:
    """Cases on which the two disagree, out of ``n`` whose ROUGE-1 is high or low."""

    n: int
    cases: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        share = len(self.cases) / self.n if self.n else None
        return {"count": len(self.cases), "n": self.n, "share": share, "cases": list(self.cases)}


@dataclass(frozen=True)
class RougeDisagreement:
    """Over ``n`` judged answers.

    ``high_not_equivalent``: of those with ROUGE-1 of at least 0.8, the ones that are another
    treatment; ``low_equivalent``: of those below 0.5, the ones that are the same treatment.
    ``spearman`` is the rank correlation of ROUGE-1 with dose-equivalence (0 or 1). ``superiority``
    is how often an equivalent answer has the higher ROUGE-1 of two, ties counting half (0.5 says
    that ROUGE-1 tells nothing). Both are None, with ``reason``, where nothing varies.
    """

    n: int
    mean_equivalent: float | None
    mean_not_equivalent: float | None
    high_not_equivalent: Apart
    low_equivalent: Apart
    spearman: float | None
    superiority: float | None
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "mean_equivalent": self.mean_equivalent,
            "mean_not_equivalent": self.mean_not_equivalent,
            "high": HIGH,
            "low": LOW,
            "high_not_equivalent": self.high_not_equivalent.as_json(),
            "low_equivalent": self.low_equivalent.as_json(),
            "spearman": self.spearman,
            "superiority": self.superiority,
            "reason": self.reason,
        }


def rouge_disagreement(
    facts: Sequence[CaseFacts],
    answers: Mapping[str, str],
    comparisons: Mapping[str, CaseComparison],
) -> RougeDisagreement:
    """ROUGE-1 of the answer texts (by case id) beside the comparisons of the same answers."""
    scored = [
        (case.case_id, rouge1(case.regimen, answers[case.case_id]), bool(found.equivalent))
        for case in facts
        if (found := comparisons.get(case.case_id)) and found.equivalent is not None
    ]
    high = [(name, same) for name, score, same in scored if score >= HIGH]
    low = [(name, same) for name, score, same in scored if score < LOW]
    of_same = [score for _, score, same in scored if same]
    of_others = [score for _, score, same in scored if not same]
    spearman, superiority, reason = _rank_correlation(of_same, of_others)
    return RougeDisagreement(
        n=len(scored),
        mean_equivalent=mean_or_none(of_same),
        mean_not_equivalent=mean_or_none(of_others),
        high_not_equivalent=Apart(len(high), tuple(name for name, same in high if not same)),
        low_equivalent=Apart(len(low), tuple(name for name, same in low if same)),
        spearman=spearman,
        superiority=superiority,
        reason=reason,
    )


def _rank_correlation(
    same: Sequence[float], others: Sequence[float]
) -> tuple[float | None, float | None, str]:
    """Spearman's rho of the scores with being the same, and the probability of superiority."""
    scores = [*same, *others]
    if not scores:
        return None, None, "no answer could be judged"
    if not same or not others:
        return None, None, "all answers are judged alike"
    if len(set(scores)) == 1:
        return None, None, "all answers have one ROUGE-1"
    from scipy.stats import mannwhitneyu, spearmanr

    labels = [1.0] * len(same) + [0.0] * len(others)
    wins = float(mannwhitneyu(same, others).statistic) / (len(same) * len(others))
    correlation: Any = spearmanr(scores, labels)
    return float(correlation.statistic), wins, ""
