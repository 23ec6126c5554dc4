"""Runs and evaluations beside each other, and what the one under the cursor is.

It shows what it is given and says by messages what is wanted.
"""

from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from radonc_tui.screens.runs.rows import (
    EVALUATION_COLUMNS,
    RUN_COLUMNS,
    Ink,
    evaluation_row,
    run_row,
)
from radonc_tui.screens.runs.shelf import Shelf
from radonc_tui.screens.runs.state import toggled
from radonc_tui.screens.runs.texts import evaluation_text
from radonc_tui.widgets.finding import FindLine
from radonc_tui.widgets.window import WindowTable

READING = "Reading …"
NO_RUN = "No run yet. 2 opens Train: start one there."
NO_EVALUATION = "No evaluation yet. x exports a run that is done, e evaluates its file."


class Lists(Horizontal):
    """The two tables, and a panel about one row; narrow, the panel takes their place."""

    HELP: ClassVar[str | None] = """\
**Runs** are above, **evaluations** below; `tab` goes from one to the other. `enter` on a run shows
its settings and what was made of it, `enter` on an evaluation opens it. `space` marks a run, `c`
puts the marked ones beside each other. `x` exports a run that is done into model files, `e` holds
such a file against its base, or against another, on test patients. `/` finds both by words.
"""
    BINDINGS = [
        Binding("slash", "screen.search", "Search", key_display="/", id="runs.search"),
        Binding("space", "screen.mark", "Mark", id="runs.mark", tooltip="To compare this run"),
        Binding("c", "screen.compare", "Compare", id="runs.compare"),
        Binding("x", "screen.export", "Export", id="runs.export", tooltip="Make model files"),
        Binding("e", "screen.evaluate", "Evaluate", id="runs.evaluate"),
        Binding("s", "screen.stop", "Stop", id="runs.stop", tooltip="Stop this evaluation"),
        Binding("r", "screen.report", "Report", id="runs.report", tooltip="The whole report"),
    ]

    class RunHighlighted(Message):
        """The panel is about this run now."""

        def __init__(self, run_id: str) -> None:
            super().__init__()
            self.run_id = run_id

    class EvaluationChosen(Message):
        """An evaluation is to be opened."""

        def __init__(self, evaluation_id: str) -> None:
            super().__init__()
            self.evaluation_id = evaluation_id

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.shelf: Shelf | None = None
        self.ink = Ink()
        self.marked: tuple[str, ...] = ()
        self._last = "#runs"
        self._about = ""

    def compose(self) -> ComposeResult:
        runs = WindowTable(RUN_COLUMNS, empty=READING, id="runs")
        evaluations = WindowTable(EVALUATION_COLUMNS, empty=READING, id="evaluations")
        with Vertical(id="tables"):
            yield FindLine(runs, evaluations)
            yield runs
            yield evaluations
        with VerticalScroll(id="glance"):
            yield Static()

    @property
    def runs(self) -> WindowTable:
        return self.query_one("#runs", WindowTable)

    @property
    def evaluations(self) -> WindowTable:
        return self.query_one("#evaluations", WindowTable)

    @property
    def run(self) -> dict[str, Any] | None:
        """The run under the cursor."""
        return self.runs.row["run"] if self.runs.row else None

    @property
    def evaluation(self) -> dict[str, Any] | None:
        """The evaluation under the cursor."""
        return self.evaluations.row["evaluation"] if self.evaluations.row else None

    @property
    def on_evaluations(self) -> bool:
        """Whether the evaluations have the focus, or had it before the panel."""
        return self._last == "#evaluations"

    def show(self, shelf: Shelf, ink: Ink) -> None:
        """Everything that there is."""
        self.shelf, self.ink = shelf, ink
        known = [run["id"] for run in shelf.runs]
        self.marked = tuple(run_id for run_id in self.marked if run_id in known)
        self.runs.show_rows(
            [run_row(r, self.marked, shelf.bundles.get(r["id"], ()), ink) for r in shelf.runs]
        )
        self.evaluations.show_rows([evaluation_row(line, ink) for line in shelf.evaluations])
        self.settle()

    def settle(self) -> None:
        """Nothing more is awaited; a table without rows says what to do."""
        self.refresh_bindings()
        for table, empty in ((self.runs, NO_RUN), (self.evaluations, NO_EVALUATION)):
            table.empty = empty
            table.refresh()

    def glance(self, about: str, text: Text) -> None:
        """What the panel says about one thing; of another it begins at the top."""
        self.query_one("#glance > Static", Static).update(text)
        if about != self._about:
            self._about = about
            self.query_one("#glance").scroll_home(animate=False)

    @on(WindowTable.RowHighlighted)
    def look(self, event: WindowTable.RowHighlighted) -> None:
        event.stop()
        if f"#{event.table.id}" == self._last:
            self._look()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The panel is about the table that has, or had, the focus."""
        if isinstance(event.widget, WindowTable):
            self._last = f"#{event.widget.id}"
            self._look()

    def _look(self) -> None:
        # what can be done depends on what the cursor is on
        self.refresh_bindings()
        if not self.on_evaluations and self.run and self.run["state"] == "damaged":
            self.glance(self.run["id"], Text(f"✗ {self.run['error']}"))
        elif not self.on_evaluations and self.run:
            self.post_message(self.RunHighlighted(self.run["id"]))
        elif self.on_evaluations and self.evaluation:
            self.glance(self.evaluation["id"], evaluation_text(self.evaluation))
        else:
            self.glance("", Text())

    @on(WindowTable.RowChosen)
    def open(self, event: WindowTable.RowChosen) -> None:
        event.stop()
        line = event.row.get("evaluation")
        if line and line["state"] == "done":
            self.post_message(self.EvaluationChosen(line["id"]))
        else:
            self.add_class("-glance")
            self.query_one("#glance").focus()

    def find(self) -> None:
        """To the search of both tables."""
        self.remove_class("-glance")
        self.query_one(FindLine).open()

    def mark(self) -> None:
        """Put a mark on the run under the cursor, or take it off."""
        if self.run and self.shelf:
            self.marked = toggled(self.marked, self.run["id"])
            self.show(self.shelf, self.ink)

    def back(self) -> bool:
        """Close the panel, or the search; False where neither was open."""
        if not self.has_class("-glance"):
            return self.query_one(FindLine).close()
        self.remove_class("-glance")
        self.query_one(self._last).focus()
        return True
