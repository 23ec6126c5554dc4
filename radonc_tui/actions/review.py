"""Blinded clinical review of regimens: made, answered, adjudicated, and unblinded at the end.

Until a reviewer has judged every card, nothing that an action here returns tells where a card
came from; the summary that does refuses before, and afterwards the answers are final.
"""

import secrets
from dataclasses import dataclass, replace
from typing import Any

from exports.evaluation.facts import read_facts
from exports.evaluation.review import review_cases
from radonc_tui.actions.evaluations import done_evaluation
from radonc_tui.actions.progress import Action
from radonc_tui.actions.review_view import BlindView, blind_view
from radonc_tui.actions.stored import end_of_log, opened
from store import audit, review_answers, reviews, work
from store.case_table import Connection
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home, new_id
from store.judgements import read_answer
from store.lines import read_lines, sha256_content
from store.review_people import ADJUDICATOR, REVIEWER, Person, find_person, register
from store.review_votes import read_votes
from trainer.pairs import read_pairs

CASES = 50
WITHOUT_FACTS = (
    "The evaluation keeps no facts of its cases: they are drawn without strata of site and "
    "intent, and nobody's own cases can be left out."
)


@dataclass(frozen=True)
class ReviewRequest:
    """An evaluation whose regimens are reviewed, how many cases of it, and by whom.

    ``reviewer`` "" is the person logged in; ``attending`` is the code under which they treated
    cases, so that these are not given to them. ``seed`` None draws the cases anew.
    """

    evaluation: str = "latest"
    cases: int = CASES
    reviewer: str = ""
    seed: int | None = None
    attending: str = ""


@dataclass(frozen=True)
class AnswerRequest:
    """A judgement of one card, with reason and severity where it needs them."""

    review: str
    card: str
    judgement: str
    reason: str = ""
    severity: str = ""
    reviewer: str = ""


def new_review(home: Home, request: ReviewRequest) -> Action[BlindView]:
    """Freeze a review of an evaluation's regimens; returns its first case.

    Raises:
        BadUsage: no such evaluation, or it is not done or has no regimens; no cases asked for.
        RadoncError: the evaluation's files are not those it was finished with.
    """
    yield from ()
    if request.cases < 1:
        raise BadUsage(f"{request.cases} cases cannot be reviewed.", "Ask for at least one.")
    chosen = _unchanged(done_evaluation(home, request.evaluation))
    seed = secrets.randbits(32) if request.seed is None else request.seed
    secret = secrets.token_bytes(32)
    spec = chosen.spec
    kept = chosen.path / "test-facts.jsonl"
    facts = read_facts(kept) if kept.exists() else []
    cases = review_cases(
        read_pairs(chosen.path / "test.jsonl"),
        read_lines(chosen.path / "predictions.jsonl"),
        request.cases,
        seed,
        secret,
        facts,
    )
    review = reviews.Review(
        review_id=new_id("review"),
        evaluation_id=chosen.id,
        reviewer=reviews.clean_name(request.reviewer or audit.login()),
        seed=seed,
        secret=secret.hex(),
        synthetic=bool(spec.get("synthetic")),
        models={role: _model(spec[role]) for role in ("tuned", "base") if spec.get(role)},
    )
    with opened(home) as connection:
        reviews.keep_review(connection, review, cases, request.attending.strip())
        view = blind_view(connection, review, review.reviewer)
    return view if facts else replace(view, note=WITHOUT_FACTS)


def list_reviews(home: Home) -> Action[list[dict[str, Any]]]:
    """All reviews, oldest first, with how many cards each reviewer has judged."""
    yield from ()
    with opened(home) as connection:
        return reviews.list_reviews(connection)


def next_card(
    home: Home, review_id: str, reviewer: str = "", attending: str = ""
) -> Action[BlindView]:
    """The case that the reviewer is at: the first in their order with a card not judged.

    ``attending``, where given, is kept: cases that they treated under this code are left out.

    Raises:
        BadUsage: there is no such review.
        Refused: the code is given by somebody who has seen the summary, or who adjudicates.
    """
    yield from ()
    with opened(home) as connection:
        review, name = _who(connection, review_id, reviewer)
        if attending.strip():
            _register(connection, review, Person(name, REVIEWER, attending.strip()))
        return blind_view(connection, review, name)


