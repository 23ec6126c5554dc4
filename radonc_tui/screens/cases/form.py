"""A case put right where it is shown: edited, or annotated.

It collects what a person wants and says so by a message; whether it may be so is decided by an
action, whose refusal is shown here with everything still typed.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Select, Static, TextArea

from radonc_tui.screens.cases.codes import CodeField, Search
from radonc_tui.widgets.dialogs import Confirm
from store.cases import Intent
from store.clinical.regimen import Modality
from store.errors import RadoncError
from store.quarantine import PATIENT

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp


class CaseForm(VerticalScroll, can_focus=False):
    """The fields of one case; ``annotating`` leaves all but the three answers as they are."""

    HELP: ClassVar[str | None] = (
        "**Put a case right.** `ctrl+s` keeps it, `esc` leaves it as it was, `tab` goes to the "
        "next field. What is kept goes through the rules of an import: the regimen is written in "
        "its one canonical way, the code is checked, and a contradiction is refused. *Edit* "
        "corrects what is wrong; *annotate* says that you have looked at regimen, modality and "
        "code, and that they are right as you leave them."
    )
    DEFAULT_CSS = """
    CaseForm {
        & .title { text-style: bold; color: $text-primary; }
        & #refusal { display: none; color: $text-error; text-style: bold; }
        & #refusal.-said { display: block; }
        & #diagnosis-text { margin: 0 0 1 0; max-height: 8; }
        & .field { height: auto; }
        & .name { width: 10; color: $text-muted; }
        & .field > Input, & .field > Select { width: 1fr; }
        & .field > CodeField, & .field > TextArea { width: 1fr; }
        & Input { padding: 0 1; }
        & #code-meaning, & SelectCurrent { padding: 0 1; }
        & TextArea { height: 3; }
        & #diagnosis { height: 5; }
        & .buttons { height: 1; align-horizontal: right; margin-top: 1; }
        & Button { margin-left: 1; }
    }
    """
    BINDINGS = [
        Binding("ctrl+s", "keep", "Keep", id="form.keep", priority=True),
        Binding("escape", "leave", "Leave as it was", id="form.leave"),
    ]

    class Kept(Message):
        """The person wants these values; ``changes`` holds only what differs."""

        def __init__(self, form: "CaseForm", changes: dict[str, str], reason: str) -> None:
            super().__init__()
            self.form, self.changes, self.reason = form, changes, reason

    class Left(Message):
        """The person wants nothing."""

    def __init__(
        self, case: Mapping[str, Any], annotating: bool, search: Search, verb: str = ""
    ) -> None:
        """``case`` has a ``patient`` only where the record number is to be asked for."""
        super().__init__(id="form")
        self.case, self.annotating, self.search = case, annotating, search
        self.verb = verb or ("Annotate" if annotating else "Edit")

    def compose(self) -> ComposeResult:
        case = self.case
        yield Label(f"{self.verb} {case['case_id']}", classes="title", markup=False)
        yield Static(id="refusal", markup=False)
        if self.annotating:
            yield Static(str(case["diagnosis"]), id="diagnosis-text", markup=False)
        else:
            if PATIENT in case:
                ask = Input(placeholder="record number", password=True, id=PATIENT, compact=True)
                yield _row("patient", ask)
            yield _row("diagnosis", TextArea(str(case["diagnosis"]), id="diagnosis", compact=True))
        yield _row("regimen", TextArea(str(case["regimen"]), id="regimen", compact=True))
        modalities = [(str(modality), str(modality)) for modality in Modality]
        yield _row("modality", _choice("modality", modalities, str(case["modality"])))
        field = CodeField(str(case["icd10"]), str(case.get("meaning", "")), self.search)
        yield _row("ICD-10", field)
        if not self.annotating:
            for name in ("site", "target"):
                yield _row(name, Input(str(case[name]), id=name, compact=True))
            intents = [(str(intent), str(intent)) for intent in Intent]
            yield _row("intent", _choice("intent", intents, str(case["intent"])))
        hint = "a remark" if self.annotating else "why it was wrong"
        yield _row("reason", Input(placeholder=hint, id="reason", compact=True))
        with Horizontal(classes="buttons"):
            yield Button("(esc) leave", id="leave", compact=True)
            yield Button("(ctrl+s) keep", id="keep", compact=True)

    def on_mount(self) -> None:
        cast("RadoncApp", self.app).forms.add(self)
        first = PATIENT if PATIENT in self.case else "diagnosis"
        self.query_one(f"#{'regimen' if self.annotating else first}").focus()

    def values(self) -> dict[str, str]:
        """What the fields hold now, by name."""
        held = {field.id or "": field.value for field in self.query(Input) if field.id != "reason"}
        held |= {field.id or "": " ".join(field.text.split()) for field in self.query(TextArea)}
        held |= {field.id or "": str(field.value) for field in self.query(Select)}
        return held

    def changes(self) -> dict[str, str]:
        """What the person made different."""
        return {n: v for n, v in self.values().items() if v.strip() != str(self.case[n]).strip()}

    def refuse(self, error: RadoncError) -> None:
        """Say why it cannot be kept; nothing typed is lost."""
        self._say(f"! {error}")

    def _say(self, text: str) -> None:
        refusal = self.query_one("#refusal", Static)
        refusal.update(text)
        refusal.set_class(bool(text), "-said")
        self.scroll_home(animate=False)

    @on(Button.Pressed, "#keep")
    def action_keep(self) -> None:
        changes = self.changes()
        if not changes and not self.annotating:
            self._say("Nothing is changed yet.")
            return
        self._say("")
        self.post_message(self.Kept(self, changes, self.query_one("#reason", Input).value))

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        field = self.query_one(CodeField)
        if field.is_open:
            field.close()
        elif self.changes():
            self.app.push_screen(Confirm("Leave without keeping what you changed?"), self._left)
        else:
            self._left(True)

    def _left(self, sure: bool | None) -> None:
        if sure:
            self.post_message(self.Left())

    @on(Input.Submitted)
    def to_next(self, event: Input.Submitted) -> None:
        """``enter`` in a line goes on, and keeps at the last."""
        if event.input.id == "reason":
            self.action_keep()
        else:
            self.screen.focus_next()


def _row(name: str, widget: Widget) -> Horizontal:
    return Horizontal(Label(name, classes="name"), widget, classes="field")


def _choice(name: str, options: list[tuple[str, str]], value: str) -> Select[str]:
    if value not in {option for _, option in options}:
        # what the record does not say is not to be said by the first option
        options, value = [("(not stated)", ""), *options], ""
    return Select(
        options,
        value=value,
        allow_blank=False,
        id=name,
        compact=True,
    )
