"""Pictures of the cases screen in every state."""

import threading
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from radonc_tui.actions.cases import find_cases
from radonc_tui.app import RadoncApp
from store.errors import RadoncError
from store.home import Home
from tests.ui.cases_sample import area, begin, press, table, text
from tests.ui.conftest import held, open_when_pictured, settle, until

Compare = Callable[..., bool]

STEPS: dict[str, tuple[tuple[str, ...], ...]] = {
    "detail": (("enter",),),
    "edit": (("e",),),
    "codes": (("a",), ("tab", "tab", *"left breast upper")),
    "funnel": (("u",),),
    "filter": (("f",), (*"site", "enter")),
    "filtered": (("f",), (*"site", "enter"), ("enter",), ("slash", *"left")),
    "exclude": (("x",),),
    "freeze": (("z",),),
}
"""The keys of each, together where nothing has to arrive in between."""


async def walk(pilot: Pilot[None], *steps: tuple[str, ...]) -> None:
    await begin(pilot)
    for together in steps:
        await press(pilot, *together)


def test_pictures_of_the_full_table(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    app = RadoncApp(sample_home, "cases")

    async def run(pilot: Pilot[None]) -> None:
        await walk(pilot)
        assert table(app).total == 60

    assert snap_compare(app, terminal_size=size, run_before=run)


@pytest.mark.parametrize("step", STEPS)
def test_pictures_of_each_step(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], step: str
) -> None:
    app = RadoncApp(sample_home, "cases")

    async def run(pilot: Pilot[None]) -> None:
        await walk(pilot, *STEPS[step])
        assert table(app).row is not None

    assert snap_compare(app, terminal_size=size, run_before=run)


@pytest.mark.parametrize("state", ["empty", "error"])
def test_pictures_where_there_is_nothing(
    home: Home, snap_compare: Compare, size: tuple[int, int], look: str, state: str
) -> None:
    app = RadoncApp(home, "cases")

    async def run(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.current_mode == "welcome")
        await press(pilot, "1")
        assert "No cases yet" in table(app).empty
        if state == "error":
            area(app).finder.not_found(RadoncError("The store is damaged.", "Restore it."))
            await settle(pilot)
            assert text(app, "notice") == "! The store is damaged. Restore it."

    assert snap_compare(app, terminal_size=size, run_before=run)


def test_pictures_while_the_store_answers(
    sample_home: Home,
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    monkeypatch.setattr("radonc_tui.actions.cases.find_cases", held(answered, find_cases))
    app = RadoncApp(sample_home, "cases")
    open_when_pictured(app, answered, monkeypatch)

    async def run(pilot: Pilot[None]) -> None:
        try:
            await until(pilot, lambda: app.told.cases == "60 cases")
            assert text(app, "heading") == "…"
            assert table(app).empty == "Looking…"
        except BaseException:
            answered.set()
            raise

    assert snap_compare(app, terminal_size=size, run_before=run)
