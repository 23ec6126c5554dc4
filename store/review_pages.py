"""Reviews that went to another machine as a page, and how much of what came back is taken in.

The one place with SQL over these tables. A page gives back everything that was done on it, each
time from the beginning; here is kept how far that was taken in, so that taking a file again
changes nothing. The passphrase of a page is kept nowhere.
"""

import json
from collections.abc import Sequence

from store import audit
from store.case_table import Connection
from store.errors import BadUsage, Refused
from store.judgements import Answer, Step, given
from store.review_answers import give_answer, is_unblinded, steps, take_back
from store.review_people import find_person


def keep_page(
    connection: Connection, page_id: str, review_id: str, reviewer: str, cards: Sequence[str]
) -> None:
    """Keep that a page with these cards was made for a reviewer.

    Raises:
        Refused: the reviewer has seen the unblinded summary.
    """
    if is_unblinded(connection, review_id, reviewer):
        raise Refused(
            f"{reviewer} has seen the summary of {review_id}, so its answers are final.",
            "Make another review with `radonc review new`.",
        )
    connection.execute(
        "INSERT INTO review_pages VALUES (?, now()::TIMESTAMP, ?, ?, ?)",
        [page_id, review_id, reviewer, json.dumps(list(cards))],
    )
    after = {"page": page_id, "reviewer": reviewer, "cards": len(cards)}
    audit.record(connection, "review sent", review_id, after=after)


def page_of(connection: Connection, page_id: str) -> tuple[str, str, frozenset[str]]:
    """The review, the reviewer and the cards of a page.

    Raises:
        BadUsage: no such page was made here.
    """
    found = connection.execute(
        "SELECT review_id, reviewer, cards FROM review_pages WHERE page_id = ?", [page_id]
    ).fetchone()
    if found is None:
        raise BadUsage(
            f"The page {page_id!r} was not made in this home.",
            "Take the answers in where `radonc review send` was given.",
        )
    return str(found[0]), str(found[1]), frozenset(json.loads(found[2]))


def take_steps(connection: Connection, page_id: str, done: Sequence[Step]) -> int:
    """Take in what was done on a page since it was last taken in; returns how many answers.

    Answers to cards of a patient who has withdrawn meanwhile, or who the reviewer has said since
    that they treated, are passed over.

    Raises:
        BadUsage: a card was never on the page.
        Refused: the reviewer has judged elsewhere since, or has seen the unblinded summary.
    """
    review_id, reviewer, cards = page_of(connection, page_id)
    for step in done:
        if step.answer and step.answer.card not in cards:
            raise BadUsage(
                f"A card {step.answer.card!r} is judged that {review_id} does not have.",
                "Take the file that the page gave back.",
            )
    taken = _taken(connection, page_id)
    if len(done) <= taken:
        return 0
    left = _left(connection, review_id, reviewer)
    stored = steps(connection, review_id, reviewer)
    before, after, stands = (_of(given(part), left) for part in (done[:taken], done, stored))
    if stands[len(stands) - len(before) :] != before:
        raise Refused(
            f"{reviewer} has judged in {review_id} since answers of this page were taken in, "
            "or on another copy of the page.",
            "Take those back first (`radonc review undo`).",
        )
    same = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    same = min(len(before), len(after)) if same is None else same
    for _ in before[same:]:
        take_back(connection, review_id, reviewer)
    for answer in after[same:]:
        give_answer(connection, review_id, reviewer, answer)
    connection.execute(
        "INSERT INTO review_takings VALUES (?, now()::TIMESTAMP, ?)", [page_id, len(done)]
    )
    found = {"page": page_id, "reviewer": reviewer, "answers": len(after) - same}
    audit.record(connection, "review answers taken in", review_id, after=found)
    return len(after) - same


def _taken(connection: Connection, page_id: str) -> int:
    row = connection.execute(
        "SELECT coalesce(max(steps), 0) FROM review_takings WHERE page_id = ?", [page_id]
    ).fetchone()
    return int(row[0]) if row else 0


def _left(connection: Connection, review_id: str, reviewer: str) -> set[str]:
    """The cards that this reviewer may still judge."""
    person = find_person(connection, review_id, reviewer)
    found = connection.execute(
        """SELECT card_id FROM review_cards JOIN review_cases USING (review_id, item)
           WHERE review_id = ? AND (attending = '' OR lower(attending) != lower(?))""",
        [review_id, person.attending],
    ).fetchall()
    return {str(card) for (card,) in found}


def _of(answers: Sequence[Answer], cards: set[str]) -> list[Answer]:
    return [answer for answer in answers if answer.card in cards]
