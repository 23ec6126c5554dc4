"""What was left of patients' text, for a person to look at: redact what identifies, then confirm.

It shows scrubbed text only; the row as it came is nowhere. What is doubtful is the scrubber's to
say, and whether a source may be trained on is the gate's, through the actions.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.binding import Binding

from radonc_tui.actions import privacy as actions
from radonc_tui.performing import perform
from radonc_tui.screens.table_page import TablePage
from radonc_tui.widgets.dialogs import AskText, Choose, Confirm
from radonc_tui.widgets.window import PAGE, Column, WindowTable
from store.privacy.redacting import Redaction

NOTHING = "Only synthetic cases are here, and they identify nobody."


class PrivacyScreen(TablePage[bool]):
    """Every doubtful case of a source and a sample; answers whether anything was changed."""

    HELP: ClassVar[str | None] = (
        "**Privacy.** Identifiers were taken out when the cases came in. No program finds every "
        "one, so a person looks before anything is trained: at the cases in which a word was "
        "doubtful or that a person typed, and at a sample of the rest. `x` takes words out of the "
        "case under the cursor, for good. `y` confirms the source, when you have turned every "
        "page of the list: what waits identifies nobody. What comes in, is edited or included "
        "later is looked at anew. `s` shows another source."
    )
    DEFAULT_CSS = """
    PrivacyScreen {
        & WindowTable { width: 3fr; }
        & #panel-box { width: 2fr; }
    }
    """
    HEADING = "Privacy …"
    COLUMNS = (
        Column("short", "case", 12),
        Column("why", "shown as", 9),
        Column("diagnosis", "what is kept", least=24),
    )
    BINDINGS = [
        Binding("x", "redact", "Redact", id="privacy.redact", tooltip="Words of this case."),
        Binding("y", "confirm", "Confirm", id="privacy.confirm", tooltip="It identifies nobody."),
        Binding("s", "source", "Source", id="privacy.source", tooltip="Look at another."),
        Binding("escape", "back", "Back", id="privacy.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.source = ""
        self.sources: list[dict[str, Any]] = []
        self.looked: Mapping[str, Any] = {}
        self.unseen = 0
        self._first: Mapping[str, Any] | None = None
        self.changed = False

    # looking

    def reload(self) -> None:
        """Ask again what waits."""
        make = partial(actions.privacy_sources, self.radonc.home)
        perform(self, make, self._found, failed=self.fail, group="sources")

    def _found(self, sources: list[dict[str, Any]]) -> None:
        self.sources = sources
        if not sources:
            self.head("Privacy")
            self.table.empty = NOTHING
            self.table.show_rows([])
            self._draw(None)
            return
        waiting = [each["source"] for each in sources if not each["confirmed"]]
        self.source = self.source or str((waiting or [sources[0]["source"]])[0])
        self._ask(0, self._show)

    def _ask(self, start: int, done: Callable[[Mapping[str, Any]], None]) -> None:
        make = partial(actions.review_privacy, self.radonc.home, self.source, start)
        perform(self, make, done, failed=self.fail, group=f"looked {start}")

    def _show(self, looked: Mapping[str, Any]) -> None:
        """The first page, and how many there are; the others are asked for as they are reached."""
        self.looked = looked
        self.table.empty = "Nothing waits for you here."
        self._first = looked
        self.table.reset(looked["to_show"])
        self._head(looked["unseen"])
        if not looked["to_show"]:
            self._draw(None)

    def _head(self, unseen: int) -> None:
        self.unseen = unseen
        looked = self.looked
        said = f"{self.source}: {looked['waiting']:,} of {looked['cases']:,} cases wait"
        if looked["confirmed"]:
            said = f"{self.source}: confirmed, {looked['cases']:,} cases"
        elif looked["doubtful"]:
            said += f", {looked['doubtful']:,} doubtful"
        said += f", {unseen:,} further down" if unseen else ""
        self.head(said)

    @on(WindowTable.PageWanted)
    def _page(self, event: WindowTable.PageWanted) -> None:
        def supply(looked: Mapping[str, Any]) -> None:
            event.table.supply(event.generation, event.page, listed(looked))
            self._head(looked["unseen"])

        if event.page == 0 and self._first:
            # it came with the counts
            supply(self._first)
            self._first = None
        else:
            self._ask(event.page * PAGE, supply)

    @on(WindowTable.RowHighlighted)
    def _moved(self, event: WindowTable.RowHighlighted) -> None:
        self._draw(event.row)

    def _draw(self, row: Mapping[str, Any] | None) -> None:
        self.show_beside(case_text(row["whole"]) if row else "")
        self.refresh_bindings()

    def action_source(self) -> None:
        """Another source."""
        options = [(s["source"], f"{s['source']}  {s['waiting']:,} wait") for s in self.sources]
        self.app.push_screen(Choose("Which source?", options), self._chosen)

    def _chosen(self, source: str | None) -> None:
        if source:
            self.source = source
            self.reload()

    # doing

    def action_redact(self) -> None:
        """Take words out of the case under the cursor, for good."""
        if not self.table.row:
            return
        case = self.table.row["whole"]
        quoted = case["doubts"][0].split("'") if case["doubts"] else []
        first = quoted[1] if len(quoted) > 2 else ""
        ask = AskText(
            f"Which words of {case['case_id']} identify somebody?", first, "They cannot come back."
        )
        self.app.push_screen(ask, partial(self._redact, str(case["case_id"])))

    def _redact(self, case_id: str, words: str | None) -> None:
        if words:
            make = partial(actions.redact_case, self.radonc.home, Redaction(case_id, words))
            perform(self, make, partial(self._redacted, case_id), failed=self.fail)

    def _redacted(self, case_id: str, frozen: list[str]) -> None:
        self._changed()
        held = f" Frozen with them before: {', '.join(frozen)}." if frozen else ""
        self.say(f"The words were taken out of {case_id}.{held}")

    def action_confirm(self) -> None:
        """Say that the source, as it came in so far, identifies nobody."""
        if self.unseen:
            said = f"{self.unseen:,} cases further down were not shown yet"
            self.say(f"{said}: turn pages to the end of the list, then confirm.", bad=True)
            return
        question = (
            f"Does the text of {self.looked['waiting']:,} cases of {self.source} identify nobody?"
        )
        hint = "You have seen the doubtful cases and a sample. Your name and the time are kept."
        self.app.push_screen(Confirm(question, "confirm", hint), self._confirm)

    def _confirm(self, sure: bool | None) -> None:
        if sure:
            make = partial(actions.confirm_privacy, self.radonc.home, self.source)
            perform(self, make, self._confirmed, failed=self.fail)

    def _confirmed(self, made: Mapping[str, Any]) -> None:
        self._changed()
        self.say(f"{made['source']} is confirmed; z freezes it into a data set.")

    def _changed(self) -> None:
        self.changed = True
        self.reload()
        self.radonc.changed()

    def action_back(self) -> None:
        """Back to the cases."""
        self.dismiss(self.changed)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what there is something for."""
        if not self.is_mounted:
            return True
        if action == "redact":
            return self.table.row is not None
        if action == "confirm":
            return bool(self.looked) and not self.looked["confirmed"]
        return len(self.sources) > 1 if action == "source" else True


def listed(looked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a page of the table."""
    return [
        {
            "short": str(case["case_id"]).removeprefix("case-"),
            "why": "? doubt" if case["doubts"] else "sample",
            "diagnosis": case["diagnosis"],
            "whole": case,
        }
        for case in looked["shown"]
    ]


def case_text(case: Mapping[str, Any]) -> Table:
    """One case as it is kept: its text, what was taken out, what is doubtful."""
    table = Table(box=None, show_header=False, pad_edge=False, expand=True)
    table.add_column(style="dim", no_wrap=True, max_width=12)
    table.add_column(overflow="fold")
    for words in case["doubts"]:
        table.add_row("doubt", Text(f"? {words}", style="bold"))
    table.add_row("diagnosis", Text(str(case["diagnosis"])))
    table.add_row("regimen", Text(str(case["regimen"])))
    for name in ("site", "target"):
        if case[name]:
            table.add_row(name, Text(str(case[name])))
    for words in case["taken_out"]:
        table.add_row("taken out", Text(words))
    for name, value in case["kept"].items():
        if value not in (case["diagnosis"], case["regimen"], case["site"], case["target"]):
            table.add_row(Text(str(name)), Text(str(value)))
    return table
