"""The list of what is to be looked at in the included cases, to be worked through.

It shows what an action found and asks for what is to be done with it: to see the case, or to
accept what was found as right. What counts as a contradiction is not its business.
"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from radonc_tui.actions import curating
from radonc_tui.performing import perform
from radonc_tui.screens.cases.detail import HEAD, MUTED
from radonc_tui.screens.cases.state import Panel
from radonc_tui.widgets.dialogs import AskText
from radonc_tui.widgets.window import Column, WindowTable
from store.inconsistencies import RULES, Finding
from store.inconsistency_list import KEYS, Checked, leaking
from store.splits import SplitRules

if TYPE_CHECKING:
    from radonc_tui.screens.cases.area import CasesArea

COLUMNS = (
    Column("short", "case", 12),
    Column("key", "rule", 18),
    Column("detail", "what was found", least=24),
)


class ChecksPanel(Vertical):
    """What leaks and what does not fit together, one line each."""

    HELP: ClassVar[str | None] = (
        "**To be looked at.** Included cases that leak their answers come first: they must be "
        "edited or excluded before a data set can be frozen. Then those that contradict "
        "themselves. `enter` goes to the case, where `e` edits and `x` excludes; `v` comes back. "
        "`o` says that what was found is right as it is, so that it is not listed again."
    )
    BINDINGS = [
        Binding("o", "screen.accept", "Is right", id="checks.accept", tooltip="Not listed again."),
    ]
    DEFAULT_CSS = """
    ChecksPanel {
        & > #checked { height: auto; max-height: 4; }
        & > #checks-rows { height: 1fr; min-height: 4; }
        & > #finding { height: auto; max-height: 7; margin-top: 1; }
    }
    """

    class Opened(Message):
        """A case of the list is wanted whole."""

        def __init__(self, case_id: str) -> None:
            super().__init__()
            self.case_id = case_id

    def __init__(self, found: Checked) -> None:
        super().__init__(id="checks")
        self._found = found
        # there before it is mounted: keys may ask for its row at any time
        self.table = WindowTable(COLUMNS, empty="There is nothing to look at.", id="checks-rows")

    def compose(self) -> ComposeResult:
        yield Static(id="checked")
        yield self.table
        yield Static(id="finding")

    @property
    def finding(self) -> Finding | None:
        """What is under the cursor."""
        return self.table.row["whole"] if self.table.row else None

    def on_mount(self) -> None:
        self.show(self._found)

    def show(self, found: Checked) -> None:
        """Show another list; the cursor stays where it was."""
        self._found = found
        self.query_one("#checked", Static).update(heading(found))
        self.table.show_rows([shown(finding) for finding in found.findings])
        self._draw()

    @on(WindowTable.RowHighlighted)
    def _moved(self, event: WindowTable.RowHighlighted) -> None:
        event.stop()
        self._draw()

    def _draw(self) -> None:
        self.query_one("#finding", Static).update(meaning(self.finding))
        self.screen.refresh_bindings()

    @on(WindowTable.RowChosen)
    def _chosen(self, event: WindowTable.RowChosen) -> None:
        event.stop()
        if self.finding:
            self.post_message(self.Opened(self.finding.case_id))

    @property
    def acceptable(self) -> Finding | None:
        """What is under the cursor, unless it is a leak: that cannot be accepted."""
        return self.finding if self.finding and self.finding.key in RULES else None


def heading(found: Checked) -> Content:
    """How much there is to look at, by rule."""
    many = len({finding.case_id for finding in found.findings})
    said = f"{many:,} of {found.cases:,} included cases to look at"
    if found.accepted:
        said += f"; {found.accepted:,} accepted as right"
    by_rule = " · ".join(f"{count:,} {key}" for key, count in found.counts.items())
    return Content.assemble((said, HEAD), *([f"\n{by_rule}"] if by_rule else []))


def meaning(finding: Finding | None) -> Content:
    """What was found, whole, and why the rule holds; empty for nothing."""
    if finding is None:
        return Content("")
    if finding.key in RULES:
        return Content.assemble(finding.detail, (f"\n{RULES[finding.key].reason}", MUTED))
    why = f"\n{KEYS[finding.key]} It leaks: edit (e) or exclude (x) the case."
    return Content.assemble(finding.detail, (why, MUTED))


def shown(finding: Finding) -> Mapping[str, Any]:
    """The cells of one line."""
    short = finding.case_id.removeprefix("case-")
    return {"short": short, "key": finding.key, "detail": finding.detail, "whole": finding}


def toggle(area: "CasesArea") -> None:
    """Look through the included cases and show the list; away with it where it is shown."""
    if area.panel is Panel.CHECKS:
        area.show_panel(Panel.NONE)
    else:
        look(area)


def look(area: "CasesArea") -> None:
    """Look through the included cases as they are now, and show what there is to look at."""
    make = partial(curating.check_cases, area.radonc.home)
    perform(area, make, partial(_show, area), group="checks")


def look_at_split(area: "CasesArea") -> None:
    """Show what leaks if the included cases were divided by patient now, also between cases."""
    make = partial(curating.find_leaks, area.radonc.home, "", SplitRules())
    perform(area, make, lambda found: _show(area, leaking(found)), failed=area.fail, group="checks")


def _show(area: "CasesArea", found: Checked) -> None:
    if panels := area.query(ChecksPanel):
        panels.first().show(found)
    else:
        area.query_one("#parts").mount(ChecksPanel(found))
    area.show_panel(Panel.CHECKS)
    area.call_after_refresh(_focus, area)


def _focus(area: "CasesArea") -> None:
    for panel in area.query(ChecksPanel):
        panel.table.focus()


def case_of(area: "CasesArea") -> Mapping[str, Any] | None:
    """The case that the list's cursor is on; only included ones are listed."""
    found = [panel.finding for panel in area.query(ChecksPanel)]
    return {"case_id": found[0].case_id, "status": "included"} if found and found[0] else None


def acceptable(area: "CasesArea") -> Finding | None:
    """What the list's cursor is on, where it may be accepted."""
    return next((panel.acceptable for panel in area.query(ChecksPanel)), None)


def accept(area: "CasesArea") -> None:
    """Ask why what was found is right, then write it down."""
    finding = acceptable(area)
    if finding is None:
        return

    def told(reason: str | None) -> None:
        if reason:
            make = partial(curating.accept_finding, area.radonc.home, finding, reason)
            perform(area, make, lambda _: look(area), failed=area.fail)

    area.app.push_screen(AskText(f"Why is it right? {finding.detail}"), told)
