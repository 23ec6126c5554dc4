"""The test cases of an evaluation: which of them, and a line for each pair of case and task."""

from collections.abc import Sequence
from dataclasses import replace
from typing import overload

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from exports.evaluation.details import JudgedCase
from exports.report.words import counted
from radonc_tui.screens.runs.rows import CASE_COLUMNS, Ink, Row, case_row
from radonc_tui.screens.runs.state import Chosen, next_task, pick
from radonc_tui.widgets.window import WindowTable


class Lines(Sequence[Row]):
    """The rows of cases, each made when it is drawn: there may be ten thousands."""

    def __init__(self, cases: Sequence[JudgedCase], ink: Ink) -> None:
        self.cases, self.ink = cases, ink

    def __len__(self) -> int:
        return len(self.cases)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [case_row(case, self.ink) for case in self.cases[index]]
        return case_row(self.cases[index], self.ink)


class Judged(Vertical):
    """Filtered by task, by what changed, and by words."""

    class Shown(Message):
        """Other cases are shown."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.cases: Sequence[JudgedCase] = ()
        self.ink = Ink()
        self.chosen = Chosen()

    def compose(self) -> ComposeResult:
        yield Static(id="chosen", markup=False)
        yield Input(placeholder="words in an answer, the reference or a case id", id="find")
        yield WindowTable(
            CASE_COLUMNS, empty="No test case is like this. a shows all of them.", id="judged"
        )

    @property
    def table(self) -> WindowTable:
        return self.query_one(WindowTable)

    @property
    def case(self) -> JudgedCase | None:
        """The one under the cursor."""
        return self.table.row["case"] if self.table.row else None

    def fill(self, cases: Sequence[JudgedCase], ink: Ink) -> None:
        """Other cases, or the same in other colours."""
        self.cases, self.ink = cases, ink
        self.choose(self.chosen)

    def choose(self, chosen: Chosen) -> None:
        """Show those that match."""
        self.chosen = chosen
        found = pick(self.cases, chosen)
        total = counted(len(self.cases), "pair")
        self.query_one("#chosen", Static).update(f"{len(found)} of {total}: {chosen}")
        find = self.query_one(Input)
        if find.value != chosen.words:
            with find.prevent(Input.Changed):
                find.value = chosen.words
        find.set_class(bool(chosen.words) or find.has_focus, "-on")
        self.table.show_rows(Lines(found, self.ink))
        # what the table itself says does not bubble through whoever made it say so
        self.post_message(self.Shown())

    def only(self, change: str) -> None:
        self.choose(replace(self.chosen, change=change))

    def turn_task(self) -> None:
        tasks = list(dict.fromkeys(case.task for case in self.cases))
        self.choose(next_task(self.chosen, tasks))

    def find(self) -> None:
        """To the search."""
        self.query_one(Input).add_class("-on")
        self.query_one(Input).focus()

    def back(self) -> bool:
        """Out of the search, then to all cases; False where there was neither."""
        find = self.query_one(Input)
        if find.has_focus:
            self.table.focus()
            find.set_class(bool(find.value), "-on")
            return True
        if self.chosen != Chosen():
            self.choose(Chosen())
            return True
        return False

    @on(Input.Changed)
    def search(self, event: Input.Changed) -> None:
        event.stop()
        self.choose(replace(self.chosen, words=event.value))

    @on(Input.Submitted)
    def found(self, event: Input.Submitted) -> None:
        event.stop()
        self.table.focus()
