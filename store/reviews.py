"""Blinded reviews in the store: which cases, which cards, in which order.

The one place that writes these tables. A review never changes. What a reviewer may see before
they are done is read by a function that does not select where a card came from; the order of
cases and cards (``review_order``) is a keyed hash with the review's own secret, so that neither
a position nor an id tells it. Who takes part is in ``review_people``, what they said in
``review_answers``.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from store import audit
from store.case_table import Connection, moment
from store.errors import BadUsage
from store.judgements import given
from store.review_answers import is_unblinded, steps
from store.review_order import in_order, items_in_order
from store.review_people import ADJUDICATOR, Person, find_person, people, register
from store.review_votes import first_cards, read_votes

LONGEST_NAME = 60


@dataclass(frozen=True)
class ReviewCard:
    """One answer as it is laid out, and who gave it: more than one origin where they were equal."""

    card: str
    text: str
    origins: tuple[str, ...]


@dataclass(frozen=True)
class ReviewCase:
    """One case of a review with its cards; ``item`` names it without telling which case it is.

    ``weight`` is how many cases of its ``stratum`` it stands for; ``attending`` is the coded name
    of who treated it; ``repeats`` is the item of the same case that it brings back, or "".
    """

    item: str
    case_id: str
    patient: str
    diagnosis: str
    cards: tuple[ReviewCard, ...]
    stratum: str = ""
    weight: float = 1.0
    attending: str = ""
    repeats: str = ""


@dataclass(frozen=True)
class Review:
    """What is known of a review beside its cases; ``reviewer`` is who it was made for.

    ``models`` has the name and the file of each model by origin.
    """

    review_id: str
    evaluation_id: str
    reviewer: str
    seed: int
    secret: str = field(repr=False)
    synthetic: bool
    models: Mapping[str, Any]


@dataclass(frozen=True)
class BlindCase:
    """What a reviewer may see of one case: its diagnosis and each card's id and text."""

    item: str
    diagnosis: str
    cards: tuple[tuple[str, str], ...]


def keep_review(
    connection: Connection, review: Review, cases: Sequence[ReviewCase], attending: str = ""
) -> None:
    """Freeze a new review with its cases and cards; ``attending`` is its reviewer's code."""
    connection.execute(
        f"INSERT INTO reviews VALUES (?, {moment('reviews')}, ?, ?, ?, ?, ?, ?)",
        [
            *(review.review_id, review.evaluation_id, review.reviewer, review.seed),
            *(review.secret, review.synthetic, json.dumps(review.models)),
        ],
    )
    _insert(
        connection,
        "review_cases",
        [
            (
                *(review.review_id, c.item, c.case_id, c.patient, c.diagnosis),
                *(c.stratum, c.weight, c.attending, c.repeats),
            )
            for c in cases
        ],
    )
    _insert(
        connection,
        "review_cards",
        [
            (review.review_id, case.item, card.card, card.text, json.dumps(card.origins))
            for case in cases
            for card in case.cards
        ],
    )
    counts = {"cases": sum(not c.repeats for c in cases), "shown": len(cases)}
    after = {"evaluation": review.evaluation_id, "reviewer": review.reviewer, **counts}
    audit.record(connection, "review made", review.review_id, after=after)
    register(connection, review.review_id, Person(review.reviewer, attending=attending))


