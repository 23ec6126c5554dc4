"""The app on a home of its own, always the same: no animation, no blinking, one time zone."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from radonc_tui.actions.stored import lease
from radonc_tui.app import RadoncApp
from store.home import Home
from tests.ui.sample import copy_home, make_sample
from tests.unit.importing_examples import make_clinic
from trainer.machine import Machine

SIZES = ((80, 24), (140, 40))
LOOKS = ("dark", "no_color")


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would make two pictures of the same screen differ is held still."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none", raising=False)
    monkeypatch.setattr("textual.widgets._input.Input.cursor_blink", False)
    monkeypatch.setattr("textual.widgets._text_area.TextArea.cursor_blink", False)
    monkeypatch.setattr("radonc_tui.actions.overview.device_name", lambda: "CPU")
    machine = Machine("2 cores of a processor", False, 2, 16_000)
    monkeypatch.setattr("radonc_tui.actions.plans.this_machine", lambda: machine)
    # the case under the cursor is fetched without waiting for the cursor to rest
    monkeypatch.setattr("radonc_tui.screens.cases.area.REST_SECONDS", 0.001)
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Dark, and without colour; ask for it where a picture is taken."""
    if request.param == "no_color":
        monkeypatch.setenv("NO_COLOR", "1")
    return str(request.param)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The two design sizes of the terminal."""
    return request.param


@pytest.fixture(scope="session")
def sample_master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One finished sample home for the session; tests get copies."""
    path = tmp_path_factory.mktemp("sample") / "home"
    make_sample(path)
    return path


@pytest.fixture
def sample_home(
    sample_master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """A copy of the sample home, to do with as one likes."""
    monkeypatch.setenv("RADONC_HOME", str(tmp_path / "home"))
    home = copy_home(Home(sample_master), tmp_path / "home")
    yield home
    lease(home).close()


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """A clinic's folder of exports."""
    return make_clinic(tmp_path)


async def settle(pilot: Pilot[None]) -> None:
    """Until no worker runs and every message is dealt with."""
    for _ in range(3):
        await pilot.pause()
        # a worker whose widget has gone was cancelled: it will not complete, and need not
        with contextlib.suppress(WorkerCancelled):
            await asyncio.wait_for(pilot.app.workers.wait_for_complete(), 30)
    await pilot.pause()


async def until(pilot: Pilot[None], true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that happens in its own time.

    Raises:
        AssertionError: it did not happen.
    """
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        await pilot.pause(0.05)
    raise AssertionError("it did not happen")


def radonc(home: Home, mode: str = "") -> RadoncApp:
    """The app on ``home``; with ``mode``, that screen first."""
    return RadoncApp(home, mode)
