"""What finished reviews of an evaluation say, for its report: numbers, and no text of any case.

A review is finished when everybody who began it has judged every card given to them, so that a
report unblinds nobody who is still judging.
"""

from typing import Any

from exports.evaluation.review_summary import summarise
from store import reviews
from store.opening import Connection
from store.review_people import REVIEWER
from store.review_votes import read_votes

SPOKEN = "judged_cases"
"""The part of a summary that holds what was read and said of each case."""


def review_results(connection: Connection, evaluation_id: str) -> list[dict[str, Any]]:
    """Every review of the evaluation that somebody began, oldest first.

    Returns:
        objects of ``review``, ``reviewers`` (who, role, how many cards judged of how many given)
        and ``left`` (reviewers with cards to judge); those with none left have the fields of
        ``summarise`` too, without its judged cases.
    """
    found: list[dict[str, Any]] = []
    for listed in reviews.list_reviews(connection):
        began = [who for who in listed["reviewers"] if who["judged"]]
        judges = [who for who in began if who["role"] == REVIEWER]
        if listed["evaluation"] != evaluation_id or not judges:
            continue
        left = sum(who["judged"] < who["cards"] for who in judges)
        known = ("reviewer", "role", "judged", "cards")
        said: dict[str, Any] = {
            "review": listed["review"],
            "synthetic": listed["synthetic"],
            "reviewers": [{key: who[key] for key in known} for who in began],
            "left": left,
        }
        found.append(said if left else {**said, **_summary(connection, listed["review"])})
    return found


def _summary(connection: Connection, review_id: str) -> dict[str, Any]:
    cases = reviews.unblinded_cases(connection, review_id)
    whole = summarise(cases, read_votes(connection, review_id))
    return {key: value for key, value in whole.items() if key != SPOKEN}
