"""Who may sign models off, each in one role and with a passphrase of their own."""

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Label

from exports.report.words import counted
from radonc_tui.actions import signoff as actions
from radonc_tui.performing import perform
from radonc_tui.screens.home.asking import Asking
from radonc_tui.screens.table_page import TablePage
from radonc_tui.widgets.dialogs import Confirm
from radonc_tui.widgets.window import Column
from store.signatories import PHYSICIAN, PHYSICIST, SHORTEST

NOBODY = "Nobody may sign yet: a adds a person."


class AskSignatory(Asking[tuple[str, str, str] | None]):
    """A name, a passphrase typed twice, and a role; answers (name, role, passphrase)."""

    HELP: ClassVar[str | None] = (
        "**A person who may sign.** They type a passphrase of their own, twice, which nobody else "
        "knows: shared logins of a workstation are normal, so a login proves nobody. `enter` goes "
        "on, and after the second passphrase to the roles."
    )
    AUTO_FOCUS = "#name"

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label("Who may sign?", markup=False)
            yield Input(placeholder="name", id="name")
            yield Input(password=True, placeholder="passphrase, typed by them", id="first")
            yield Input(password=True, placeholder="the same again", id="again")
            yield Label(f"At least {SHORTEST} characters.", classes="hint", markup=False)
            yield Label(id="refusal", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("as physicist", id=PHYSICIST, compact=True)
                yield Button("as physician", id=PHYSICIAN, compact=True)

    @on(Input.Submitted)
    def go_on(self) -> None:
        self.focus_next()

    @on(Button.Pressed)
    def answer(self, event: Button.Pressed) -> None:
        name = self.value("name").strip()
        if not name:
            self.query_one("#name").focus()
        elif self.value("first") == self.value("again"):
            self.dismiss((name, str(event.button.id), self.value("first")))
        else:
            self.refuse("The two are not the same. Type both again.")
            for field in ("first", "again"):
                self.query_one(f"#{field}", Input).value = ""
            self.query_one("#first").focus()


class SignatoriesScreen(TablePage[None]):
    """Everybody who may sign; a person is added or removed."""

    HELP: ClassVar[str | None] = (
        "**Who may sign.** A sign-off needs a physicist and a physician of this list. `a` adds a "
        "person, who types a passphrase of their own; `d` removes the one under the cursor, and "
        "what they signed stands. Both are written into the audit log."
    )
    HEADING = "Who may sign …"
    COLUMNS = (Column("name", "name", least=24), Column("role", "signs as", 12))
    PANEL = False
    BINDINGS = [
        Binding("a", "add", "Add", id="signatories.add", tooltip="With their own passphrase."),
        Binding("d", "remove", "Remove", id="signatories.remove", tooltip="Asks first."),
        Binding("escape", "back", "Back", id="signatories.back"),
    ]

    def reload(self) -> None:
        """Ask again who may sign."""
        make = partial(actions.list_signatories, self.radonc.home)
        perform(self, make, self._listed, failed=self.fail, group="people")

    def _listed(self, people: list[tuple[str, str]]) -> None:
        heading = f"{counted(len(people), 'person', 'people')} may sign models off"
        self.head(heading)
        self.table.empty = NOBODY
        self.table.show_rows([{"name": name, "role": role} for name, role in people])
        self.refresh_bindings()

    def action_add(self) -> None:
        """Let a person sign, in a role."""

        def answered(given: tuple[str, str, str] | None) -> None:
            if given:
                make = partial(actions.name_signatory, self.radonc.home, *given)
                perform(self, make, partial(self._added, given[1]), failed=self.fail)

        self.app.push_screen(AskSignatory(), answered)

    def _added(self, role: str, name: str) -> None:
        self.say(f"✓ {name} may sign as {role}.")
        self.reload()

    def action_remove(self) -> None:
        """Let the person under the cursor sign no more."""
        if self.table.row is None:
            return
        make = partial(actions.drop_signatory, self.radonc.home, str(self.table.row["name"]))

        def sure(yes: bool | None) -> None:
            if yes:
                perform(self, make, self._removed, failed=self.fail)

        question = f"Shall {self.table.row['name']} sign no more?"
        self.app.push_screen(Confirm(question, "remove", "What they signed stands.", "keep"), sure)

    def _removed(self, name: str) -> None:
        self.say(f"✓ {name} signs no more.")
        self.reload()

    def action_back(self) -> None:
        """Back to the models."""
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "remove" and self.is_mounted:
            return self.table.row is not None
        return True
