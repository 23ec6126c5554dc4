"""``/`` in the lists: rows stay that hold every word, and ``esc`` shows everything again."""

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from radonc_tui.app import RadoncApp
from radonc_tui.widgets.finding import FindLine
from radonc_tui.widgets.window import NOTHING_FOUND, Column, WindowTable
from store.home import Home
from tests.ui.conftest import settle
from tests.ui.review_sample import REVIEW, make_review
from tests.ui.sample import BUNDLE, EVALUATION, RUN, STOPPED_RUN
from tests.ui.sample_models import BASE

ROWS = [
    {"id": "run-1", "base": "Mistral", "n": 7},
    {"id": "run-2", "base": "Llama", "n": 17},
    {"id": "run-3", "base": "Llama", "n": None},
]


class Listed(App[None]):
    def compose(self) -> ComposeResult:
        table = WindowTable((Column("id", "run"), Column("base", "base"), Column("n", "n")))
        yield FindLine(table)
        yield table

    def on_mount(self) -> None:
        self.query_one(WindowTable).show_rows(ROWS)
        self.query_one(WindowTable).focus()


def shown(table: WindowTable) -> list[Any]:
    return [table._row(index) for index in range(table.total)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("llama", [1, 2]),
        ("LLA 17", [1]),
        ("7", [0, 1]),
        ("un- mist", [0]),
        ("none", []),
        ("", None),
    ],
)
async def test_every_word_has_to_occur_in_some_column(words: str, found: list[int] | None) -> None:
    app = Listed()
    async with app.run_test(size=(80, 24)):
        table = app.query_one(WindowTable)
        table.narrow(words)
        assert shown(table) == (ROWS if found is None else [ROWS[n] for n in found])


async def test_rows_that_come_later_are_narrowed_too() -> None:
    app = Listed()
    async with app.run_test(size=(80, 24)):
        table = app.query_one(WindowTable)
        table.narrow("mistral")
        more = {"id": "run-4", "base": "Mistral", "n": 1}
        table.show_rows([*ROWS, more])
        assert shown(table) == [ROWS[0], more]


async def test_the_line_opens_narrows_and_closes() -> None:
    app = Listed()
    async with app.run_test(size=(80, 24)) as pilot:
        table, line = app.query_one(WindowTable), app.query_one(FindLine)
        assert not line.display
        line.open()
        await pilot.press(*"llama")
        assert table.total == 2
        await pilot.press("enter")
        assert table.has_focus
        assert line.display
        line.open()
        await pilot.press(*"xy")
        await pilot.pause()
        assert NOTHING_FOUND in table.render_line(1).text
        await pilot.press("escape")
        await pilot.pause()
        assert (table.total, table.has_focus, line.display) == (3, True, False)


async def find(pilot: Pilot[None], words: str) -> None:
    await settle(pilot)
    await pilot.press("slash")
    await settle(pilot)
    await pilot.press(*words, "enter")
    await settle(pilot)


def names(app: RadoncApp, table: str, key: str) -> list[str]:
    found = app.screen.query_one(table, WindowTable)
    return [str(row[key]) for row in shown(found)]


async def test_runs_and_evaluations_are_found_together(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await find(pilot, "stopped")
        assert names(app, "#runs", "id") == [STOPPED_RUN]
        assert names(app, "#evaluations", "id") == []
        await pilot.press("escape")
        await settle(pilot)
        assert names(app, "#runs", "id") == [STOPPED_RUN, RUN]
        assert names(app, "#evaluations", "id") == [EVALUATION]


async def test_models_are_found(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await find(pilot, "bundle q4")
        assert names(app, "WindowTable", "name") == [BUNDLE]
        assert app.screen.query_one(WindowTable).row
        await pilot.press("escape")
        await settle(pilot)
        assert names(app, "WindowTable", "name") == [BASE, BUNDLE]


async def test_reviews_are_found(sample_home: Home) -> None:
    make_review(sample_home, judged=-1)
    app = RadoncApp(sample_home, "review")
    async with app.run_test(size=(80, 24)) as pilot:
        await find(pilot, "nobody at all")
        assert names(app, "ReviewList", "review") == []
        await pilot.press("escape")
        await find(pilot, "judged")
        assert names(app, "ReviewList", "review") == [REVIEW]
