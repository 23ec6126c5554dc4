"""The mouse does what the keys do: the strip of modes, and the parts of a run and an evaluation."""

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from radonc_tui.app import RadoncApp
from radonc_tui.commands import MODES
from radonc_tui.screens.area import Strip
from radonc_tui.screens.runs.area import RunsArea
from radonc_tui.screens.train.area import TrainArea
from radonc_tui.widgets.panes import Panes
from store.home import Home
from tests.ui.conftest import settle


def place(widget: Widget, text: str) -> tuple[int, int]:
    """Where a text is drawn, from the corner of its widget."""
    line = widget.render_line(0).text
    assert line.count(text) == 1, line
    return widget.content_region.x - widget.region.x + line.index(text), 0


async def click(pilot: Pilot[None], kind: type[Widget], text: str) -> None:
    widget = pilot.app.screen.query_one(kind)
    await pilot.click(widget, offset=place(widget, text))
    await settle(pilot)


@pytest.mark.parametrize("width", [80, 50])
async def test_a_click_on_the_strip_shows_the_mode(sample_home: Home, width: int) -> None:
    app = RadoncApp(sample_home, "models")
    async with app.run_test(size=(width, 24)) as pilot:
        await settle(pilot)
        for number, mode in enumerate(MODES, 1):
            # from the first cell of its label on
            await click(pilot, Strip, f" {number} ")
            assert app.current_mode == mode


async def test_a_click_beside_the_strips_modes_shows_none(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "models")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await click(pilot, Strip, "radonc")
        assert app.current_mode == "models"


async def test_a_click_shows_a_part_of_a_run(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, TrainArea)
        for title, pane in (("log", "log"), ("about it", "about"), ("a ans", "answers")):
            await click(pilot, Panes, title)
            assert app.screen.watching.pane == pane
            assert app.screen.query_one(f"#{pane}").display
        await click(pilot, Panes, "curves")
        assert app.screen.query_one("#curves").display
        assert not app.screen.query_one("#answers").display


async def test_a_click_shows_a_part_of_an_evaluation(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("tab", "enter")
        await settle(pilot)
        assert isinstance(app.screen, RunsArea)
        for title, pane in (
            ("i codes", "codes"),
            ("t cases", "cases"),
            ("o mod", "modality"),
        ):
            await click(pilot, Panes, title)
            assert app.screen.panel.pane == pane
