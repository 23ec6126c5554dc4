"""Finding cases: the search, the filters, and the table of what they leave, of any length.

It asks for an index of the chosen cases at every key and for a page when one comes into sight;
stale answers never arrive. What is done with a case is not its business.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from radonc_tui.actions import cases
from radonc_tui.performing import perform
from radonc_tui.screens.cases.choosing import FREE, field_options, value_options
from radonc_tui.screens.cases.state import View, chips, empty_line, heading, shown_row
from radonc_tui.widgets.dialogs import Choose
from radonc_tui.widgets.window import Column, WindowTable
from store.case_filter import CaseFilter
from store.errors import RadoncError
from store.home import Home

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp

COLUMNS = (
    Column("mark", "", 1),
    Column("short", "case", 12),
    Column("icd10", "code", 8),
    Column("modality", "modality", 8),
    Column("regimen", "regimen", least=18),
    Column("diagnosis", "diagnosis", least=20),
    Column("site", "site", 12),
    Column("split", "split", 10),
    Column("source", "source", 9),
)
MOST_SEARCHED = 400
"""Characters of a search; a paste of more is refused with a bell."""


class Finder(Vertical):
    """The search, the chips of the filters, and the table."""

    HELP: ClassVar[str | None] = (
        "**Find cases.** Words may stand in any field, in any order, in part: `breast 26 gy`. "
        "`enter` goes to the table. A ✗ is an excluded case, a ✓ an annotated one."
    )

    class Moved(Message):
        """Another case is under the cursor, or the same with other values; None: no case."""

        def __init__(self, case: Mapping[str, Any] | None) -> None:
            super().__init__()
            self.case = case

    class Opened(Message):
        """The case under the cursor is wanted whole."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.view = View()
        self._first: list[dict[str, Any]] = []

    def compose(self) -> ComposeResult:
        with Horizontal(id="find"):
            yield Input(
                placeholder="/ to search", id="search", compact=True, max_length=MOST_SEARCHED
            )
            yield Static(id="heading", markup=False)
        yield Static(id="chips", markup=False)
        yield WindowTable(COLUMNS, empty=empty_line(self.view), id="cases")

    @property
    def home(self) -> Home:
        return cast("RadoncApp", self.app).home

    @property
    def table(self) -> WindowTable:
        return self.query_one("#cases", WindowTable)

    @property
    def case(self) -> Mapping[str, Any] | None:
        """The case under the cursor, as the store gave it for a table."""
        return self.table.row["whole"] if self.table.row else None

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        self.table.empty = empty_line(self.view)
        self.query_one("#heading", Static).update(heading(self.view))
        line = chips(self.view)
        self.query_one("#chips", Static).update(line)
        self.query_one("#chips").display = bool(line)

    # asking

    def find(self) -> None:
        """Ask again for what is chosen; the cursor stays where it is."""
        make = partial(cases.find_cases, self.home, self.view.chosen)
        perform(self, make, self._found, failed=self.not_found, group="find")

    def _found(self, found: cases.Found) -> None:
        if self.view.failed:
            cast("RadoncApp", self.app).say("")
        self.view = replace(self.view, index=found.index, failed=False)
        self._first = found.first
        self._draw()
        self.table.reset(found.index.total)

    def not_found(self, error: RadoncError) -> None:
        """There is no answer: say why, and show none."""
        self.view = replace(self.view, failed=True)
        self._draw()
        self.table.reset(0)
        cast("RadoncApp", self.app).problem(error)

    @on(WindowTable.PageWanted)
    def _fetch(self, event: WindowTable.PageWanted) -> None:
        event.stop()
        keys = self.view.index.page_keys if self.view.index else ()
        supply = partial(self._supply, event.generation, event.page)
        if event.page == 0:
            supply(self._first)
        elif event.page < len(keys):
            make = partial(cases.case_page, self.home, self.view.chosen, keys[event.page])
            perform(self, make, supply)

    def _supply(self, generation: int, page: int, rows: list[dict[str, Any]]) -> None:
        self.table.supply(generation, page, [shown_row(row) for row in rows])

    @on(WindowTable.RowHighlighted)
    def _moved(self, event: WindowTable.RowHighlighted) -> None:
        event.stop()
        if event.row or not self.table.total:
            self.post_message(self.Moved(self.case))

    @on(WindowTable.RowChosen)
    def _opened(self, event: WindowTable.RowChosen) -> None:
        event.stop()
        self.post_message(self.Opened())

    # choosing

    def choose(self, chosen: CaseFilter) -> None:
        """Another choice of cases, from its first."""
        with self.prevent(Input.Changed):
            self.query_one("#search", Input).value = chosen.words
        self._find_from_the_first(chosen)

    def _find_from_the_first(self, chosen: CaseFilter) -> None:
        self.view = replace(self.view, chosen=chosen)
        self.table.cursor = 0
        self._draw()
        self.find()

    @on(Input.Changed, "#search")
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self.view.chosen.words:
            # the field is ahead of this message by what was typed since: it is left alone
            self._find_from_the_first(replace(self.view.chosen, words=event.value))

    @on(Input.Submitted, "#search")
    def _to_table(self, event: Input.Submitted) -> None:
        event.stop()
        self.table.focus()

    def ask_filter(self) -> None:
        """A field, then one of its values, with counts."""
        options = field_options(self.view.chosen)
        self.app.push_screen(Choose("Show only cases with …", options), self._ask_values)

    def _ask_values(self, field: str | None) -> None:
        if field:
            make = partial(cases.filter_values, self.home, field, self.view.chosen)
            perform(self, make, partial(self._offer_values, field), group="values")

    def _offer_values(self, field: str, values: list[tuple[str, int]]) -> None:
        options = value_options(values, field in dict(self.view.chosen.equal))

        def take(value: str | None) -> None:
            if value:
                chosen = self.view.chosen
                free = value == FREE
                self.choose(chosen.without(field) if free else chosen.also(field, value[1:]))

        self.app.push_screen(Choose(f"{field}:", options), take)
