"""A page that is a table of things, and beside it (below, where it is narrow) the one looked at.

What the rows are, and what can be done with one, is for each page to say.
"""

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.visual import VisualType
from textual.widgets import Static

from radonc_tui.screens.page import Page
from radonc_tui.widgets.window import Column, WindowTable

Answer = TypeVar("Answer")


class TablePage(Page[Answer]):
    """``HEADING`` stands above until there is more to say; without ``PANEL`` the table is alone."""

    HEADING: ClassVar[str] = ""
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    PANEL: ClassVar[bool] = True
    DEFAULT_CSS = """
    TablePage {
        & > #heading { height: 1; background: $panel; padding: 0 1; text-style: bold; }
        & > #parts { height: 1fr; }
        & WindowTable { width: 1fr; }
        & #panel-box { width: 1fr; padding: 0 1; border-left: vkey $foreground-muted; }
        & #panel { height: auto; }
    }
    TablePage.-narrow, TablePage.-tiny {
        & > #parts { layout: vertical; }
        & WindowTable { width: 1fr; height: 1fr; }
        & #panel-box {
            width: 1fr; height: 1fr; border-left: none; border-top: solid $foreground-muted;
        }
    }
    """
    AUTO_FOCUS = "WindowTable"

    def compose(self) -> ComposeResult:
        yield Static(self.HEADING, id="heading", markup=False)
        with Horizontal(id="parts"):
            yield WindowTable(self.COLUMNS, empty="Looking…")
            if self.PANEL:
                with VerticalScroll(id="panel-box", can_focus=False):
                    yield Static(id="panel")
        yield from self.compose_foot()

    def on_mount(self) -> None:
        self.reload()

    def reload(self) -> None:
        """Ask again what there is."""
        raise NotImplementedError

    @property
    def table(self) -> WindowTable:
        return self.query_one(WindowTable)

    def head(self, text: str) -> None:
        """Say over the table what it holds."""
        self.query_one("#heading", Static).update(text)

    def show_beside(self, content: VisualType) -> None:
        """Show what is looked at beside the table."""
        self.query_one("#panel", Static).update(content)
