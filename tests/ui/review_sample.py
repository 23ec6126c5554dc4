"""A review of the sample home whose id, cases and order are always the same."""

from dataclasses import dataclass

from exports.evaluation.facts import read_facts
from exports.evaluation.review import review_cases
from radonc_tui.actions.stored import lease, opened
from store import review_answers, reviews, work
from store.home import Home
from store.judgements import Answer, read_answer, standing
from store.lines import read_lines
from tests.ui.sample import EVALUATION
from trainer.pairs import read_pairs

REVIEW = "review-20261106-000001"
REVIEWER = "Dr. Ada"
SECOND = "Dr. Bo"
SECRET = bytes(range(32))
SAID = (
    ("acceptable",),
    ("with-changes", "dose", "style"),
    ("not-acceptable", "target", "would-harm"),
)


@dataclass(frozen=True)
class Kept:
    """What the store holds of a review: who wrote each card, what stands, and every row.

    ``again`` are the cards of cases that came back.
    """

    origins: dict[str, tuple[str, ...]]
    again: set[str]
    answers: dict[str, Answer]
    rows: int
    undone: int


def make_review(
    home: Home, cases: int = 10, judged: int = 0, second: int = 0
) -> list[reviews.BlindCase]:
    """Freeze the review and answer its first ``judged`` cards (-1: all); the store is closed.

    ``second``: as many cards are judged by another reviewer, each otherwise than by the first.

    Returns:
        its cases as the reviewer sees them.
    """
    made = work.find(home, "eval", EVALUATION)
    frozen = review_cases(
        read_pairs(made.path / "test.jsonl"),
        read_lines(made.path / "predictions.jsonl"),
        cases,
        seed=1,
        secret=SECRET,
        facts=read_facts(made.path / "test-facts.jsonl"),
    )
    models = {who: {"name": who, "quant": "Q8_0", "sha256": "0" * 64} for who in ("tuned", "base")}
    review = reviews.Review(REVIEW, EVALUATION, REVIEWER, 1, SECRET.hex(), True, models)
    with opened(home) as connection:
        reviews.keep_review(connection, review, frozen)
        shown = reviews.blind_cases(connection, review, REVIEWER)
        cards = [card for case in shown for card, _ in case.cards]
        for number, card in enumerate(cards[:judged] if judged >= 0 else cards):
            answer = read_answer(card, *SAID[number % len(SAID)])
            review_answers.give_answer(connection, REVIEW, REVIEWER, answer)
        for number, card in enumerate(cards[:second]):
            answer = read_answer(card, *SAID[(number + 1) % len(SAID)])
            review_answers.give_answer(connection, REVIEW, SECOND, answer)
    lease(home).close()
    return shown


def kept(home: Home, review: str, reviewer: str) -> Kept:
    """What the store holds now."""
    with opened(home) as connection:
        cases = reviews.unblinded_cases(connection, review)
        steps = review_answers.steps(connection, review, reviewer)
    return Kept(
        origins={card.card: card.origins for case in cases for card in case.cards},
        again={card.card for case in cases if case.repeats for card in case.cards},
        answers=standing(steps),
        rows=len(steps),
        undone=sum(step.answer is None for step in steps),
    )
