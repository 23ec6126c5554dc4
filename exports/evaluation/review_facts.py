"""What blinded reviews of an evaluation say of the tuned model's regimens.

For whoever must decide: a review counts from when one of its reviewers has judged every card.
"""

from exports.evaluation.review_summary import accepted_at_least
from exports.signoff import ReviewFacts
from store import reviews
from store.opening import Connection
from store.review_people import REVIEWER
from store.review_votes import read_votes


def review_facts(connection: Connection, evaluation_id: str) -> ReviewFacts:
    """Who has finished, who else took part, and the least that is sure to be accepted.

    ``acceptable_lower`` is the lower 95 % bound of the share of cases whose verdict is acceptable,
    as it is or with changes, what waits for adjudication counting against it; the smallest of
    several reviews.
    """
    finished: set[str] = set()
    others: set[str] = set()
    lows: list[float] = []
    for review in reviews.list_reviews(connection):
        if review["evaluation"] != evaluation_id:
            continue
        took_part = [who for who in review["reviewers"] if who["judged"]]
        done = {
            who["reviewer"]
            for who in took_part
            if who["role"] == REVIEWER and who["judged"] == who["cards"]
        }
        finished |= done
        others |= {who["reviewer"] for who in took_part} - done
        if done:
            cases = reviews.unblinded_cases(connection, review["review"])
            votes = read_votes(connection, review["review"])
            lower = accepted_at_least(cases, votes, "tuned")
            lows += [] if lower is None else [lower]
    return ReviewFacts(
        tuple(sorted(finished)), min(lows) if lows else None, tuple(sorted(others - finished))
    )
