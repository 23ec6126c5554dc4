"""Runs beside each other: settings that differ, what was measured, how they were evaluated."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from exports.report.side_by_side import SideBySide
from radonc_tui.screens.runs.rows import compared_columns, compared_rows
from radonc_tui.widgets.window import WindowTable


class Comparing(Vertical):
    """A column for each run."""

    HELP: ClassVar[str | None] = """\
**Runs beside each other.** ≠ marks what is not alike. Numbers of one column were measured on one
data set and by one evaluation; the sentences above the table say where they cannot be compared, how
far runs of other seeds scatter, and what more training cases bring.
`e` evaluates the model file of the first run against that of the second, on the same patients.
"""
    BINDINGS = [
        Binding("e", "screen.evaluate", "Evaluate one against the other", id="runs.against"),
    ]

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.runs: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static(classes="words", markup=False)
        yield WindowTable((), id="compared")

    def show(self, found: SideBySide) -> None:
        self.runs = found.runs
        table = self.query_one(WindowTable)
        self.query_one(Static).update("\n".join([*found.cautions, *found.together]))
        table.columns = compared_columns(found.runs)
        table.show_rows(compared_rows(found))
        table.focus()
