"""The small questions that every screen asks in the same way.

Each is a modal screen that ``esc`` leaves without an answer. They know no action: what an answer
means is the business of whoever asked. What has the focus first is said by ``AUTO_FOCUS`` and what
is shown first by ``compose``: a program that is just ending gives a new screen no widgets to look
for.
"""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, OptionList
from textual.widgets.option_list import Option

from store.errors import RadoncError

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A box in the middle that fits any terminal; ``esc`` leaves it."""

    HELP: ClassVar[str | None] = "`enter` answers, `esc` leaves without an answer."
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        & > #box {
            width: 70; max-width: 100%; height: auto; max-height: 100%;
            border: round $primary; background: $surface; padding: 0 1;
        }
        & Label { width: 100%; }
        & .hint { color: $text-muted; }
        & .buttons { height: auto; align-horizontal: right; }
        & Button { margin-left: 1; }
        & OptionList { height: auto; max-height: 14; border: none; }
        & Input { border: tall $primary; }
    }
    """
    BINDINGS = [Binding("escape", "leave", "Back", id="dialog.back")]

    def action_leave(self) -> None:
        self.dismiss(None)


class Confirm(Dialog[bool | None]):
    """Yes or no; ``y`` and ``n`` answer at once. The safe answer has the focus."""

    AUTO_FOCUS = "#no"
    BINDINGS = [
        Binding("y", "yes", "Yes", id="dialog.yes"),
        Binding("n", "leave", "No", id="dialog.no"),
    ]

    def __init__(self, question: str, yes: str = "yes", hint: str = "", no: str = "no") -> None:
        super().__init__()
        self.question, self.yes, self.hint, self.no = question, yes, hint, no

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label(self.question, markup=False)
            if self.hint:
                yield Label(self.hint, classes="hint", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(f"(n) {self.no}", id="no", compact=True)
                yield Button(f"(y) {self.yes}", id="yes", compact=True)

    @on(Button.Pressed, "#yes")
    def action_yes(self) -> None:
        self.dismiss(True)

    @on(Button.Pressed, "#no")
    def action_leave(self) -> None:
        self.dismiss(False)


class Problem(Dialog[bool | None]):
    """One error: its sentence and the way out."""

    def __init__(self, error: RadoncError) -> None:
        super().__init__()
        self.error = error

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label(f"! {self.error.message}", markup=False)
            if self.error.hint:
                yield Label(self.error.hint, classes="hint", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("(esc) back", id="back", compact=True)

    @on(Button.Pressed, "#back")
    def action_leave(self) -> None:
        self.dismiss(None)


class Busy(Confirm):
    """The store is in use elsewhere; true is to wait for it."""

    def __init__(self, error: RadoncError, seconds: int) -> None:
        super().__init__(
            error.message,
            f"wait up to {seconds} s",
            "Close radonc there, or wait for it. Nothing here is lost.",
            "leave it",
        )


class AskText(Dialog[str | None]):
    """One line of text; ``secret``: it is not shown."""

    AUTO_FOCUS = "Input"

    def __init__(self, title: str, text: str = "", hint: str = "", secret: bool = False) -> None:
        super().__init__()
        self.question, self.text, self.hint, self.secret = title, text, hint, secret

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label(self.question, markup=False)
            yield Input(self.text, password=self.secret, id="answer")
            if self.hint:
                yield Label(self.hint, classes="hint", markup=False)

    @on(Input.Submitted)
    def answer(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


class Choose(Dialog[str | None]):
    """One of several, found by typing or with the arrows."""

    AUTO_FOCUS = "Input"

    def __init__(self, title: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.question, self.options = title, tuple(options)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label(self.question, markup=False)
            yield Input(placeholder="type to find", id="find")
            options = OptionList(*self._found(""), id="options", markup=False)
            options.set_reactive(OptionList.highlighted, 0 if self.options else None)
            yield options

    def _found(self, words: str) -> list[Option]:
        return [
            Option(label, id=value)
            for value, label in self.options
            if all(word in label.casefold() for word in words.casefold().split())
        ]

    @on(Input.Changed)
    def find(self, event: Input.Changed) -> None:
        found = self._found(event.value)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(found)
        options.highlighted = 0 if found else None

    def on_key(self, event: object) -> None:
        """The arrows move in the list while the typing goes on."""
        key = getattr(event, "key", "")
        options = self.query_one(OptionList)
        if key in ("up", "down", "pageup", "pagedown") and not options.has_focus:
            getattr(options, f"action_{_MOVES[key]}")()

    @on(Input.Submitted)
    def choose_highlighted(self) -> None:
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)


_MOVES = {"up": "cursor_up", "down": "cursor_down", "pageup": "page_up", "pagedown": "page_down"}
