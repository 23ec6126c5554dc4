"""What blinded reviews of an evaluation say of the tuned model's regimens.

For whoever must decide: a review counts from when one of its reviewers has judged every card.
"""

from exports.evaluation.review_summary import accepted_at_least
from exports.signoff import ReviewFacts
from store import reviews
from store.opening import Connection
from store.review_answers import answers_of_all
from store.review_people import REVIEWER
from store.review_votes import read_votes


def review_facts(connection: Connection, evaluation_id: str, sha256: str = "") -> ReviewFacts:
    """Who has finished, who else took part, and the least that is sure to be accepted.

    ``acceptable_lower`` is the lower 95 % bound of the share of cases whose verdict is acceptable,
    as it is or with changes, what waits for adjudication counting against it; the smallest of
    several reviews.

    Args:
        connection: of the store.
        evaluation_id: whose reviews count; "" for none.
        sha256: of the tuned file; whoever answered in a review of it, whatever evaluation that
            was made of, is among those who took part.
    """
    finished: set[str] = set()
    others: set[str] = set()
    lows: list[float] = []
    for review in reviews.list_reviews(connection):
        counts = review["evaluation"] == evaluation_id
        if not counts and not _of_file(connection, review["review"], sha256):
            continue
        # an answer taken back, or to a card that is no longer theirs to judge, was given all the
        # same
        others |= set(answers_of_all(connection, review["review"]))
        done = {
            who["reviewer"]
            for who in review["reviewers"]
            if who["role"] == REVIEWER and who["judged"] and who["judged"] == who["cards"]
        }
        if counts and done:
            finished |= done
            cases = reviews.unblinded_cases(connection, review["review"])
            votes = read_votes(connection, review["review"])
            lower = accepted_at_least(cases, votes, "tuned")
            lows += [] if lower is None else [lower]
    return ReviewFacts(
        tuple(sorted(finished)), min(lows) if lows else None, tuple(sorted(others - finished))
    )


def _of_file(connection: Connection, review_id: str, sha256: str) -> bool:
    models = reviews.find_review(connection, review_id).models
    return bool(sha256) and models["tuned"]["sha256"] == sha256
