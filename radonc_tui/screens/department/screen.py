"""The department's table row by row: found, read whole, checked, signed.

It lies over whatever is shown, and ``esc`` leaves it. Rows are edited in the file, by whatever
edits CSV; nothing is edited here.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from radonc_tui.actions import department as actions
from radonc_tui.actions.department import Checked, ShownRow
from radonc_tui.performing import perform
from radonc_tui.screens.department import state
from radonc_tui.screens.department.signing import AskSignature
from radonc_tui.widgets.window import Column, WindowTable
from store.department.table import own_path
from store.errors import RadoncError

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp

COLUMNS = (
    Column("row", "row", 30),
    Column("state", "signed", 15),
    Column("usual", "usual", least=20),
    Column("site", "site", 14),
)


class DepartmentScreen(Screen[None]):
    """All rows, one of them whole beside them or over them."""

    HELP = """\
**The department's table.** Which regimens are accepted, for whom: a row is chosen by code, intent,
stage, operation and what else the question states, never by a regimen. Results by it are printed
as *per unreviewed table* until a physicist and an oncologist have signed each row used. `i` copies
the table into the home, where it is edited as CSV; `c` checks it and counts the cases it covers.
"""
    CSS_PATH = "department.tcss"
    AUTO_FOCUS = "WindowTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS = [
        Binding("escape", "back", "Back", id="department.back"),
        Binding("slash", "find", "Find", key_display="/", id="department.find"),
        Binding("s", "sign", "Sign", id="department.sign", tooltip="The row under the cursor"),
        Binding("S", "sign_shown", "Sign all shown", key_display="S", id="department.sign_shown"),
        Binding("c", "check", "Check", id="department.check", tooltip="And count what it covers"),
        Binding("i", "init", "Own copy", id="department.init", tooltip="To be edited as CSV"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[ShownRow] = []
        self.signer = ""

    @property
    def radonc(self) -> "RadoncApp":
        return cast("RadoncApp", self.app)

    @property
    def table(self) -> WindowTable:
        return self.query_one(WindowTable)

    @property
    def row(self) -> ShownRow | None:
        """The row under the cursor."""
        return self.table.row["whole"] if self.table.row else None

    @property
    def shown(self) -> list[ShownRow]:
        """The rows that say what is looked for."""
        return actions.find_rows(self.rows, self.query_one(Input).value)

    def compose(self) -> ComposeResult:
        yield Static(id="heading", markup=False)
        yield Input(placeholder="/ finds rows by any of their words", id="words")
        with Container(id="panes"):
            yield WindowTable(COLUMNS, empty="No row says that.")
            with VerticalScroll(id="detail"):
                yield Static(id="row", markup=False)
        yield Static(id="notice", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.reload()

    def reload(self) -> None:
        """Ask for the rows and their signatures."""
        make = partial(actions.list_rows, self.radonc.home)
        perform(self, make, self._listed, failed=self._not_listed, group="rows")

    def _listed(self, rows: list[ShownRow]) -> None:
        self.rows = rows
        self._show()

    def _not_listed(self, error: RadoncError) -> None:
        self._listed([])
        self._fail(error)

    def _show(self) -> None:
        found = self.shown
        self.table.show_rows(state.lines(found))
        own = own_path(self.radonc.home).exists()
        self.query_one("#heading", Static).update(state.heading(self.rows, found, own))

    def say(self, text: str, bad: bool = False) -> None:
        """The notice line; "" takes it away."""
        notice = self.query_one("#notice", Static)
        notice.update(text)
        notice.set_class(bool(text), "-said")
        notice.set_class(bad, "-bad")

    def _fail(self, error: RadoncError) -> None:
        self.say(f"! {error}", bad=True)

    @on(WindowTable.RowHighlighted)
    def glance(self) -> None:
        self.query_one("#row", Static).update(state.detail(self.row) if self.row else "")
        self.query_one("#detail").scroll_home(animate=False)
        self.refresh_bindings()

    @on(WindowTable.RowChosen)
    def open_row(self) -> None:
        self.add_class("-detail")
        self.call_after_refresh(self.query_one("#detail").focus)

    @on(Input.Changed, "#words")
    def narrow(self) -> None:
        self._show()

    @on(Input.Submitted, "#words")
    def to_table(self) -> None:
        self.table.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("sign", "sign_shown"):
            return any(table.row for table in self.query(WindowTable))
        return True

    def action_find(self) -> None:
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """Out of the search, out of the row, out of the table."""
        if isinstance(self.focused, Input):
            self.table.focus()
        elif self.has_class("-detail"):
            self.remove_class("-detail")
            self.call_after_refresh(self.table.focus)
        else:
            self.dismiss(None)

    def action_sign(self) -> None:
        """Sign the row under the cursor."""
        if self.row:
            self._ask([self.row.row.name])

    def action_sign_shown(self) -> None:
        """Sign every row that is shown."""
        self._ask([shown.row.name for shown in self.shown])

    def _ask(self, names: list[str]) -> None:
        def answered(given: tuple[str, str] | None) -> None:
            if given:
                role, self.signer = given
                make = partial(actions.sign_rows, self.radonc.home, names, role, self.signer)
                done = partial(self._signed, role)
                perform(self, make, done, failed=self._fail, group="sign")

        if names:
            self.app.push_screen(AskSignature(len(names), names[0], self.signer), answered)

    def _signed(self, role: str, rows: list[str]) -> None:
        many = f"{len(rows)} row{'s' * (len(rows) != 1)}"
        self.say(f"✓ {self.signer} signed {many} as {role}.")
        self.reload()

    def action_check(self) -> None:
        """Check the table, and count the cases that it covers."""
        self.say("Looking at the table and at the included cases ...")
        make = partial(actions.check_table, self.radonc.home)
        perform(self, make, self._checked, failed=self._fail, group="check")

    def _checked(self, found: Checked) -> None:
        self.say(*state.checked(found))

    def action_init(self) -> None:
        """Copy the table into the home, to be edited there."""
        make = partial(actions.make_table, self.radonc.home)
        perform(self, make, self._made, failed=self._fail, group="init")

    def _made(self, path: Path) -> None:
        self.say(f"✓ Edit {path} as CSV; c checks it.")
        self.reload()
