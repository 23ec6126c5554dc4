"""A table that shows a window of any number of rows, and holds only the pages around it.

Whoever owns it supplies pages when asked by message; it never fetches, so it can wait for a
store without stopping a key. Small tables hand over all their rows at once.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

NOTHING_FOUND = "Nothing here has all of these words; esc shows everything."
PAGE = 128
MOST_PAGES = 24
GAP = 1
MARK = "›"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column: ``width`` 0 shares what is left, at least ``least`` cells."""

    key: str
    label: str
    width: int = 0
    justify: Literal["left", "right"] = "left"
    least: int = 8


def widths(columns: Sequence[Column], room: int) -> list[tuple[Column, int]]:
    """The columns that fit into ``room`` cells, each with its width; the last are dropped first."""
    shown = list(columns)
    while len(shown) > 1 and _needed(shown) > room:
        shown.pop()
    flexible = [column for column in shown if not column.width]
    spare = max(0, room - _needed(shown))
    found: list[tuple[Column, int]] = []
    for column in shown:
        width = column.width
        if not width:
            share = spare // len(flexible) + (column is flexible[-1]) * (spare % len(flexible))
            width = column.least + share
        found.append((column, min(width, max(room, 1))))
    return found


def _needed(columns: Sequence[Column]) -> int:
    return sum(column.width or column.least for column in columns) + GAP * (len(columns) - 1)


