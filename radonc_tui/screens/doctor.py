"""What this workstation can do, over whatever is shown; the same findings as ``radonc doctor``."""

from typing import TYPE_CHECKING, cast

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from radonc_tui.actions.doctor import Finding, doctor
from radonc_tui.performing import perform

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp

SIGN = {"ok": "✓ ok", "note": "· note", "missing": "! missing"}


class DoctorScreen(ModalScreen[None]):
    """The findings, each with the command that mends it; ``esc`` closes it."""

    HELP = "What this workstation can do, what is missing, and the command that adds it."
    DEFAULT_CSS = """
    DoctorScreen {
        align: center middle;
        & > #findings {
            width: 96; max-width: 100%; height: auto; max-height: 100%; min-height: 5;
            border: round $primary; background: $surface; padding: 0 1;
        }
    }
    """
    BINDINGS = [Binding("escape,q", "leave", "Back", id="doctor.back")]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="findings"):
            yield Static("Looking ...", id="found")

    def on_mount(self) -> None:
        app = cast("RadoncApp", self.app)
        perform(self, lambda: doctor(app.home), self._show)

    def _show(self, findings: list[Finding]) -> None:
        table = Table(box=None, show_header=False, pad_edge=False)
        for column in (10, 12, None):
            table.add_column(width=column, overflow="fold")
        for finding in findings:
            said = Text(finding.finding)
            if finding.command:
                said.append(f"\n{finding.command}", "bold")
            table.add_row(SIGN.get(finding.state, finding.state), finding.what, said)
        self.query_one("#found", Static).update(table)

    def action_leave(self) -> None:
        self.dismiss(None)
