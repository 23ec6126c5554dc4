"""The case under review: its diagnosis, its cards, and the question that the next key answers.

It shows a ``Judging`` and says by messages what the reviewer wants; what is done is not its
business. On a wide screen all cards stand side by side, on a narrow one the card under
judgement alone.
"""

from typing import ClassVar

from rich.columns import Columns
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from radonc_tui.actions.review import AnswerRequest
from radonc_tui.actions.review_view import BlindCard, BlindView
from radonc_tui.screens.review.judging import (
    JUDGEMENTS,
    REASONS,
    SEVERITIES,
    Judging,
    Stage,
    begin,
    prompt,
    said_of,
    say,
    step_back,
    turn,
    where,
)

MOST_CARDS = 3
SHORT = {
    "with-changes": "With changes",
    "cannot-judge": "Cannot judge",
    "missing-constraint": "Constraint",
}


def _short(word: str) -> str:
    return SHORT.get(word, word.replace("-", " ").capitalize())


class Card(VerticalScroll, can_focus=False):
    """One answer, unlabelled."""

    class Picked(Message):
        """The card was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, place: int) -> None:
        super().__init__(id=f"card{place}", classes="card")
        self.place = place

    def compose(self) -> ComposeResult:
        yield Static(markup=False)

    def show(self, card: BlindCard, of: int, here: bool) -> None:
        self.query_one(Static).update(card.text)
        self.border_title = f"{'▶ ' if here else ''}card {self.place + 1} of {of}"
        said = said_of(card)
        self.border_subtitle = f"✓ {said}" if said else ""
        self.set_class(here, "-here")

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Picked(self.place))


class JudgePanel(Vertical, can_focus=True):
    """One reviewer's way through the cards."""

    HELP: ClassVar[str | None] = """\
**Judge the regimen** that is marked, for the diagnosis above it. Who wrote it (the reference, or
one of two models) is hidden until you have judged every card; equal answers are one card.

One key judges. *Acceptable with changes* and *not acceptable* ask for the reason and for how
much it matters, one key each; `esc` goes back a key. `left` and `right` move between the cards
of a case, and a card judged before may be judged again. `u` takes the last answer back. Every
answer is kept at once: leave when you like, and go on where you left.
"""
    BINDINGS = [
        *(
            Binding(key, f"say('{word}')", _short(word), tooltip=word.words, id=f"review.{word}")
            for words in (JUDGEMENTS, REASONS, SEVERITIES)
            for key, word in words.items()
        ),
        Binding("enter", "summary", "Unblinded summary", id="review.unblind"),
        Binding("u,z", "undo", "Undo", tooltip="Take the last answer back.", id="review.undo"),
        Binding("left", "turn(-1)", "Card before", show=False, id="review.before"),
        Binding("right,tab", "turn(1)", "Next card", show=False, id="review.after"),
        Binding("up", "roll(-1)", "Diagnosis up", show=False, id="review.up"),
        Binding("down", "roll(1)", "Diagnosis down", show=False, id="review.down"),
        Binding("pageup", "roll_card(-1)", "Card up", show=False, id="review.card_up"),
        Binding("pagedown", "roll_card(1)", "Card down", show=False, id="review.card_down"),
        Binding("escape", "back", "Back", show=False, id="review.back"),
    ]

    class Answered(Message):
        """A whole answer was keyed in."""

        def __init__(self, request: AnswerRequest) -> None:
            super().__init__()
            self.request = request

    class UndoAsked(Message):
        """The last answer is to be taken back."""

    class SummaryAsked(Message):
        """The review is over and its summary is wanted."""

    class Left(Message):
        """The reviewer goes back to the list."""

    state: Judging | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="where", markup=False)
        with VerticalScroll(id="diagnosis", can_focus=False):
            yield Static(markup=False)
        with Horizontal(id="cards"):
            for place in range(MOST_CARDS):
                yield Card(place)
        yield Static(id="asked", markup=False)
        yield Static(id="keys")

    def show(self, view: BlindView) -> None:
        """Another case, or the same after an answer."""
        changed = self.state is None or self.state.view.diagnosis != view.diagnosis
        self._draw(begin(view))
        if changed:
            self.query_one("#diagnosis").scroll_home(animate=False)

    def failed(self) -> None:
        """The answer could not be kept: it is asked for again."""
        if self.state:
            self._draw(Judging(self.state.view, self.state.place))

    def _draw(self, state: Judging) -> None:
        self.state = state
        self.query_one("#where", Static).update(where(state))
        self.query_one("#diagnosis > Static", Static).update(state.view.diagnosis)
        for card in self.query(Card):
            there = card.place < len(state.view.cards)
            card.set_class(not there, "-absent")
            if there:
                shown = state.view.cards[card.place]
                card.show(shown, len(state.view.cards), card.place == state.place)
        asked, keys = prompt(state)
        self.query_one("#asked", Static).update(asked)
        self.query_one("#keys", Static).update(Columns(keys, padding=(0, 3)))
        self.set_class(state.stage is Stage.OVER, "-over")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        stage = self.state.stage if self.state else Stage.KEEPING
        match action:
            case "say":
                words = {Stage.JUDGEMENT: JUDGEMENTS, Stage.REASON: REASONS}
                words[Stage.SEVERITY] = SEVERITIES
                return parameters[0] in words.get(stage, {}).values()
            case "summary":
                return stage is Stage.OVER
            case "undo":
                return stage in (Stage.JUDGEMENT, Stage.OVER) and self._judged > 0
            case "turn" | "roll" | "roll_card":
                return stage not in (Stage.KEEPING, Stage.OVER)
        return True

    @property
    def _judged(self) -> int:
        return self.state.view.judged if self.state else 0

    def action_say(self, word: str) -> None:
        if self.state is None:
            return
        known = {w.value: w for words in (JUDGEMENTS, REASONS, SEVERITIES) for w in words.values()}
        state, request = say(self.state, known[word])
        self._draw(state)
        if request:
            self.post_message(self.Answered(request))

    def action_undo(self) -> None:
        self.post_message(self.UndoAsked())

    def action_summary(self) -> None:
        self.post_message(self.SummaryAsked())

    def action_turn(self, by: int) -> None:
        if self.state:
            self._draw(turn(self.state, by))

    def on_card_picked(self, event: Card.Picked) -> None:
        if self.state:
            self.action_turn(event.place - self.state.place)
            self.focus()

    def action_roll(self, by: int) -> None:
        self.query_one("#diagnosis").scroll_relative(y=by, animate=False)

    def action_roll_card(self, by: int) -> None:
        if self.state:
            self.query_one(f"#card{self.state.place}").scroll_relative(y=3 * by, animate=False)

    def action_back(self) -> None:
        """Back a key; with no answer begun, back to the list."""
        if self.state and self.state.stage in (Stage.REASON, Stage.SEVERITY):
            self._draw(step_back(self.state))
        else:
            self.post_message(self.Left())
