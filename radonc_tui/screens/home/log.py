"""The audit log as a table of any length: the newest entry first, found by words.

It asks for pages when they come into sight; stale answers never arrive.
"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from radonc_tui.actions.audit import list_audit
from radonc_tui.performing import perform
from radonc_tui.screens.home.state import EMPTY, log_row
from radonc_tui.widgets.window import PAGE, Column, WindowTable
from store.audit_pages import AuditFilter, AuditPage
from store.errors import RadoncError

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp

COLUMNS = (
    Column("number", "entry", 6, "right"),
    Column("made", "when (UTC)", 16),
    Column("kind", "what", least=18),
    Column("subject", "of", least=22),
    Column("who", "by", 10),
)
MOST_SEARCHED = 200
"""Characters of a search; a paste of more is refused with a bell."""


class AuditLog(Vertical):
    """The field for words, and the table."""

    HELP: ClassVar[str | None] = (
        "**The audit log.** Who did what to this home, when, and what was there before and after. "
        "Words may stand anywhere in an entry, in any order. `enter` opens an entry."
    )

    class Found(Message):
        """The chosen entries were counted; ``newest`` is the number of the log's newest."""

        def __init__(self, newest: int) -> None:
            super().__init__()
            self.newest = newest

    class Failed(Message):
        """The log cannot be read."""

        def __init__(self, error: RadoncError) -> None:
            super().__init__()
            self.error = error

    def __init__(self) -> None:
        super().__init__(id="log")
        self.words = ""
        self.newest = 0
        self._first: list[dict[str, Any]] = []

    def compose(self) -> ComposeResult:
        with Horizontal(id="find"):
            yield Input(
                placeholder="/ to filter", id="search", compact=True, max_length=MOST_SEARCHED
            )
            yield Static(id="heading", markup=False)
        yield WindowTable(COLUMNS, empty="Looking…", id="entries")

    @property
    def table(self) -> WindowTable:
        return self.query_one(WindowTable)

    @property
    def entry(self) -> Mapping[str, Any] | None:
        """The entry under the cursor, if its page is there."""
        return self.table.row["whole"] if self.table.row else None

    def find(self) -> None:
        """Ask again for what is chosen; the cursor stays where it is."""
        perform(self, self._page(0, 0), self._found, failed=self._not_found, group="find")

    def _page(self, page: int, newest: int) -> "partial[Any]":
        home = cast("RadoncApp", self.app).home
        chosen = AuditFilter(words=self.words)
        return partial(list_audit, home, chosen, PAGE, page * PAGE, newest)

    def _found(self, page: AuditPage) -> None:
        self.newest, self._first = page.newest, page.entries
        none = "No entry has all of these words." if self.words else EMPTY
        self._show(none, page.total)
        self.post_message(self.Found(page.newest))

    def _not_found(self, error: RadoncError) -> None:
        self._show("The log cannot be read.", 0)
        self.post_message(self.Failed(error))

    def _show(self, empty: str, total: int) -> None:
        self.table.loading = False
        self.table.empty = empty
        self.query_one("#heading", Static).update(
            f"{total:,} {'entry' if total == 1 else 'entries'}"
        )
        self.table.reset(total)

    @on(WindowTable.PageWanted)
    def _fetch(self, event: WindowTable.PageWanted) -> None:
        event.stop()

        def supply(page: AuditPage) -> None:
            event.table.supply(event.generation, event.page, [log_row(e) for e in page.entries])

        if event.page == 0:
            event.table.supply(event.generation, 0, [log_row(entry) for entry in self._first])
        else:
            perform(self, self._page(event.page, self.newest), supply)

    @on(Input.Changed, "#search")
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self.words:
            self.words = event.value
            self.table.cursor = 0
            self.find()

    @on(Input.Submitted, "#search")
    def _to_table(self, event: Input.Submitted) -> None:
        event.stop()
        self.table.focus()
