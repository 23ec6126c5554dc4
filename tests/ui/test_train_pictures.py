"""Pictures of the screen of training in every state."""

import threading
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from textual.pilot import Pilot

from radonc_tui.actions.runs import glance_runs
from radonc_tui.app import RadoncApp
from store.home import Home
from tests.ui.conftest import held, open_when_pictured, settle, until
from tests.ui.train_sample import (
    LIVING,
    area,
    begin_run,
    living,
    notice,
    text_of,
    train_until,
)

Compare = Callable[..., bool]


def test_pictures_of_nothing_to_train_on(
    home: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    app = RadoncApp(home, "train")

    async def before(pilot: Pilot[None]) -> None:
        await settle(pilot)
        assert app.no_color == (look == "no_color")
        assert area(app).view == "none"

    assert snap_compare(app, terminal_size=size, run_before=before)


KEYS = {"answers": ["a"], "form": ["n"], "advanced": ["n", "v"]}


@pytest.mark.parametrize("what", ["running", "died", "answers", "form", "advanced"])
def test_pictures_of_training(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str, what: str
) -> None:
    app = RadoncApp(sample_home, "train")

    async def before(pilot: Pilot[None]) -> None:
        await settle(pilot)
        for key in KEYS.get(what, ()):
            await pilot.press(key)
            await settle(pilot)
        if what == "advanced":
            await pilot.press("backspace", "x")
            await settle(pilot)
        await pilot.pause(0.3)
        assert app.no_color == (look == "no_color")
        assert area(app).view == ("form" if what in ("form", "advanced") else "watch")
        assert ("✗ died" in text_of(app, "#headline")) == (what == "died")

    with ExitStack() as stack:
        if what in ("running", "answers", "died"):
            run = begin_run(sample_home)
            train_until(run, 24)
            if what != "died":
                stack.enter_context(living(run))
        assert snap_compare(app, terminal_size=size, run_before=before)


def test_pictures_while_the_runs_are_read(
    sample_home: Home,
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = threading.Event()
    monkeypatch.setattr("radonc_tui.screens.train.area.glance_runs", held(read, glance_runs))
    app = RadoncApp(sample_home, "train")
    open_when_pictured(app, read, monkeypatch)

    async def before(pilot: Pilot[None]) -> None:
        try:
            await until(
                pilot, lambda: app.told.cases == "60 cases" and area(app).choices is not None
            )
            assert area(app).runs is None
            assert area(app).view == "none"
            assert text_of(app, "#none") == "Reading …"
        except BaseException:
            read.set()
            raise

    assert snap_compare(app, terminal_size=size, run_before=before)


def test_pictures_of_a_run_whose_events_are_damaged(
    still_home: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    app = RadoncApp(still_home, "train")
    run = begin_run(still_home)
    train_until(run, 24)

    async def before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "24/40" in text_of(app, "#progress"))
        with (run.path / "events.jsonl").open("a") as events:
            events.write("no event\n")
        damaged = f"! home/runs/{LIVING}/events.jsonl is damaged."
        await until(pilot, lambda: notice(app).startswith(damaged))
        # what was read before is still there
        assert "24/40 steps" in text_of(app, "#progress")
        await pilot.pause(0.3)

    with living(run):
        assert snap_compare(app, terminal_size=size, run_before=before)