class WindowTable(ScrollView, can_focus=True):
    """Rows under a fixed heading, one of them under the cursor."""

    HELP: ClassVar[str | None] = (
        "**A table.** Arrows or `j` `k` move, `page up` and `page down` turn pages, `home` and "
        "`end` go to the first and last row, `enter` opens the row."
    )
    DEFAULT_CSS = """
    WindowTable {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        background: $surface;
        & > .window--heading { text-style: bold; color: $text-primary; background: $panel; }
        & > .window--cursor { background: $block-cursor-blurred-background; }
        & > .window--muted { color: $text-muted; }
        &:focus > .window--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground;
        }
        &:nocolor > .window--heading { text-style: bold underline; }
        &:nocolor:focus > .window--cursor { text-style: reverse; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"window--heading", "window--cursor", "window--muted"}
    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
        Binding("pageup", "turn(-1)", "Page up", show=False, id="table.page_up"),
        Binding("pagedown", "turn(1)", "Page down", show=False, id="table.page_down"),
        Binding("home", "first", "First", show=False, id="table.first"),
        Binding("end", "last", "Last", show=False, id="table.last"),
        Binding("enter", "choose", "Open", show=False, id="table.open"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    total: reactive[int] = reactive(0, repaint=False)

    class FromTable(Message):
        """Something about ``table``, whoever made it happen."""

        def __init__(self, table: "WindowTable") -> None:
            super().__init__()
            self.table = table
            # whoever moves the cursor from outside would else count as the sender, and Textual
            # takes a message no further than to its sender
            self.set_sender(table)

        @property
        def control(self) -> "WindowTable":
            return self.table

    class PageWanted(FromTable):
        """Rows ``page * PAGE`` and on are needed; answer with ``supply``."""

        def __init__(self, table: "WindowTable", generation: int, page: int) -> None:
            super().__init__(table)
            self.generation, self.page = generation, page

    class RowHighlighted(FromTable):
        """The cursor is on another row; ``row`` is None until its page is there."""

        def __init__(self, table: "WindowTable", index: int, row: Row | None) -> None:
            super().__init__(table)
            self.index, self.row = index, row

    class RowChosen(FromTable):
        """A row was opened by enter or a click."""

        def __init__(self, table: "WindowTable", index: int, row: Row) -> None:
            super().__init__(table)
            self.index, self.row = index, row

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        empty: str = "Nothing here yet.",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.empty = empty
        self.generation = 0
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._all: Sequence[Row] | None = None
        self._given: Sequence[Row] = ()
        self.words = ""
        self._asked: set[int] = set()

    @property
    def row(self) -> Row | None:
        """The row under the cursor, if its page is there."""
        return self._row(self.cursor)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows and nothing else; the cursor stays where it is, if it can."""
        self.generation += 1
        self._given = rows
        words = self.words.casefold().split()
        kept = [row for row in rows if self._has(row, words)] if words else rows
        self._all = kept
        self._begin(len(kept))

    def narrow(self, words: str) -> None:
        """Of the rows that ``show_rows`` was given, show those in which every word occurs."""
        if words != self.words and self._all is not None:
            self.words = words
            self.show_rows(self._given)

    def _has(self, row: Row, words: Sequence[str]) -> bool:
        cells = (row.get(column.key) for column in self.columns)
        text = " ".join("" if cell is None else str(cell) for cell in cells).casefold()
        return all(word in text for word in words)

    def reset(self, total: int) -> None:
        """Show ``total`` rows that will be supplied page by page."""
        self.generation += 1
        self._all = None
        self._pages.clear()
        self._asked.clear()
        self._begin(total)
        self._ask()

    def _begin(self, total: int) -> None:
        self.total = total
        self.virtual_size = Size(self.size.width, total + 1)
        before = self.cursor
        self.cursor = min(self.cursor, max(total - 1, 0))
        self.refresh()
        if before == self.cursor:
            self._tell()

    def supply(self, generation: int, page: int, rows: Sequence[Row]) -> None:
        """The rows of one page; those of an earlier ``reset`` are ignored."""
        if generation != self.generation:
            return
        self._pages[page] = rows
        self._asked.discard(page)
        while len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)
        self.refresh()
        if self.cursor // PAGE == page:
            self._tell()

    def _row(self, index: int) -> Row | None:
        if self._all is not None:
            return self._all[index] if 0 <= index < len(self._all) else None
        page = self._pages.get(index // PAGE)
        if page is None or not 0 <= index % PAGE < len(page):
            return None
        self._pages.move_to_end(index // PAGE)
        return page[index % PAGE]

    def _visible(self) -> range:
        top = int(self.scroll_offset.y)
        return range(top, min(top + max(self.size.height - 1, 1), self.total))

    def _ask(self) -> None:
        """Ask for the pages in sight that are not here yet."""
        visible = self._visible()
        if self._all is not None or not visible:
            return
        wanted = {visible.start // PAGE, (visible.stop - 1) // PAGE, self.cursor // PAGE}
        for page in sorted(wanted - self._pages.keys() - self._asked):
            self._asked.add(page)
            self.post_message(self.PageWanted(self, self.generation, page))

    def _tell(self) -> None:
        self.post_message(self.RowHighlighted(self, self.cursor, self.row))

    # drawing

    def render_line(self, y: int) -> Strip:
        # what the scroll bar leaves
        width = self.scrollable_content_region.width
        if y == 0:
            style = self.get_component_rich_style("window--heading")
            return self._line({c.key: c.label for c in self.columns}, " ", width).apply_style(style)
        index = int(self.scroll_offset.y) + y - 1
        if index >= self.total:
            empty = NOTHING_FOUND if self.words and self._given else self.empty
            text = empty if self.total == 0 and y == 1 else ""
            style = self.get_component_rich_style("window--muted")
            strip = Strip(Text(f" {text}", no_wrap=True).render(self.app.console))
            return strip.adjust_cell_length(width).apply_style(style)
        row = self._row(index)
        here = index == self.cursor
        strip = self._line({self.columns[0].key: "…"} if row is None else row, MARK * here, width)
        if here:
            return strip.apply_style(self.get_component_rich_style("window--cursor"))
        return strip.apply_style(self.rich_style)

    def _line(self, row: Row, mark: str, width: int) -> Strip:
        line = Text(mark.ljust(1), no_wrap=True, end="")
        for number, (column, room) in enumerate(widths(self.columns, max(width - 1, 1))):
            value = row.get(column.key)
            shown = value if isinstance(value, Text) else Text("" if value is None else str(value))
            cell = _one_line(shown)
            cell.truncate(room, overflow="ellipsis")
            spare = room - cell.cell_len
            if column.justify == "right":
                cell.pad_left(spare)
            else:
                cell.pad_right(spare)
            line.append(" " * (GAP * (number > 0))).append_text(cell)
        return Strip(line.render(self.app.console)).adjust_cell_length(width)

    # moving

    def watch_cursor(self) -> None:
        top, height = int(self.scroll_offset.y), max(self.size.height - 1, 1)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)
        self._ask()
        self.refresh()
        self._tell()

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, self.total - 1))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._ask()

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(event.size.width, self.total + 1)
        self._ask()
        self.refresh()

    def action_move(self, by: int) -> None:
        self.cursor += by

    def action_turn(self, pages: int) -> None:
        self.cursor += pages * max(self.size.height - 2, 1)

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        self.cursor = self.total - 1

    def action_choose(self) -> None:
        if self.row is not None:
            self.post_message(self.RowChosen(self, self.cursor, self.row))

    def on_click(self, event: events.Click) -> None:
        index = int(self.scroll_offset.y) + event.y - 1
        if event.y < 1 or index >= self.total:
            return
        if index == self.cursor and event.chain > 1:
            self.action_choose()
        self.cursor = index


def _one_line(text: Text) -> Text:
    """The text on one line; whatever would break a row of a table is a space."""
    if text.plain.isprintable():
        return text.copy()
    clean = text.copy()
    clean.plain = "".join(c if c.isprintable() else " " for c in text.plain)
    return clean
