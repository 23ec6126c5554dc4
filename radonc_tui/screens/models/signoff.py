"""One file signed off for one task: what is missing first, then two people with passphrases.

It shows and asks; whether a file may be signed off is said by the action. A passphrase goes to
the action and is kept nowhere; after a refusal both are typed again.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Label, Select, Static

from exports.report.words import task_name
from radonc_tui.actions import signoff as actions
from radonc_tui.performing import perform
from radonc_tui.screens.page import Page
from store.errors import RadoncError
from trainer.tasks import Task

PASSPHRASES = ("physicist-passphrase", "physician-passphrase")
FIELDS = (
    ("physicist", "physicist", "name"),
    (PASSPHRASES[0], "passphrase", "typed by the physicist"),
    ("physician", "physician", "name"),
    (PASSPHRASES[1], "passphrase", "typed by the physician"),
    ("use", "intended use", "such as second reading of a planned regimen"),
    ("population", "population", "whose cases it may be asked of"),
    ("override", "override", "why what is missing is passed over; it is kept"),
)
"""Name, label and placeholder of each field; the last one only where something is missing."""
NOTHING = "There is no bundle here: x on the runs screen exports a run."


class SignOffScreen(Page[dict[str, Any] | None]):
    """A form over the screen of models; answers the sign-off that was made."""

    HELP: ClassVar[str | None] = (
        "**Sign off.** A physicist and a physician, each with a passphrase of their own, let one "
        "file be used for one task, for a year. Above the form stands what the department's "
        "policy misses; it can be passed over with a reason, which is kept. What is never let "
        "pass, such as synthetic training cases, leaves no form. `enter` goes to the next field, "
        "`F5` signs. Who may sign is said on the page *who may sign* (`w` on the models screen)."
    )
    DEFAULT_CSS = """
    SignOffScreen {
        & > #of { height: 1; background: $panel; padding: 0 1; }
        & > #of > Label { text-style: bold; width: auto; padding-right: 1; }
        & > #of > Select { width: 1fr; }
        & > #scroll { height: 1fr; padding: 0 1; }
        & #standing { height: auto; margin-bottom: 1; }
        & .field { height: 1; }
        & .name { width: 14; color: $text-muted; }
        & .field > Input { width: 1fr; }
        & Button { margin-top: 1; }
        & .-absent { display: none; }
    }
    """
    AUTO_FOCUS = "#task"
    BINDINGS = [
        Binding("f5,ctrl+j", "sign", "Sign off", key_display="F5", id="signoff.sign"),
        Binding("escape", "back", "Back", id="signoff.back"),
    ]

    def __init__(self, files: Sequence[str] = ()) -> None:
        """``files`` are NAME:QUANT of one bundle, the likeliest first."""
        super().__init__()
        self.files = tuple(files)
        self.found: actions.Standing | None = None

    def compose(self) -> ComposeResult:
        tasks = [(task_name(task), task.value) for task in Task]
        with Horizontal(id="of"):
            yield Label("Sign off", markup=False)
            if self.files:
                files = [(file, file) for file in self.files]
                yield Select(files, allow_blank=False, compact=True, id="file")
                yield Select(tasks, allow_blank=False, compact=True, id="task")
        with VerticalScroll(id="scroll", can_focus=False):
            yield Static("" if self.files else NOTHING, id="standing", markup=False)
            for name, label, placeholder in FIELDS:
                with Horizontal(id=f"{name}-field", classes="field -absent"):
                    yield Label(label, classes="name", markup=False)
                    hidden = name in PASSPHRASES
                    yield Input(placeholder=placeholder, password=hidden, compact=True, id=name)
            yield Button("sign off", id="sign", classes="-absent", compact=True)
        yield from self.compose_foot()

    def on_mount(self) -> None:
        self.look()

    # what is missing

    @on(Select.Changed)
    def look(self) -> None:
        """Ask what stands between this file and its sign-off for this task."""
        if self.files:
            make = partial(actions.standing, self.radonc.home, self._chosen("file"))
            make = partial(make, self._chosen("task"))
            perform(self, make, self._stands, failed=self.fail, group="standing")

    def _chosen(self, name: str) -> str:
        return str(self.query_one(f"#{name}", Select).value)

    def _stands(self, found: actions.Standing) -> None:
        self.found = found
        self.say("")
        self.query_one("#standing", Static).update(standing_text(found))
        for name, _, _ in FIELDS:
            absent = bool(found.never) or (name == "override" and not found.missing)
            self.query_one(f"#{name}-field").set_class(absent, "-absent")
        self.query_one("#sign").set_class(bool(found.never), "-absent")
        self.refresh_bindings()

    # signing

    @on(Input.Submitted)
    def go_on(self) -> None:
        self.focus_next()

    @on(Button.Pressed)
    def action_sign(self) -> None:
        """Sign, once everything is filled in."""
        for name, label, placeholder in FIELDS[:-1]:
            if not self._value(name).strip():
                self.query_one(f"#{name}").focus()
                self.say(f"! The {label} is not filled in: {placeholder}.", bad=True)
                return
        physicist, physician = self._value("physicist").strip(), self._value("physician").strip()
        passphrases = {
            physicist: self._value(PASSPHRASES[0]),
            physician: self._value(PASSPHRASES[1]),
        }
        request = actions.SignRequest(
            self._chosen("file"),
            self._chosen("task"),
            physicist,
            physician,
            self._value("use"),
            self._value("population"),
            override=self._value("override"),
        )
        make = partial(actions.sign_off, self.radonc.home, request, passphrases.__getitem__)
        perform(self, make, self._signed, failed=self._refused, group="sign")

    def _signed(self, record: dict[str, Any]) -> None:
        self.dismiss(record)

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value

    def _refused(self, error: RadoncError) -> None:
        for name in PASSPHRASES:
            self.query_one(f"#{name}", Input).value = ""
        self.query_one(f"#{PASSPHRASES[0]}").focus()
        self.fail(error)

    def action_back(self) -> None:
        """Back to the models; nothing was signed."""
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "sign":
            return self.found is not None and not self.found.never
        return True


def standing_text(found: actions.Standing) -> Text:
    """What forbids the sign-off, or what the policy misses, a line each."""
    of = f" by {found.evaluation}" if found.evaluation else ""
    if not found.never and not found.missing:
        return Text(f"✓ Nothing is missing{of}; two people may sign.", "bold")
    text = Text()
    if found.never:
        text.append("! This file cannot be signed off for this task.\n", "bold")
        text.append("".join(f"  {sentence}\n" for sentence in found.never), "not bold")
    if found.missing:
        way_out = "" if found.never else "; it can be passed over with a reason"
        text.append(f"! The department's policy is not met{of}{way_out}.\n", "bold")
        text.append("".join(f"  {sentence}\n" for sentence in found.missing), "not bold")
    text.rstrip()
    return text
