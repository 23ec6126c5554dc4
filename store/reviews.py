"""Blinded reviews in the store: which cases, which cards, in which order.

The one place with SQL over these tables. A review never changes. What a reviewer may see
before they are done is read by a function that does not select where a card came from; the
order of cases and cards is a keyed hash with the review's own secret, so that neither a
position nor an id tells it. What reviewers said is in ``review_answers``.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from store import audit
from store.case_table import Connection
from store.errors import BadUsage
from store.keys import keyed_hash
from store.review_answers import reviewers

LONGEST_NAME = 60


@dataclass(frozen=True)
class ReviewCard:
    """One answer as it is laid out, and who gave it: more than one origin where they were equal."""

    card: str
    text: str
    origins: tuple[str, ...]


@dataclass(frozen=True)
class ReviewCase:
    """One case of a review with its cards; ``item`` names it without telling which case it is."""

    item: str
    case_id: str
    patient: str
    diagnosis: str
    cards: tuple[ReviewCard, ...]


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


def keep_review(connection: Connection, review: Review, cases: Sequence[ReviewCase]) -> None:
    """Freeze a new review with its cases and cards."""
    connection.execute(
        "INSERT INTO reviews VALUES (?, now()::TIMESTAMP, ?, ?, ?, ?, ?, ?)",
        [
            *(review.review_id, review.evaluation_id, review.reviewer, review.seed),
            *(review.secret, review.synthetic, json.dumps(review.models)),
        ],
    )
    _insert(
        connection,
        "review_cases",
        [(review.review_id, c.item, c.case_id, c.patient, c.diagnosis) for c in cases],
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
    after = {"evaluation": review.evaluation_id, "reviewer": review.reviewer, "cases": len(cases)}
    audit.record(connection, "review made", review.review_id, after=after)


def _insert(connection: Connection, table: str, rows: Sequence[tuple[str, ...]]) -> None:
    """Rows of text into a table, all in one statement."""
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
    """All reviews, oldest first: their size, and how far each reviewer is. No models, no order."""
    found = connection.execute(
        """SELECT review_id, strftime(made, '%Y-%m-%dT%H:%M:%S'), evaluation_id, reviewer,
                  synthetic,
                  (SELECT count(*) FROM review_cases c WHERE c.review_id = reviews.review_id),
                  (SELECT count(*) FROM review_cards c WHERE c.review_id = reviews.review_id)
           FROM reviews ORDER BY made, review_id"""
    ).fetchall()
    names = ("review", "made", "evaluation", "reviewer", "synthetic", "cases", "cards")
    reviews: list[dict[str, Any]] = []
    for row in found:
        review: dict[str, Any] = dict(zip(names, row, strict=True))
        review["reviewers"] = reviewers(connection, str(row[0]))
        reviews.append(review)
    return reviews


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
    known = [review.reviewer]
    known += [r["reviewer"] for r in reviewers(connection, review.review_id)]
    return next((k for k in known if k.casefold() == wanted.casefold()), wanted)


def blind_cases(connection: Connection, review: Review, reviewer: str) -> list[BlindCase]:
    """The cases in this reviewer's own order, each with its cards in that reviewer's own order."""
    found = connection.execute(
        """SELECT item, diagnosis, card_id, text
           FROM review_cases JOIN review_cards USING (review_id, item) WHERE review_id = ?""",
        [review.review_id],
    ).fetchall()
    diagnoses = {str(item): str(diagnosis) for item, diagnosis, _, _ in found}
    texts = {str(card): str(text) for _, _, card, text in found}
    cards: dict[str, list[str]] = {}
    for item, _, card, _ in found:
        cards.setdefault(str(item), []).append(str(card))
    return [
        BlindCase(
            item,
            diagnoses[item],
            tuple((card, texts[card]) for card in in_order(review, reviewer, cards[item])),
        )
        for item in in_order(review, reviewer, diagnoses)
    ]


def in_order(review: Review, reviewer: str, names: Iterable[str]) -> list[str]:
    """The names in the order that the review's secret gives them for one reviewer."""
    secret = bytes.fromhex(review.secret)
    return sorted(names, key=lambda name: keyed_hash(secret, "order", reviewer, name))


def unblinded_cases(connection: Connection, review_id: str) -> list[ReviewCase]:
    """The cases with every card's origins; for a reviewer who is done and for nobody else."""
    found = connection.execute(
        """SELECT item, case_id, patient, diagnosis, card_id, text, origins
           FROM review_cases JOIN review_cards USING (review_id, item)
           WHERE review_id = ? ORDER BY case_id, card_id""",
        [review_id],
    ).fetchall()
    cards: dict[tuple[str, ...], list[ReviewCard]] = {}
    for *case, card, text, origins in found:
        made = ReviewCard(card, text, tuple(json.loads(origins)))
        cards.setdefault(tuple(case), []).append(made)
    return [ReviewCase(*case, cards=tuple(made)) for case, made in cards.items()]