def adjudicate(home: Home, review_id: str, by: str, attending: str = "") -> Action[BlindView]:
    """The case that a third person is at: the first with a card on which the reviewers differ.

    They are shown neither who wrote a card nor what the reviewers said of it, and answer as
    reviewers do (``answer_card``).

    Raises:
        BadUsage: there is no such review, or nobody is named.
        Refused: the person is a reviewer of this review.
    """
    yield from ()
    with opened(home) as connection:
        review, name = _who(connection, review_id, reviews.clean_name(by))
        known = find_person(connection, review.review_id, name)
        code = attending.strip() or known.attending
        _register(connection, review, Person(name, ADJUDICATOR, code))
        return blind_view(connection, review, name)


def answer_card(home: Home, request: AnswerRequest) -> Action[BlindView]:
    """Append a judgement, and go on; a card judged before is judged again.

    Raises:
        BadUsage: no such review or card, an unknown word, a reason missing or too many.
        Refused: the reviewer has seen the summary.
    """
    yield from ()
    answer = read_answer(request.card, request.judgement, request.reason, request.severity)
    with opened(home) as connection:
        review, name = _who(connection, request.review, request.reviewer)
        review_answers.give_answer(connection, review.review_id, name, answer)
        return blind_view(connection, review, name)


def undo_answer(home: Home, review_id: str, reviewer: str = "") -> Action[BlindView]:
    """Take the reviewer's newest answer back, and go to its case.

    Raises:
        BadUsage: no such review, or nothing to take back.
        Refused: the reviewer has seen the summary.
    """
    yield from ()
    with opened(home) as connection:
        review, name = _who(connection, review_id, reviewer)
        undone = review_answers.take_back(connection, review.review_id, name)
        return blind_view(connection, review, name, undone.card)


def summarise(home: Home, review_id: str, reviewer: str = "") -> Action[dict[str, Any]]:
    """The unblinded summary of a review, for somebody whose answers are final from then on.

    Raises:
        BadUsage: there is no such review.
        Refused: whoever asks has cards left to judge, or has judged none.
    """
    yield from ()
    from exports.evaluation.review_summary import summarise as count

    with opened(home) as connection:
        review, name = _who(connection, review_id, reviewer)
        view = blind_view(connection, review, name)
        _refuse_before_the_end(view)
        cases = reviews.unblinded_cases(connection, review.review_id)
        found = count(cases, read_votes(connection, review.review_id))
        review_answers.unblind(connection, review.review_id, name)
        people = reviews.reviewers(connection, review)
    return {
        "review": review.review_id,
        "evaluation": review.evaluation_id,
        "reviewer": name,
        "reviewers": people,
        "synthetic": review.synthetic,
        "seed": review.seed,
        "models": dict(review.models),
        "audit": end_of_log(home),
        **found,
    }


def _refuse_before_the_end(view: BlindView) -> None:
    if view.left:
        raise Refused(
            f"{view.reviewer} has {view.left} of {view.judged + view.left} cards of "
            f"{view.review} left to judge.",
            "Judge them first (`radonc review next`).",
        )
    if not view.judged and not view.unblinded:
        raise Refused(
            f"{view.reviewer} has judged nothing in {view.review}.",
            "Its summary is for those who have judged every card given to them.",
        )


def _register(connection: Connection, review: reviews.Review, person: Person) -> None:
    if review_answers.is_unblinded(connection, review.review_id, person.name):
        known = find_person(connection, review.review_id, person.name)
        if known == person:
            return
        raise Refused(
            f"{person.name} has seen the summary of {review.review_id}, which stays as it is.",
            "Make another review with `radonc review new`.",
        )
    register(connection, review.review_id, person)


def _who(connection: Connection, review_id: str, name: str) -> tuple[reviews.Review, str]:
    review = reviews.find_review(connection, review_id)
    return review, reviews.reviewer_name(connection, review, name)


def _unchanged(chosen: work.Work) -> work.Work:
    """The evaluation, whose predictions are those that it was finished with.

    Raises:
        RadoncError: they are not.
    """
    kept = (chosen.manifest or {})["files"]["predictions.jsonl"]["sha256"]
    if sha256_content(chosen.path / "predictions.jsonl") != kept:
        raise RadoncError(
            f"The predictions of {chosen.id} are not those it was finished with.", "Evaluate again."
        )
    return chosen


def _model(spec: dict[str, Any]) -> dict[str, str]:
    return {"name": spec["name"], "quant": spec["quant"], "sha256": spec["sha256"]}
