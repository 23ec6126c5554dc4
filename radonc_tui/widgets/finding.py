"""The line that ``/`` opens over a list: only rows with all of its words stay."""

from typing import ClassVar

from textual import on
from textual.binding import Binding
from textual.widgets import Input

from radonc_tui.widgets.window import WindowTable


class FindLine(Input):
    """Hidden until it is wanted; narrows the tables that it is given."""

    HELP: ClassVar[str | None] = (
        "**Find.** Rows stay that hold every word, in any column, in any order, in part. `enter` "
        "goes to the list, `esc` shows everything again."
    )
    DEFAULT_CSS = """
    FindLine { height: 1; border: none; padding: 0 1; display: none; }
    FindLine.-on { display: block; }
    """
    BINDINGS = [Binding("escape", "close", "Show everything", id="find.close")]

    def __init__(self, *tables: WindowTable) -> None:
        super().__init__(placeholder="words of a row", select_on_focus=False)
        # a hidden line would take the keys of a screen that has no focus yet
        self.can_focus = False
        self.tables = tables
        self._back = tables[0]

    def open(self) -> None:
        """To the line; it goes back to the table that has the focus now."""
        self._back = next((table for table in self.tables if table.has_focus), self._back)
        self._show(True)
        self.focus()

    def close(self) -> bool:
        """Every row again; False where none was left out and the line was not open."""
        if not self.has_class("-on"):
            return False
        self.value = ""
        self._back.focus()
        self._show(False)
        return True

    def _show(self, on: bool) -> None:
        self.can_focus = on
        self.set_class(on, "-on")

    def action_close(self) -> None:
        self.close()

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        event.stop()
        for table in self.tables:
            table.narrow(event.value)

    @on(Input.Submitted)
    def leave(self, event: Input.Submitted) -> None:
        event.stop()
        self._back.focus()
        self._show(bool(self.value.strip()))
