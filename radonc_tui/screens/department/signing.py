"""The question before a signature: who, and in which role."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Label

from radonc_tui.widgets.dialogs import Dialog
from store.department.signatures import ONCOLOGIST, PHYSICIST


class AskSignature(Dialog[tuple[str, str] | None]):
    """A role and a name; ``enter`` after the name goes to the roles."""

    HELP = (
        "**Sign.** Each row needs two persons, a physicist and an oncologist. A signature is of "
        "the row as it is now: an edit voids it. It is written into the audit log."
    )

    def __init__(self, rows: int, first: str, name: str) -> None:
        super().__init__()
        self.rows, self.first, self.given = rows, first, name

    def compose(self) -> ComposeResult:
        what = self.first if self.rows == 1 else f"{self.rows} rows, {self.first} the first"
        with VerticalScroll(id="box", can_focus=False):
            yield Label(f"Sign {what}", markup=False)
            yield Input(self.given, placeholder="your name", id="name")
            yield Label(
                "By this you say that what a row accepts is accepted here.",
                classes="hint",
                markup=False,
            )
            with Horizontal(classes="buttons"):
                yield Button("as physicist", id=PHYSICIST, compact=True)
                yield Button("as oncologist", id=ONCOLOGIST, compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def go_on(self) -> None:
        self.query_one(f"#{PHYSICIST}").focus()

    @on(Button.Pressed)
    def answer(self, event: Button.Pressed) -> None:
        name = self.query_one(Input).value.strip()
        if name:
            self.dismiss((str(event.button.id), name))
        else:
            self.query_one(Input).focus()
