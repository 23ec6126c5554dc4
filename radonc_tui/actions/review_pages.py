"""A review that goes to another machine as one encrypted page, and the answers that come back."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports.review_page.page import PageFacts, read_answers, review_page
from radonc_tui.actions.progress import Action
from radonc_tui.actions.review_view import blind_view
from radonc_tui.actions.stored import opened
from store import review_answers, review_pages, reviews
from store.errors import BadUsage
from store.home import Home
from store.judgements import standing

MOST_BYTES = 4_000_000
"""More than any review's answers take."""


@dataclass(frozen=True)
class SendRequest:
    """A review, for whom, and the file to be made; ``reviewer`` "" is whom it was made for."""

    review: str
    out: Path
    passphrase: str
    reviewer: str = ""


def send_review(home: Home, request: SendRequest) -> Action[dict[str, Any]]:
    """Write the cards of a reviewer or adjudicator as a page that works offline.

    Returns:
        ``page``, ``review``, ``reviewer``, ``cards`` (those left to judge) and ``path``.

    Raises:
        BadUsage: no such review, nothing left to judge, a short passphrase, or the file is there.
        Refused: the person has seen the unblinded summary.
    """
    yield from ()
    if request.out.exists():
        raise BadUsage(f"{request.out} exists already.", "Name a new file.")
    page = f"page-{secrets.token_hex(6)}"
    with opened(home) as connection:
        review = reviews.find_review(connection, request.review)
        name = reviews.reviewer_name(connection, review, request.reviewer)
        view = blind_view(connection, review, name)
        if not view.left:
            raise BadUsage(f"{name} has no card of {review.review_id} left to judge.")
        cases = reviews.blind_cases(connection, review, name)
        cards = [card for case in cases for card, _ in case.cards]
        said = standing(review_answers.steps(connection, review.review_id, name))
        facts = PageFacts(page, review.review_id, name, review.synthetic)
        answers = {card: said[card] for card in cards if card in said}
        text = review_page(facts, cases, answers, request.passphrase)
        review_pages.keep_page(connection, page, review.review_id, name, cards)
        _write(request.out, text)
    return {
        "page": page,
        "review": review.review_id,
        "reviewer": name,
        "cards": view.left,
        "path": str(request.out),
    }


def take_review(home: Home, path: Path, passphrase: str) -> Action[dict[str, Any]]:
    """Take in the answers that a page gave back; taking the same again changes nothing.

    Returns:
        ``review``, ``reviewer``, ``answers`` (those that were new), ``judged`` and ``left``.

    Raises:
        BadUsage: it is no file of a page of this home, or judges a card that is not there.
        RadoncError: the passphrase is another, or the file was changed.
        Refused: the reviewer has judged here since, or has seen the unblinded summary.
    """
    yield from ()
    found = read_answers(_read(path), passphrase, path.name)
    with opened(home) as connection:
        review_id, name, _ = review_pages.page_of(connection, found.page)
        if review_id != found.review:
            raise BadUsage(f"{path.name} is of {found.review}, its page of {review_id}.")
        new = review_pages.take_steps(connection, found.page, found.steps)
        review = reviews.find_review(connection, review_id)
        view = blind_view(connection, review, name)
    return {
        "review": review_id,
        "reviewer": name,
        "answers": new,
        "judged": view.judged,
        "left": view.left,
    }


def _write(path: Path, text: str) -> None:
    """The page, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _read(path: Path) -> str:
    if not path.is_file():
        raise BadUsage(f"There is no file {path}.", "Look for a slip in the name.")
    if path.stat().st_size > MOST_BYTES:
        raise BadUsage(
            f"{path.name} holds no answers of a review page: it is too large.",
            "Take the file that the page saved.",
        )
    return path.read_text(encoding="utf-8", errors="replace")
