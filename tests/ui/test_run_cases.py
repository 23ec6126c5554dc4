"""The runs screen says which cases a run saw."""

from collections.abc import Callable

from textual.pilot import Pilot
from textual.widgets import Static

from radonc_tui.actions.stored import opened
from radonc_tui.screens.runs.area import RunsArea
from store.datasets import dataset_part, list_datasets
from store.home import Home
from tests.ui.conftest import radonc, settle
from tests.ui.sample import STOPPED_RUN

Compare = Callable[..., bool]


async def test_the_cases_of_the_run_under_the_cursor_are_listed(sample_home: Home) -> None:
    app = radonc(sample_home, "runs")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        area = next(screen for screen in app.screen_stack if isinstance(screen, RunsArea))
        area.action_seen()
        await settle(pilot)
        shown = str(area.query_one("#report > Static", Static).content)
        with opened(sample_home) as connection:
            dataset = list_datasets(connection)[0]["dataset_id"]
            parts = {p: dataset_part(connection, dataset, p) for p in ("train", "test")}
        assert area.view == "report"
        assert f"learned from {len(parts['train'])} cases" in shown
        assert all(case["case_id"] in shown for case in parts["train"])
        assert not any(case["case_id"] in shown for case in parts["test"])
        await pilot.press("escape")
        await settle(pilot)
        assert area.view == "lists"


def test_pictures(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    app = radonc(sample_home, "runs")

    async def before(pilot: Pilot[None]) -> None:
        await settle(pilot)
        area = next(screen for screen in app.screen_stack if isinstance(screen, RunsArea))
        area.action_seen()
        await settle(pilot)
        assert area.view == "report"
        assert str(area.query_one("#report > Static", Static).content).startswith(STOPPED_RUN)
        assert app.no_color == (look == "no_color")

    assert snap_compare(app, terminal_size=size, run_before=before)
