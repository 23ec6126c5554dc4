"""What counts of what was said of a review's cards, and on which cards the reviewers differ.

Nothing here knows where a card came from. A reviewer's answer to a case that they treated does
not count, and a card that came back does not count twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from store.case_table import Connection
from store.judgements import Answer, majority
from store.review_answers import answers_of_all
from store.review_people import REVIEWER, people


@dataclass(frozen=True)
class Votes:
    """Standing answers that count, by person and card; those to repeated cards are among them."""

    reviewers: Mapping[str, Mapping[str, Answer]]
    adjudicators: Mapping[str, Mapping[str, Answer]]

    def on(self, card: str) -> dict[str, Answer]:
        """What each reviewer said of a card."""
        return {who: said[card] for who, said in self.reviewers.items() if card in said}

    def decided(self, card: str) -> tuple[str, Answer] | None:
        """Who adjudicated a card, and how; None where nobody has."""
        return next(((who, a[card]) for who, a in self.adjudicators.items() if card in a), None)

    def disputed(self, cards: Iterable[str]) -> set[str]:
        """The cards that two reviewers or more have judged, without a majority."""
        return {
            card
            for card in cards
            if len(said := self.on(card)) > 1
            and majority([a.judgement for a in said.values()]) is None
        }


def read_votes(connection: Connection, review_id: str) -> Votes:
    """Everything that counts of a review."""
    treated = _treated(connection, review_id)
    given = answers_of_all(connection, review_id)
    found: dict[bool, dict[str, dict[str, Answer]]] = {True: {}, False: {}}
    for person in people(connection, review_id):
        own = treated.get(person.attending.lower(), set[str]()) if person.attending else set[str]()
        said = {card: a for card, a in given.get(person.name, {}).items() if card not in own}
        found[person.role == REVIEWER][person.name] = said
    return Votes(found[True], found[False])


def _treated(connection: Connection, review_id: str) -> dict[str, set[str]]:
    """The cards of each attending physician's cases, by their code in small letters."""
    rows = connection.execute(
        """SELECT lower(attending), card_id FROM review_cases JOIN review_cards
           USING (review_id, item) WHERE review_id = ? AND attending != ''""",
        [review_id],
    ).fetchall()
    found: dict[str, set[str]] = {}
    for attending, card in rows:
        found.setdefault(str(attending), set()).add(str(card))
    return found


def first_cards(connection: Connection, review_id: str) -> list[str]:
    """The cards that are no repeats of earlier ones, by id."""
    found = connection.execute(
        """SELECT card_id FROM review_cards JOIN review_cases USING (review_id, item)
           WHERE review_id = ? AND repeats = '' ORDER BY 1""",
        [review_id],
    ).fetchall()
    return [str(card) for (card,) in found]
