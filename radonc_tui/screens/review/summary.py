"""The unblinded summary of a review: numbers on top, every case below."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from radonc_tui.screens.review.outcome import counts, detail, heading, rows, sentences
from radonc_tui.widgets.window import Column, WindowTable

COLUMNS = (
    Column("reference", "reference", least=16),
    Column("tuned", "tuned", least=16),
    Column("base", "base", least=16),
    Column("case_id", "case", least=12),
)


class SummaryPanel(Vertical):
    """Who wrote what, at last."""

    HELP: ClassVar[str | None] = """\
**The unblinded summary.** Of each case counts what more than half of its reviewers say, else what
was adjudicated; shares are weighted back to the strata of site and intent, with 95 % intervals of
resampled cases. A card of equal answers counts for everyone who gave it. `docs/review.md` says
what each number is. `enter` opens a case, `g` shows it on the screen of cases. Your answers are
final.
"""
    BINDINGS = [
        Binding("g", "screen.to_case", "To the case", id="review.to_case"),
        Binding("escape", "back", "Back", id="review.back"),
    ]

    class Left(Message):
        """Back to the list."""

    found: Mapping[str, Any] = {}

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="top"):
            yield Static(id="heading", markup=False)
            yield Static(id="counts")
            yield Static(id="words", markup=False)
        with Horizontal(id="judged"):
            yield WindowTable(COLUMNS, id="judged-cases")
            with VerticalScroll(id="detail"):
                yield Static(markup=False)

    def show(self, found: Mapping[str, Any]) -> None:
        """Everything that the action found."""
        self.found = found
        self.remove_class("-detail")
        self.query_one("#heading", Static).update(heading(found))
        self.query_one("#counts", Static).update(counts(found))
        self.query_one("#words", Static).update(sentences(found))
        self.query_one(WindowTable).show_rows(rows(found))
        self.query_one(WindowTable).focus()

    @on(WindowTable.RowHighlighted)
    def show_detail(self, event: WindowTable.RowHighlighted) -> None:
        event.stop()
        if event.row:
            self.query_one("#detail > Static", Static).update(detail(event.row["case"]))
            self.query_one("#detail").scroll_home(animate=False)

    @on(WindowTable.RowChosen)
    def open_detail(self, event: WindowTable.RowChosen) -> None:
        event.stop()
        self.add_class("-detail")
        self.query_one("#detail").focus()

    @property
    def case_id(self) -> str:
        """The case under the cursor; "" without any."""
        row = self.query_one(WindowTable).row
        return str(row["case_id"]) if row else ""

    def action_back(self) -> None:
        """Out of a case's detail, else back to the list."""
        if self.has_class("-detail"):
            self.remove_class("-detail")
            self.query_one(WindowTable).focus()
        else:
            self.post_message(self.Left())
