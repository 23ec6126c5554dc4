"""How the present cases are divided, seen before a data set is frozen.

It asks for the split and shows what it would be; freezing itself is for whoever opened it.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Label, Select, Static

from radonc_tui.actions.data import preview_split
from radonc_tui.cards import card_words
from radonc_tui.performing import perform
from radonc_tui.widgets.dialogs import Dialog
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.splits import WAYS, SplitRules

ALL = "all sources"
MEANINGS = {
    "patient": "by patient: a keyed hash of the patient decides",
    "year": "by year: the newest years are test",
    "site": "by site: whole sites are test",
    "source": "by source: whole sources are test",
}


class FreezeDialog(Dialog[SplitRules | None]):
    """The rules of a data set and what they would give."""

    HELP: ClassVar[str | None] = (
        "**Freeze a data set.** The included cases as they are now, divided by patient, so that "
        "no patient is on two sides. The *seed* moves cases between train and validation; who is "
        "in test is settled by the home's secret and by the share alone. What is frozen never "
        "changes; a later edit goes into the next data set. `ctrl+s` freezes."
    )
    AUTO_FOCUS = "#by"
    BINDINGS = [Binding("ctrl+s", "freeze", "Freeze", id="freeze.freeze", priority=True)]
    DEFAULT_CSS = """
    FreezeDialog {
        & .field { height: 1; }
        & .field > Label { width: 12; color: $text-muted; }
        & .field > Input { width: 1fr; border: none; height: 1; }
        & .field > Select { width: 1fr; }
        & #preview { margin: 1 0; height: auto; min-height: 4; }
        & #preview.-bad { color: $text-error; text-style: bold; }
    }
    """

    def __init__(self, home: Home, sources: Sequence[str], synthetic_too: bool) -> None:
        """``synthetic_too``: synthetic cases lie beside others, so a source must be named."""
        super().__init__()
        self.home, self.sources, self.synthetic_too = home, tuple(sources), synthetic_too

    def compose(self) -> ComposeResult:
        rules = SplitRules()
        ways = [(MEANINGS[way], way) for way in WAYS]
        sources = [(source, source) for source in (ALL, *self.sources)]
        first = self.sources[0] if self.synthetic_too and self.sources else ALL
        with VerticalScroll(id="box", can_focus=False):
            yield Label("Freeze the included cases into a data set", markup=False)
            yield _row(
                "divide", Select(ways, value=rules.by, allow_blank=False, id="by", compact=True)
            )
            yield _row("test share", Input(str(rules.test), id="test", compact=True))
            yield _row("validation", Input(str(rules.validation), id="validation", compact=True))
            yield _row("seed", Input(str(rules.seed), id="seed", compact=True))
            yield _row(
                "source", Select(sources, value=first, allow_blank=False, id="source", compact=True)
            )
            yield Static("Counting…", id="preview", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("(esc) leave", id="leave", compact=True)
                yield Button("(ctrl+s) freeze", id="freeze", compact=True)

    def on_mount(self) -> None:
        self.call_after_refresh(self._preview)

    def rules(self) -> SplitRules:
        """What the fields say.

        Raises:
            BadUsage: a share or the seed is no number.
        """
        source = str(self.query_one("#source", Select).value)
        return SplitRules(
            by=str(self.query_one("#by", Select).value),
            seed=int(self._number("seed", whole=True)),
            test=self._number("test"),
            validation=self._number("validation"),
            source="" if source == ALL else source,
        )

    def _number(self, name: str, whole: bool = False) -> float:
        text = self.query_one(f"#{name}", Input).value.strip()
        try:
            return int(text) if whole else float(text)
        except ValueError as error:
            kind = "a whole number" if whole else "a share such as 0.2"
            raise BadUsage(f"The {name} {text[:20]!r} is not {kind}.") from error

    @on(Input.Changed)
    @on(Select.Changed)
    def _preview(self) -> None:
        try:
            rules = self.rules()
        except BadUsage as error:
            self._refused(error)
            return
        make = partial(preview_split, self.home, rules)
        perform(self, make, self._show, failed=self._refused, group="preview")

    def _show(self, card: Mapping[str, Any]) -> None:
        self._say(card_words(card), bad=False)

    def _refused(self, error: RadoncError) -> None:
        self._say(f"! {error}", bad=True)

    def _say(self, text: str, bad: bool) -> None:
        preview = self.query_one("#preview", Static)
        preview.update(text)
        preview.set_class(bad, "-bad")

    @on(Button.Pressed, "#freeze")
    @on(Input.Submitted)
    def action_freeze(self) -> None:
        try:
            self.dismiss(self.rules())
        except BadUsage as error:
            self._refused(error)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.dismiss(None)


def _row(name: str, widget: Input | Select[str]) -> Horizontal:
    return Horizontal(Label(name), widget, classes="field")
