"""A blinded review as one HTML file for another machine, and the file of answers it gives back.

The page holds what a reviewer may see and nothing else: no case id, no origin, no model. It loads
nothing and sends nothing; its own policy forbids both. Everything but that it is a review is
sealed (``sealed``). The store is not known here.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from exports.review_page.sealed import seal, unseal
from store.errors import BadUsage
from store.judgements import (
    JUDGEMENT_KEYS,
    REASON_KEYS,
    SEVERITY_KEYS,
    Answer,
    Step,
    read_answer,
)
from store.reviews import BlindCase

CARDS, ANSWERS = "review cards 1", "review answers 1"


@dataclass(frozen=True)
class PageFacts:
    """Which page of which review, for whom."""

    page: str
    review: str
    reviewer: str
    synthetic: bool


@dataclass(frozen=True)
class Returned:
    """What a page gave back: everything that was done on it, from the beginning."""

    page: str
    review: str
    steps: tuple[Step, ...]


def review_page(
    facts: PageFacts, cases: Sequence[BlindCase], answers: Mapping[str, Answer], passphrase: str
) -> str:
    """The page, whole.

    Args:
        cases: in the reviewer's order.
        answers: what the reviewer has said before, by card; they go on from there.

    Raises:
        BadUsage: the passphrase is too short.
    """
    content = {
        "page": facts.page,
        "review": facts.review,
        "reviewer": facts.reviewer,
        "synthetic": facts.synthetic,
        "cases": [
            {"diagnosis": c.diagnosis, "cards": [list(card) for card in c.cards]} for c in cases
        ],
        "answers": [_row(answer) for answer in answers.values()],
        "words": {
            "judgements": [[k, w, w.words, w.needs_reason] for k, w in JUDGEMENT_KEYS.items()],
            "reasons": [[key, word, word.words] for key, word in REASON_KEYS.items()],
            "severities": [[key, word, word.words] for key, word in SEVERITY_KEYS.items()],
        },
    }
    style, script = _read("page.css"), _read("page.js")
    parts = {
        "{{policy}}": f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'",
        "{{style}}": style,
        "{{script}}": script,
        "{{sealed}}": json.dumps(seal(content, passphrase, CARDS)),
    }
    page = _read("page.html")
    for name, part in parts.items():
        page = page.replace(name, part)
    return page


def read_answers(text: str, passphrase: str, name: str) -> Returned:
    """What a page gave back; ``name`` is what errors call the file.

    Raises:
        BadUsage: it is no such file, or an answer in it is none.
        RadoncError: the passphrase is another, or the file was changed.
    """
    try:
        box = json.loads(text)
    except ValueError:
        box = None
    found = unseal(box if isinstance(box, dict) else {}, passphrase, ANSWERS, name)
    try:
        steps = tuple(Step(None if row is None else read_answer(*row)) for row in found["steps"])
        return Returned(str(found["page"]), str(found["review"]), steps)
    except (KeyError, TypeError) as error:
        raise BadUsage(
            f"The answers in {name} cannot be read.", "Save them on the page again."
        ) from error


def _row(answer: Answer) -> list[Any]:
    return [answer.card, answer.judgement, answer.reason or "", answer.severity or ""]


def _read(name: str) -> str:
    return (files("exports.review_page") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
