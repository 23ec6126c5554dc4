"""The table that shows a window of many rows."""

from typing import Any

import pytest
from hypothesis import given, strategies as st
from rich.text import Text
from textual.app import App, ComposeResult

from radonc_tui.widgets.window import MOST_PAGES, PAGE, Column, WindowTable, widths

COLUMNS = (Column("id", "case", 10), Column("text", "diagnosis"), Column("n", "n", 5, "right"))


class Tables(App[None]):
    """A table whose pages come when they are asked for, or later."""

    def __init__(self, total: int, at_once: bool = True) -> None:
        super().__init__()
        self.count, self.at_once = total, at_once
        self.asked: list[int] = []
        self.heard: list[tuple[int, Any]] = []
        self.chosen: list[int] = []

    def compose(self) -> ComposeResult:
        yield WindowTable(COLUMNS, empty="No cases.")

    def on_mount(self) -> None:
        self.table.reset(self.count)
        self.table.focus()

    @property
    def table(self) -> WindowTable:
        return self.query_one(WindowTable)

    def rows(self, page: int) -> list[dict[str, Any]]:
        start = page * PAGE
        numbers = range(start, min(start + PAGE, self.count))
        return [{"id": f"case-{n}", "text": f"diagnosis {n}", "n": n} for n in numbers]

    def on_window_table_page_wanted(self, event: WindowTable.PageWanted) -> None:
        self.asked.append(event.page)
        if self.at_once:
            event.table.supply(event.generation, event.page, self.rows(event.page))

    def on_window_table_row_highlighted(self, event: WindowTable.RowHighlighted) -> None:
        self.heard.append((event.index, event.row and event.row["n"]))

    def on_window_table_row_chosen(self, event: WindowTable.RowChosen) -> None:
        self.chosen.append(event.index)

    def line(self, y: int) -> str:
        return self.table.render_line(y).text


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_it_holds_a_few_pages_of_a_hundred_thousand_rows(size: tuple[int, int]) -> None:
    app = Tables(100_000)
    async with app.run_test(size=size) as pilot:
        await pilot.press("end")
        await pilot.pause()
        assert app.table.row == {"id": "case-99999", "text": "diagnosis 99999", "n": 99999}
        assert "case-99999" in app.line(size[1] - 1)
        for _ in range(60):
            await pilot.press("pageup")
        await pilot.press("home")
        await pilot.pause()
        assert app.table.row is not None
        assert app.table.row["n"] == 0
        assert "› case-0" in app.line(1).replace("›case", "› case")
        assert len(app.table._pages) <= MOST_PAGES
        assert len(app.asked) < 30


async def test_a_page_that_comes_late_is_shown_and_told_then() -> None:
    app = Tables(300, at_once=False)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.asked == [0]
        assert "…" in app.line(1)
        assert app.heard[-1] == (0, None)
        app.table.supply(app.table.generation - 1, 0, app.rows(1))
        assert "…" in app.line(1), "an answer to an earlier question was shown"
        app.table.supply(app.table.generation, 0, app.rows(0))
        await pilot.pause()
        assert "case-0" in app.line(1)
        assert app.heard[-1] == (0, 0)
        await pilot.press("down", "j", "k", "enter")
        await pilot.pause()
        assert app.chosen == [1]


async def test_an_empty_table_says_so_and_enter_does_nothing() -> None:
    app = Tables(0)
    async with app.run_test() as pilot:
        await pilot.press("enter", "down", "end", "pageup")
        await pilot.pause()
        assert "No cases." in app.line(1)
        assert app.chosen == []
        assert app.table.cursor == 0


async def test_rows_handed_over_at_once_keep_the_cursor() -> None:
    app = Tables(0)
    async with app.run_test() as pilot:
        rows = [{"id": f"r{n}", "text": Text("a\nb", "bold"), "n": n} for n in range(5)]
        app.table.show_rows(rows)
        await pilot.press("end")
        app.table.show_rows(rows[:3])
        await pilot.pause()
        assert app.table.cursor == 2
        assert app.table.row == rows[2]
        assert "a b" in app.line(3)
        await pilot.click(WindowTable, offset=(5, 1))
        assert app.table.cursor == 0
        await pilot.click(WindowTable, offset=(5, 2), times=2)
        await pilot.pause()
        assert app.chosen == [1]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20)), min_size=1), st.integers(1, 300))
def test_columns_fill_the_room_and_never_more(shape: list[tuple[int, int]], room: int) -> None:
    columns = [Column(str(i), "", width, least=least) for i, (width, least) in enumerate(shape)]
    found = widths(columns, room)
    used = sum(width for _, width in found) + len(found) - 1
    assert used <= room
    assert [column for column, _ in found] == columns[: len(found)]
    if any(not column.width for column, _ in found):
        assert used == room