def _insert(connection: Connection, table: str, rows: Sequence[tuple[str | float, ...]]) -> None:
    """Rows into a table, all in one statement."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    values = ", ".join("unnest(?)" for _ in columns)
    connection.execute(f"INSERT INTO {table} SELECT {values}", columns)


def find_review(connection: Connection, review_id: str) -> Review:
    """The review of this id; ``latest`` is the newest.

    Raises:
        BadUsage: there is none.
    """
    found = connection.execute(
        """SELECT review_id, evaluation_id, reviewer, seed, secret, synthetic, models FROM reviews
           WHERE $1 IN ('latest', review_id) ORDER BY made DESC, review_id DESC LIMIT 1""",
        [review_id],
    ).fetchone()
    if found is None:
        raise BadUsage(
            f"There is no review {review_id!r}.",
            "`radonc review new EVALUATION` makes one; `radonc review list` shows them.",
        )
    return Review(*found[:-1], models=json.loads(found[-1]))


def list_reviews(connection: Connection) -> list[dict[str, Any]]:
    """All reviews, oldest first: their size, and how far each person is. No models, no order.

    ``cases`` and ``cards`` count each case once, ``strata`` is 0 where it was drawn without.
    """
    found = connection.execute(
        """SELECT review_id, strftime(made, '%Y-%m-%dT%H:%M:%S'), evaluation_id, reviewer,
                  synthetic, seed, secret, models,
                  (SELECT (count(*), count(DISTINCT nullif(stratum, ''))) FROM review_cases c
                   WHERE c.review_id = reviews.review_id AND repeats = '')
           FROM reviews ORDER BY made, review_id"""
    ).fetchall()
    made: list[dict[str, Any]] = []
    for review_id, when, evaluation, reviewer, synthetic, seed, secret, models, sizes in found:
        review = Review(
            review_id, evaluation, reviewer, seed, secret, synthetic, json.loads(models)
        )
        cards = first_cards(connection, review_id)
        votes = read_votes(connection, review_id)
        disputed = votes.disputed(cards)
        made.append(
            {
                "review": review_id,
                "made": when,
                "evaluation": evaluation,
                "reviewer": reviewer,
                "synthetic": synthetic,
                "cases": sizes[0],
                "strata": sizes[1],
                "cards": len(cards),
                "disputed": len(disputed),
                "undecided": sum(votes.decided(card) is None for card in disputed),
                "reviewers": reviewers(connection, review),
            }
        )
    return made


def reviewers(connection: Connection, review: Review) -> list[dict[str, Any]]:
    """Everybody in a review: how many of the cards given to them they have judged.

    ``cards`` counts those that came back as well, and none of a reviewer's own cases.
    """
    found: list[dict[str, Any]] = []
    for person in people(connection, review.review_id):
        cases = blind_cases(connection, review, person.name)
        own = {card for case in cases for card, _ in case.cards}
        said = given(steps(connection, review.review_id, person.name))
        found.append(
            {
                "reviewer": person.name,
                "role": person.role,
                "attending": person.attending,
                "judged": len({answer.card for answer in said} & own),
                "cards": len(own),
                "unblinded": is_unblinded(connection, review.review_id, person.name),
            }
        )
    return found


def clean_name(name: str, of: str = "a reviewer") -> str:
    """A person's name with single spaces.

    Raises:
        BadUsage: nothing is left, or it is too long or has characters that cannot be shown.
    """
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        raise BadUsage(f"{clean[:20]!r} is no name of {of}.", f"Give up to {LONGEST_NAME} letters.")
    return clean


def reviewer_name(connection: Connection, review: Review, name: str) -> str:
    """The reviewer as first spelled; "" is the one whom the review was made for.

    Raises:
        BadUsage: the name is none that could be shown.
    """
    if not name.strip():
        return review.reviewer
    wanted = clean_name(name)
    known = [person.name for person in people(connection, review.review_id)]
    return next((k for k in known if k.casefold() == wanted.casefold()), wanted)


def blind_cases(connection: Connection, review: Review, name: str) -> list[BlindCase]:
    """What a person is to judge, in their own order, each case with its cards in their own order.

    A reviewer is given every case but those that they treated; an adjudicator the cards on which
    reviewers differ and no other adjudicator has decided.
    """
    person = find_person(connection, review.review_id, name)
    found = connection.execute(
        """SELECT item, diagnosis, repeats, card_id, text
           FROM review_cases JOIN review_cards USING (review_id, item)
           WHERE review_id = ? AND (attending = '' OR lower(attending) != lower(?))""",
        [review.review_id, person.attending],
    ).fetchall()
    if person.role == ADJUDICATOR:
        open_to = _to_decide(connection, review.review_id, name)
        found = [row for row in found if row[3] in open_to]
    diagnoses = {str(item): str(diagnosis) for item, diagnosis, *_ in found}
    repeats = {str(item): str(again) for item, _, again, *_ in found}
    texts = {str(card): str(text) for *_, card, text in found}
    cards: dict[str, list[str]] = {}
    for item, *_, card, _ in found:
        cards.setdefault(str(item), []).append(str(card))
    return [
        BlindCase(
            item,
            diagnoses[item],
            tuple((card, texts[card]) for card in in_order(review.secret, name, cards[item])),
        )
        for item in items_in_order(review.secret, name, repeats)
    ]


def _to_decide(connection: Connection, review_id: str, adjudicator: str) -> set[str]:
    votes = read_votes(connection, review_id)
    decided = {c: votes.decided(c) for c in votes.disputed(first_cards(connection, review_id))}
    return {card for card, by in decided.items() if by is None or by[0] == adjudicator}


def own_cases(connection: Connection, review_id: str, name: str) -> int:
    """How many cases of the review are not given to a person because they treated them."""
    attending = find_person(connection, review_id, name).attending
    row = connection.execute(
        """SELECT count(*) FROM review_cases WHERE review_id = ? AND repeats = ''
           AND attending != '' AND lower(attending) = lower(?)""",
        [review_id, attending],
    ).fetchone()
    return int(row[0]) if row else 0


def unblinded_cases(connection: Connection, review_id: str) -> list[ReviewCase]:
    """The cases with every card's origins; for a reviewer who is done and for nobody else."""
    found = connection.execute(
        """SELECT item, case_id, patient, diagnosis, stratum, weight, attending, repeats,
                  card_id, text, origins
           FROM review_cases JOIN review_cards USING (review_id, item)
           WHERE review_id = ? ORDER BY case_id, repeats, card_id""",
        [review_id],
    ).fetchall()
    cards: dict[tuple[Any, ...], list[ReviewCard]] = {}
    for *case, card, text, origins in found:
        made = ReviewCard(card, text, tuple(json.loads(origins)))
        cards.setdefault(tuple(case), []).append(made)
    return [
        ReviewCase(item, case_id, patient, diagnosis, tuple(made), *drawn)
        for (item, case_id, patient, diagnosis, *drawn), made in cards.items()
    ]
