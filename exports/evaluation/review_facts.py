"""What finished blinded reviews of an evaluation say of the tuned model's regimens.

For whoever must decide: only reviewers who have judged every card count.
"""

from collections.abc import Mapping
from typing import Any

from exports.evaluation.review_summary import summarise
from exports.signoff import ReviewFacts
from store import review_answers, reviews
from store.judgements import Judgement, standing
from store.opening import Connection

ACCEPTED = (Judgement.ACCEPTABLE, Judgement.WITH_CHANGES)


def review_facts(connection: Connection, evaluation_id: str) -> ReviewFacts:
    """Who has finished, and the least that any of them is sure to have accepted.

    ``acceptable_lower`` is the smallest of the reviewers' lower 95 % bounds (Wilson) of the share
    judged acceptable, as it is or with changes.
    """
    finished: set[str] = set()
    lows: list[float] = []
    for review in reviews.list_reviews(connection):
        if review["evaluation"] != evaluation_id:
            continue
        for reviewer in review["reviewers"]:
            if reviewer["judged"] < review["cards"]:
                continue
            finished.add(reviewer["reviewer"])
            steps = review_answers.steps(connection, review["review"], reviewer["reviewer"])
            cases = reviews.unblinded_cases(connection, review["review"])
            lows += _accepted(summarise(cases, standing(steps)))
    return ReviewFacts(tuple(sorted(finished)), min(lows) if lows else None)


def _accepted(summary: Mapping[str, Any]) -> list[float]:
    from exports.evaluation.statistics import wilson

    counts = summary["origins"].get("tuned", {}).get("judgements", {})
    accepted = sum(counts[judgement.value]["count"] for judgement in ACCEPTED if counts)
    ends = wilson(accepted, summary["cases"]).ci95 if counts else None
    return [ends[0]] if ends else []
