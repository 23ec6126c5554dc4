"""The curation funnel: how many records reach each step, and what the others were rejected for.

It draws what others counted.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from radonc_tui.screens.cases.detail import HEAD, MUTED, Part, field
from radonc_tui.widgets.plots import Bars
from store.import_rules import rules_line
from store.reasons import REASONS

REASON = 30
"""Cells of a count and a reason's name."""
SHORT = {"identifiable primary plan": "primary plan"}


class FunnelPanel(VerticalScroll):
    """The funnel over everything that the store holds."""

    HELP: ClassVar[str | None] = (
        "**The curation funnel.** Every record that was read is a case or a reject with one "
        "reason: read = cases + rejects. The last step is without the cases that a person "
        "excluded."
    )

    def __init__(self, funnel: Mapping[str, Any]) -> None:
        super().__init__(id="funnel")
        self._funnel = funnel

    def compose(self) -> ComposeResult:
        yield Bars(id="bars")
        yield Static(id="counts")

    def on_mount(self) -> None:
        self.show(self._funnel)

    def show(self, funnel: Mapping[str, Any]) -> None:
        """Draw another count."""
        self._funnel = funnel
        self.query_one(Bars).show(bars(funnel), title="records")
        self.on_resize()

    def on_resize(self) -> None:
        width = self.scrollable_content_region.width - 1
        self.query_one("#counts", Static).update(counts(self._funnel, width))


def bars(funnel: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Name and count of each step, in order."""
    steps = [(str(step["step"]), float(step["count"])) for step in funnel["steps"]]
    return [(SHORT.get(name, name), count) for name, count in steps]


def counts(funnel: Mapping[str, Any], width: int = 80) -> Content:
    """The funnel's sum in words, and the rejects by reason with what each means."""
    parts: list[Part] = [
        f"{funnel['read']:,} read = {funnel['cases']:,} cases + {funnel['rejects']:,} rejects\n"
    ]
    if funnel["excluded"]:
        parts += [f"{funnel['excluded']:,} of the cases are excluded by hand\n"]
    for name, values in funnel["import_rules"].items():
        parts += [f"{name} went by other rules: {rules_line(values)}\n"]
    if funnel["by_reason"]:
        parts += ["\n", ("Rejected for\n", HEAD)]
    for reason, count in funnel["by_reason"].items():
        parts += field(f"{count:>6,}  {reason}", REASONS[reason].text, width, MUTED, REASON)
    return Content.assemble(*parts)
