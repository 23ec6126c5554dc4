"""Pictures of the screen of training in every state."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from textual.pilot import Pilot

from radonc_tui.app import RadoncApp
from store.home import Home
from tests.ui.conftest import settle
from tests.ui.train_sample import (
    area,
    begin_run,
    living,
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
