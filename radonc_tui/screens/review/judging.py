"""What the judging screen knows: the case, the card, and how far an answer has been keyed in.

Pure: no widget and no store. A judgement that needs a reason and a severity is three keys, the
others one; only a whole answer is ever sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from radonc_tui.actions.review import AnswerRequest
from radonc_tui.actions.review_view import BlindCard, BlindView
from store.judgements import (
    JUDGEMENT_KEYS,
    REASON_KEYS,
    SEVERITY_KEYS,
    Judgement,
    Reason,
    Severity,
)

JUDGEMENTS, REASONS, SEVERITIES = JUDGEMENT_KEYS, REASON_KEYS, SEVERITY_KEYS


class Stage(StrEnum):
    """What the next key says; ``KEEPING``: an answer is on its way, keys wait for the next card."""

    JUDGEMENT = "judgement"
    REASON = "reason"
    SEVERITY = "severity"
    KEEPING = "keeping"
    OVER = "over"


@dataclass(frozen=True)
class Judging:
    """One reviewer at one case; ``place`` counts its cards from 0."""

    view: BlindView
    place: int = 0
    judgement: Judgement | None = None
    reason: Reason | None = None
    keeping: bool = False

    @property
    def stage(self) -> Stage:
        if self.keeping:
            return Stage.KEEPING
        if not self.view.cards:
            return Stage.OVER
        if self.judgement is None:
            return Stage.JUDGEMENT
        return Stage.REASON if self.reason is None else Stage.SEVERITY

    @property
    def card(self) -> BlindCard:
        """The card under judgement; there is none when the review is over."""
        return self.view.cards[self.place]


def begin(view: BlindView) -> Judging:
    """At the card that the view says is next."""
    current = view.current
    return Judging(view, view.cards.index(current) if current else 0)


def turn(state: Judging, by: int) -> Judging:
    """To another card of the case; a half-given answer is dropped."""
    if state.stage in (Stage.KEEPING, Stage.OVER):
        return state
    return Judging(state.view, (state.place + by) % len(state.view.cards))


def step_back(state: Judging) -> Judging:
    """One key back within an answer."""
    if state.reason is not None:
        return replace(state, reason=None)
    return replace(state, judgement=None)


def say(
    state: Judging, word: Judgement | Reason | Severity
) -> tuple[Judging, AnswerRequest | None]:
    """The state after one key, and the answer if that key made it whole.

    A word that is not what the stage asks for changes nothing.
    """
    if isinstance(word, Judgement) and state.stage is Stage.JUDGEMENT:
        said = replace(state, judgement=word)
        return (said, None) if word.needs_reason else _whole(said, "")
    if isinstance(word, Reason) and state.stage is Stage.REASON:
        return replace(state, reason=word), None
    if isinstance(word, Severity) and state.stage is Stage.SEVERITY:
        return _whole(state, word)
    return state, None


def _whole(state: Judging, severity: str) -> tuple[Judging, AnswerRequest]:
    assert state.judgement is not None, "an answer begins with a judgement"
    view = state.view
    asked = AnswerRequest(
        view.review,
        state.card.card,
        state.judgement,
        state.reason or "",
        severity,
        view.reviewer,
    )
    return replace(state, keeping=True), asked


def where(state: Judging) -> str:
    """One line: how far, who and as what, own cases left out, and that it is synthetic."""
    view = state.view
    total = view.judged + view.left
    case = f"Case {view.number} of {view.cases} · " if view.number else ""
    synthetic = "SYNTHETIC · " if view.synthetic else ""
    done = "decided" if view.adjudicates else "judged"
    who = f"{view.reviewer}{' adjudicates' if view.adjudicates else ''}"
    own = f" · {view.own} own cases left out" if view.own else ""
    return f"{synthetic}{case}{view.judged} of {total} cards {done} · {who}{own}"


def prompt(state: Judging) -> tuple[str, tuple[str, ...]]:
    """What is asked now, and the keys that answer it, each with its words."""
    match state.stage:
        case Stage.KEEPING:
            return "Keeping the answer …", ()
        case Stage.OVER:
            return _over(state.view)
        case Stage.JUDGEMENT:
            return "Is this regimen acceptable for this diagnosis?", _keys(JUDGEMENTS)
        case Stage.REASON:
            return f"{_so_far(state)}: because of what?", _keys(REASONS)
        case Stage.SEVERITY:
            return f"{_so_far(state)}: how much does it matter?", _keys(SEVERITIES)


def _over(view: BlindView) -> tuple[str, tuple[str, ...]]:
    if not view.judged:
        none = "on which the reviewers differ" if view.adjudicates else "to judge"
        return f"There is no card {none}.", ("esc back",)
    return "Every card is judged.", ("enter the unblinded summary", "u take the last back")


def _so_far(state: Judging) -> str:
    words = ", ".join(word.words for word in (state.judgement, state.reason) if word)
    return words[:1].upper() + words[1:]


def _keys(words: Mapping[str, Judgement | Reason | Severity]) -> tuple[str, ...]:
    return tuple(f"{key} {word.words}" for key, word in words.items())


def said_of(card: BlindCard) -> str:
    """The reviewer's own answer to a card, in words; "" where there is none yet."""
    if card.answer is None:
        return ""
    parts = (card.answer.judgement, card.answer.reason, card.answer.severity)
    return ", ".join(part.words for part in parts if part)
