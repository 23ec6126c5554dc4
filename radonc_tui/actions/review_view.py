"""What a reviewer may see of a review; made of what the store gives without origins."""

from dataclasses import dataclass, replace

from store import review_answers, reviews
from store.case_table import Connection
from store.judgements import Answer, standing
from store.review_people import ADJUDICATOR, find_person


@dataclass(frozen=True)
class BlindCard:
    """A card as its reviewer sees it; ``answer`` is what they themselves said of it."""

    card: str
    text: str
    answer: Answer | None


@dataclass(frozen=True)
class BlindView:
    """The case that a reviewer is at, and how far they are; all of it is safe to see.

    ``number`` counts cases from 1 in the reviewer's own order. When every card is judged
    (``left`` 0) there is no case: ``number`` is 0 and ``cards`` is empty. ``unblinded``: the
    reviewer has seen the summary. ``at`` names the card whose answer was just taken back.
    ``adjudicates``: the cards are those on which reviewers differ. ``own`` cases are not among
    ``cases``, because the reviewer treated them; ``note`` is what must be known of the review.
    """

    review: str
    reviewer: str
    synthetic: bool
    cases: int
    judged: int
    left: int
    unblinded: bool
    number: int = 0
    diagnosis: str = ""
    cards: tuple[BlindCard, ...] = ()
    at: str = ""
    adjudicates: bool = False
    own: int = 0
    note: str = ""

    @property
    def current(self) -> BlindCard | None:
        """The card to judge now: the one taken back, else the first that is not judged."""
        named = (card for card in self.cards if card.card == self.at)
        return next(named, next((card for card in self.cards if card.answer is None), None))


def blind_view(
    connection: Connection, review: reviews.Review, reviewer: str, at: str = ""
) -> BlindView:
    """The reviewer's case: that of card ``at``, else the first with a card not judged."""
    person = find_person(connection, review.review_id, reviewer)
    answers = standing(review_answers.steps(connection, review.review_id, reviewer))
    cases = reviews.blind_cases(connection, review, reviewer)
    every = [card for case in cases for card, _ in case.cards]
    judged = sum(card in answers for card in every)
    view = BlindView(
        review=review.review_id,
        reviewer=reviewer,
        synthetic=review.synthetic,
        cases=len(cases),
        judged=judged,
        left=len(every) - judged,
        unblinded=review_answers.is_unblinded(connection, review.review_id, reviewer),
        adjudicates=person.role == ADJUDICATOR,
        own=reviews.own_cases(connection, review.review_id, reviewer),
    )
    for number, case in enumerate(cases, 1):
        ids = [card for card, _ in case.cards]
        if at in ids or (not at and any(card not in answers for card in ids)):
            cards = tuple(BlindCard(card, text, answers.get(card)) for card, text in case.cards)
            return replace(view, number=number, diagnosis=case.diagnosis, cards=cards, at=at)
    return view
