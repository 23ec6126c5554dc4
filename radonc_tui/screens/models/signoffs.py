"""Every sign-off that was made, one of them whole, and how one is ended before its time."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.binding import Binding

from exports.report.words import counted, task_name
from radonc_tui.actions import signoff as actions
from radonc_tui.performing import perform
from radonc_tui.screens.table_page import TablePage
from radonc_tui.widgets.dialogs import AskText
from radonc_tui.widgets.window import Column, WindowTable
from store.signoffs import REVOKED, VALID

NONE = "Nothing was signed off yet: s on a bundle signs it off."
SIGNS = {VALID: "✓", REVOKED: "✗"}


class SignoffsScreen(TablePage[bool]):
    """All sign-offs; answers whether one was revoked."""

    HELP: ClassVar[str | None] = (
        "**Sign-offs.** A sign-off is of one file, by its SHA-256: a file that was changed has "
        "none. It ends by itself after the months that the policy says. `x` ends the one under "
        "the cursor now; the reason is kept, and the sign-off stays in this list."
    )
    DEFAULT_CSS = """
    SignoffsScreen.-narrow, SignoffsScreen.-tiny {
        & #panel-box { height: 2fr; }
    }
    """
    HEADING = "Sign-offs …"
    COLUMNS = (
        Column("task", "for", 9),
        Column("state", "state", 12),
        Column("ends", "until", 10),
        Column("model", "file", least=24),
    )
    BINDINGS = [
        Binding("x", "revoke", "Revoke", id="signoffs.revoke", tooltip="With a reason."),
        Binding("escape", "back", "Back", id="signoffs.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.revoked = False

    @property
    def here(self) -> Mapping[str, Any] | None:
        """The sign-off under the cursor."""
        return self.table.row["whole"] if self.table.row else None

    def reload(self) -> None:
        """Ask again what there is."""
        make = partial(actions.list_signoffs, self.radonc.home)
        perform(self, make, self._listed, failed=self.fail, group="signoffs")

    def _listed(self, made: list[dict[str, Any]]) -> None:
        valid = sum(one["state"] == VALID for one in made)
        heading = f"{counted(len(made), 'sign-off')}, {valid} valid"
        self.head(heading)
        self.table.empty = NONE
        self.table.show_rows([_cells(one) for one in reversed(made)])

    @on(WindowTable.RowHighlighted)
    def glance(self) -> None:
        self.show_beside(whole(self.here) if self.here else "")
        self.refresh_bindings()

    def action_revoke(self) -> None:
        """End the sign-off under the cursor, with a reason."""
        if self.here is None:
            return
        make = partial(actions.revoke_signoff, self.radonc.home, str(self.here["signoff_id"]))

        def answered(reason: str | None) -> None:
            if reason is not None:
                perform(self, lambda: make(reason), self._revoked, failed=self.fail)

        question = f"Why does {self.here['signoff_id']} end now?"
        hint = "Predictions by this file say from now on that it is not signed off."
        self.app.push_screen(AskText(question, "", hint), answered)

    def _revoked(self, signoff_id: str) -> None:
        self.revoked = True
        self.say(f"✓ {signoff_id} is revoked.")
        self.reload()

    def action_back(self) -> None:
        """Back to the models."""
        self.dismiss(self.revoked)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "revoke" and self.is_mounted:
            return self.here is not None and self.here["state"] == VALID
        return True


def _cells(made: Mapping[str, Any]) -> dict[str, Any]:
    state = f"{SIGNS.get(made['state'], '·')} {made['state']}"
    return {**made, "task": task_name(made["task"]), "state": state, "whole": made}


def whole(made: Mapping[str, Any]) -> Table:
    """One sign-off: of what, for what and whom, by whom, on what ground."""
    said = {
        "sign-off": made["signoff_id"],
        "file": f"{made['model']}, SHA-256 {made['sha256'][:12]}",
        "for": task_name(made["task"]),
        "state": made["state"],
        "revoked": made["revoked"],
        "signed": f"{made['made']}, until {made['ends']}",
        "physicist": made["physicist"],
        "physician": made["physician"],
        "use": made["use"],
        "population": made["population"],
        "evaluation": made["evaluation_id"],
        "overridden": made["overridden"],
        "missing": "\n".join(made["policy"].get("missing", ())),
        "audit log": made["audit_head"],
    }
    table = Table(box=None, show_header=False, pad_edge=False, expand=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in said.items():
        if value:
            table.add_row(name, Text(str(value)))
    return table
