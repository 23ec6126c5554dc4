"""What reviewers said: rows that are appended and never changed, an undo being a row too.

The one place with SQL over these tables. Nothing here knows where a card came from.
"""

from store import audit
from store.case_table import Connection
from store.errors import BadUsage, Refused
from store.judgements import UNDO, Answer, Step, given, read_answer, standing
from store.review_people import ADJUDICATOR, find_person


def steps(connection: Connection, review_id: str, reviewer: str) -> list[Step]:
    """Everything the reviewer did, in order."""
    found = connection.execute(
        """SELECT card_id, judgement, reason, severity FROM review_answers
           WHERE review_id = ? AND reviewer = ? ORDER BY seq""",
        [review_id, reviewer],
    ).fetchall()
    return [Step(None if row[1] == UNDO else read_answer(*row)) for row in found]


def answers_of_all(connection: Connection, review_id: str) -> dict[str, dict[str, Answer]]:
    """The standing answers of everybody who gave one, by name and card."""
    found = connection.execute(
        "SELECT DISTINCT reviewer FROM review_answers WHERE review_id = ? ORDER BY 1", [review_id]
    ).fetchall()
    return {name: standing(steps(connection, review_id, name)) for (name,) in found}


def give_answer(connection: Connection, review_id: str, reviewer: str, answer: Answer) -> None:
    """Append an answer.

    Raises:
        BadUsage: the review has no such card, or it is of a case that this reviewer treated.
        Refused: the reviewer has seen the unblinded summary.
    """
    _append(
        connection,
        review_id,
        reviewer,
        (answer.card, answer.judgement, answer.reason or "", answer.severity or ""),
    )


def take_back(connection: Connection, review_id: str, reviewer: str) -> Answer:
    """Append an undo of the reviewer's newest standing answer; returns that answer.

    Raises:
        BadUsage: there is none.
        Refused: the reviewer has seen the unblinded summary.
    """
    left = given(steps(connection, review_id, reviewer))
    if not left:
        raise BadUsage(f"{reviewer} has no answer in {review_id} to take back.")
    _append(connection, review_id, reviewer, (left[-1].card, UNDO, "", ""))
    return left[-1]


def _append(
    connection: Connection, review_id: str, reviewer: str, row: tuple[str, str, str, str]
) -> None:
    if is_unblinded(connection, review_id, reviewer):
        raise Refused(
            f"{reviewer} has seen the summary of {review_id}, so its answers are final.",
            "Make another review with `radonc review new`.",
        )
    person = find_person(connection, review_id, reviewer)
    added = connection.execute(
        """INSERT INTO review_answers
               (made, review_id, reviewer, item, card_id, judgement, reason, severity)
           SELECT now()::TIMESTAMP, review_id, ?, item, card_id, ?, ?, ?
           FROM review_cards JOIN review_cases USING (review_id, item)
           WHERE review_id = ? AND card_id = ? AND (attending = '' OR lower(attending) != lower(?))
           RETURNING seq""",
        [reviewer, *map(str, row[1:]), review_id, row[0], person.attending],
    ).fetchall()
    if not added:
        raise BadUsage(
            f"{review_id} has no card {row[0]!r} for {reviewer}.",
            "`radonc review next` shows the cards.",
        )
    card, judgement, reason, severity = map(str, row)
    after = {"card": card, "judgement": judgement, "reason": reason, "severity": severity}
    kind = "review adjudicated" if person.role == ADJUDICATOR else "review answered"
    audit.record(connection, kind, review_id, after={"reviewer": reviewer, **after})


def unblind(connection: Connection, review_id: str, reviewer: str) -> None:
    """Keep that the reviewer has seen the summary; doing so again changes nothing."""
    if is_unblinded(connection, review_id, reviewer):
        return
    connection.execute(
        "INSERT INTO review_unblindings VALUES (?, ?, now()::TIMESTAMP)", [review_id, reviewer]
    )
    audit.record(connection, "review unblinded", review_id, after={"reviewer": reviewer})


def is_unblinded(connection: Connection, review_id: str, reviewer: str) -> bool:
    """Whether the reviewer has seen the unblinded summary."""
    found = connection.execute(
        "SELECT 1 FROM review_unblindings WHERE review_id = ? AND reviewer = ?",
        [review_id, reviewer],
    ).fetchone()
    return found is not None
