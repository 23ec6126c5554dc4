"""What a finished review says: each origin's judgements, and tuned held against base.

Takes the cases with their origins and one reviewer's standing answers; that the reviewer is
done is for the caller to make sure. One reviewer's counts only: whether reviewers agree is
another question.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from exports.evaluation.review import ORIGINS
from exports.evaluation.statistics import wilson
from store.judgements import Answer, Judgement, Reason, Severity
from store.reviews import ReviewCase

RANK = {Judgement.ACCEPTABLE: 2, Judgement.WITH_CHANGES: 1, Judgement.NOT_ACCEPTABLE: 0}
"""What is better than what; "cannot judge" has no rank."""
INTERVAL = "Wilson 95 % of all cases, each case counted as independent"


def summarise(cases: Sequence[ReviewCase], answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Counts by origin, the paired comparison, and every case with who wrote what.

    A card of several origins counts for each of them. Shares are of all cases, those that could
    not be judged among them.

    Args:
        cases: the review's cases with their origins.
        answers: one reviewer's answer to every card, by card.

    Returns:
        ``cases``, ``patients``, ``interval`` (how intervals are made), ``origins``, ``paired``
        (tuned against base; None where there is no base) and ``judged_cases``.
    """
    origins = [o for o in ORIGINS if any(o in card.origins for c in cases for card in c.cards)]
    by_origin = {o: [_answer_to(case, o, answers) for case in cases] for o in origins}
    return {
        "cases": len(cases),
        "patients": len({case.patient for case in cases}),
        "interval": INTERVAL,
        "origins": {origin: _counts(said) for origin, said in by_origin.items()},
        "paired": _paired(by_origin["tuned"], by_origin["base"]) if "base" in origins else None,
        "judged_cases": [_judged(case, answers) for case in cases],
    }


def _answer_to(case: ReviewCase, origin: str, answers: Mapping[str, Answer]) -> Answer:
    return next(answers[card.card] for card in case.cards if origin in card.origins)


def _counts(said: Sequence[Answer]) -> dict[str, Any]:
    judgements = Counter(answer.judgement for answer in said)
    reasons = Counter(answer.reason for answer in said)
    severities = Counter(answer.severity for answer in said)
    return {
        "judgements": {
            judgement.value: {
                "count": judgements[judgement],
                "share": judgements[judgement] / len(said),
                "ci95": wilson(judgements[judgement], len(said)).ci95,
            }
            for judgement in Judgement
        },
        "reasons": {reason.value: reasons[reason] for reason in Reason},
        "severities": {severity.value: severities[severity] for severity in Severity},
    }


def _paired(tuned: Sequence[Answer], base: Sequence[Answer]) -> dict[str, int]:
    """In how many cases the tuned model's regimen was judged better, worse, or the same.

    Cases in which either could not be judged are left out, and counted.
    """
    counts: dict[str, int] = {"better": 0, "same": 0, "worse": 0, "left_out": 0}
    for one, other in zip(tuned, base, strict=True):
        if Judgement.CANNOT_JUDGE in (one.judgement, other.judgement):
            counts["left_out"] += 1
        else:
            difference = RANK[one.judgement] - RANK[other.judgement]
            counts["better" if difference > 0 else "worse" if difference < 0 else "same"] += 1
    return counts


def _judged(case: ReviewCase, answers: Mapping[str, Answer]) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "diagnosis": case.diagnosis,
        "cards": [
            {
                "origins": list(card.origins),
                "text": card.text,
                "judgement": answers[card.card].judgement.value,
                "reason": (answers[card.card].reason or ""),
                "severity": (answers[card.card].severity or ""),
            }
            for card in case.cards
        ],
    }
