"""Records that are no case: found by reason, read, put right in place and taken in again.

It shows and asks; whether a record is a case is curation's to say, through the actions.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.binding import Binding

from radonc_tui.actions import quarantine as actions
from radonc_tui.actions.case_edits import search_codes
from radonc_tui.performing import perform
from radonc_tui.screens.cases.form import CaseForm
from radonc_tui.screens.table_page import TablePage
from radonc_tui.widgets.dialogs import Choose
from radonc_tui.widgets.window import PAGE, Column, WindowTable
from store.quarantine import PATIENT
from store.reasons import REASONS

EVERY = "every reason"


class RejectsScreen(TablePage[bool]):
    """The quarantine; answers whether anything was taken in."""

    HELP: ClassVar[str | None] = (
        "**Rejects.** Every record that was read is a case or a reject, with one reason. `f` "
        "shows those of one reason. `e` puts the record under the cursor right: what you type "
        "goes through the rules of an import, and if it is a case then, it is taken in and its "
        "history says what you corrected. A record that names no patient has a field for the "
        "number; it is hashed and not shown. What was taken in waits for a look (`p`). Better "
        "still, correct the source and import it again."
    )
    DEFAULT_CSS = """
    RejectsScreen {
        & WindowTable { width: 3fr; }
        & #panel-box { width: 2fr; }
        & CaseForm { width: 2fr; padding: 0 1; border-left: vkey $foreground-muted; }
    }
    RejectsScreen.-narrow, RejectsScreen.-tiny {
        & CaseForm { width: 1fr; height: 1fr; border-left: none; }
    }
    """
    HEADING = "Rejects …"
    COLUMNS = (
        Column("reason", "rejected for", 20),
        Column("row_number", "row", 7, "right"),
        Column("said", "which means", least=20),
    )
    BINDINGS = [
        Binding("e,enter", "fix", "Put right", id="rejects.fix"),
        Binding("f", "filter", "Filter", id="rejects.filter", tooltip="Those of one reason."),
        Binding("escape", "back", "Back", id="rejects.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.reason = ""
        self.counts: dict[str, int] = {}
        self.took = False

    # finding

    def reload(self) -> None:
        """Ask again what there is."""
        perform(self, lambda: actions.count_rejects(self.radonc.home), self._counted, group="count")

    def _counted(self, counts: dict[str, int]) -> None:
        self.counts = counts
        every = sum(counts.values())
        total = counts.get(self.reason, 0) if self.reason else every
        shown = f"{total:,} of {every:,} rejects: {self.reason.replace('_', ' ')}"
        self.head(shown if self.reason else f"{every:,} rejects")
        self.table.empty = "Not a single reject."
        self.table.reset(total)
        if not total:
            self._show(None)

    @on(WindowTable.PageWanted)
    def _fetch(self, event: WindowTable.PageWanted) -> None:
        def supply(found: list[dict[str, Any]]) -> None:
            event.table.supply(event.generation, event.page, [_cells(one) for one in found])

        make = partial(actions.list_rejects, self.radonc.home, self.reason, PAGE, event.page * PAGE)
        perform(self, make, supply, group=f"page {event.page}")

    @on(WindowTable.RowHighlighted)
    def _moved(self, event: WindowTable.RowHighlighted) -> None:
        self._show(event.row["whole"] if event.row else None)
        self.refresh_bindings()

    def _show(self, reject: Mapping[str, Any] | None) -> None:
        self.show_beside(reject_text(reject) if reject else "")

    def action_filter(self) -> None:
        """The rejects of one reason."""
        every = ("", f"{EVERY}  {sum(self.counts.values()):,}")
        options = [every, *((n, f"{n.replace('_', ' ')}  {c:,}") for n, c in self.counts.items())]
        self.app.push_screen(Choose("Which rejects?", options), self._filtered)

    def _filtered(self, reason: str | None) -> None:
        if reason is not None:
            self.reason = reason
            self.table.cursor = 0
            self.reload()

    # putting right

    def action_fix(self) -> None:
        """Put the record under the cursor right."""
        if self.table.row:
            make = partial(actions.show_reject, self.radonc.home, str(self.table.row["reject_id"]))
            perform(self, make, self._open_form, group="form")

    def _open_form(self, reject: Mapping[str, Any]) -> None:
        case = {**reject["values"], "case_id": reject["reject_id"]}
        if not reject["patient"]:
            case[PATIENT] = ""
        form = CaseForm(case, False, partial(search_codes, self.radonc.home), "Put right")
        self.query_one("#parts").mount(form)
        self._draw(True)

    def _draw(self, in_form: bool) -> None:
        self.query_one("#panel-box").display = not in_form
        self.table.display = not in_form or self.has_class("-wide")
        self.refresh_bindings()

    @on(CaseForm.Kept)
    def _keep(self, event: CaseForm.Kept) -> None:
        reject_id = str(event.form.case["case_id"])
        make = partial(actions.fix_reject, self.radonc.home, reject_id, event.changes, event.reason)
        perform(self, make, self._kept, failed=event.form.refuse)

    def _kept(self, case: Mapping[str, Any]) -> None:
        self.took = True
        self._close_form()
        self.say(f"{case['case_id']} was taken in; its history says what was put right.")
        self.reload()
        self.radonc.changed()

    @on(CaseForm.Left)
    def _close_form(self) -> None:
        self.query(CaseForm).remove()
        self._draw(False)
        self.table.focus()

    def action_back(self) -> None:
        """Back to the cases."""
        self.dismiss(self.took)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing of the table while a record is put right."""
        if action in ("fix", "filter") and self.is_mounted:
            return not self.query(CaseForm) and (action == "filter" or self.table.row is not None)
        return True


def _cells(reject: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table; what is said beyond file and row, which stand elsewhere."""
    where, _, said = str(reject["detail"]).partition(": ")
    reason = str(reject["reason"]).replace("_", " ")
    return {**reject, "reason": reason, "said": said or where, "whole": reject}


def reject_text(reject: Mapping[str, Any]) -> Table:
    """One reject: why it is none, where it comes from, and what was kept of its row."""
    table = Table(box=None, show_header=False, pad_edge=False, expand=True)
    table.add_column(style="dim", no_wrap=True, max_width=18)
    table.add_column(overflow="fold")
    table.add_row("why", Text(REASONS[str(reject["reason"])].text, style="bold"))
    table.add_row("detail", Text(str(reject["detail"])))
    for name, value in reject["kept"].items():
        table.add_row(Text(str(name)), Text(str(value)))
    return table
