"""Every test gets a home of its own; nothing touches a person's.

In CI the property tests draw the same examples each time: a new counter-example is found on a
developer's machine, and not where it would stop somebody else's change.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from radonc_tui.actions.stored import lease
from store.home import Home, open_home

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_configure() -> None:
    """Side by side (``-n``), each process keeps to one core: two that compute with all cores wait
    for each other more than they work."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


SHARING = {f"tests/integration/test_{name}.py" for name in ("demo", "offline", "ui_predict")}
"""Files that look at what one demo left; it takes minutes, and each process would make its own."""


class ByFile(LoadFileScheduling):
    """Whole files go to a process, and those that share the demo to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "the demo" if file in SHARING else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A new, empty home that is always called ``home``."""
    monkeypatch.setenv("RADONC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    home = open_home()
    yield home
    lease(home).close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the project; the test skips where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"needs the real data in {SHARED / 'data'}")
    return SHARED / "data"
