"""The wizard's third step: what an import would make of every record, and why not a case."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from radonc_tui.actions.cases import ImportResult
from radonc_tui.screens.cases.funnel import bars
from radonc_tui.widgets.plots import Bars
from radonc_tui.widgets.window import Column, WindowTable
from store.reasons import REASONS

COLUMNS = (
    Column("count", "records", 8, "right"),
    Column("reason", "rejected for", 22),
    Column("text", "which means", least=12),
)


class ReasonsTable(WindowTable):
    """The rejects of a dry run by reason."""

    HELP: ClassVar[str | None] = (
        "**The dry run.** Every record that was read is a case or a reject with one reason. "
        "The first rejects of the reason under the cursor are shown; their rows are those of "
        "your file. `esc` goes back to the columns, `n` imports."
    )


class TrialStep(Vertical):
    """The funnel of a dry run, its rejects by reason, and examples of each."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.trial: ImportResult | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="trial-line", markup=False)
        yield Bars(id="trial-bars")
        with Horizontal(id="why"):
            yield ReasonsTable(COLUMNS, empty="Not a single reject.", id="reasons")
            with VerticalScroll(id="examples-box", can_focus=False):
                yield Static(id="examples")

    def show(self, trial: ImportResult) -> None:
        """Show what the dry run found."""
        self.trial = trial
        funnel = trial.funnel
        self.query_one("#trial-line", Static).update(
            f"{funnel['read']:,} records read = {funnel['cases']:,} cases + "
            f"{funnel['rejects']:,} rejects. Nothing is taken in yet: n imports."
        )
        self.query_one(Bars).show(bars(funnel))
        self.query_one(ReasonsTable).show_rows(reason_rows(funnel["by_reason"]))

    @on(WindowTable.RowHighlighted, "#reasons")
    def show_examples(self, event: WindowTable.RowHighlighted) -> None:
        event.stop()
        reason = str(event.row["reason"]) if event.row else ""
        shown = self.trial.examples.get(reason, []) if self.trial else []
        self.query_one("#examples", Static).update(examples_text(reason, shown))


def reason_rows(by_reason: Mapping[str, int]) -> list[dict[str, Any]]:
    """A row for each reason, the commonest first."""
    return [
        {"count": f"{count:,}", "reason": reason, "text": REASONS[reason].text}
        for reason, count in by_reason.items()
    ]


def examples_text(reason: str, examples: Sequence[Mapping[str, Any]]) -> Content:
    """The first rejects of one reason, a line each: the row, and what is said beyond the reason."""
    if not examples:
        return Content("")
    several = len({example["file"] for example in examples}) > 1
    parts: list[str | tuple[str, str]] = [("For example", "bold")]
    for example in examples:
        where, _, said = str(example["detail"]).partition(": ")
        where = where if several else where.removeprefix(f"{example['file']}, ")
        parts.append(f"\n{where}" if said == REASONS[reason].text else f"\n{where}: {said}")
    return Content.assemble(*parts)
