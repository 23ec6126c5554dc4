"""What the tests of the home's screen share: a log that is always the same, and looking at it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Label, Static

from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.home.area import HomeArea
from radonc_tui.screens.home.state import Keeping
from store.audit import record
from store.home import Home
from tests.ui.conftest import settle, until
from tests.ui.sample import SECRET

PLACE = "/srv/clinic/radonc"
SIZES = {"store": 14_200_000, "models": 1_310_000_000, "runs": 96_400_000, "rest": 1_100}
CASE = "case-20261101-00000"
DONE: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("import taken in", "import-20261101-000001", {}, {"source": "aria", "cases": 60}),
    ("privacy confirmed", "import-20261101-000001", {}, {"sampled": 50, "doubts": 3}),
    *(
        ("case edit", f"{CASE}{n}", {"icd10": "C50.9"}, {"icd10": f"C50.{n}11"})
        for n in range(1, 7)
    ),
    ("case exclude", f"{CASE}7", {"status": "included"}, {"status": "excluded"}),
    ("data set frozen", "data-20261101-000001", {}, {"cases": 59, "by": "patient"}),
    ("run started", "run-20261102-000001", {}, {"dataset": "data-20261101-000001"}),
    ("evaluation taken in", "eval-20261105-000001", {}, {"reading": 1}),
    ("store backed up", "/media/backup/radonc-2026-11-05", {}, {"files": 41, "with_key": False}),
)
"""Kind, subject, before and after of each entry."""


def write_log(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit log whose times, names and MACs are the same on every machine."""
    times = iter(datetime(2026, 11, 1, 9, tzinfo=UTC) + timedelta(hours=7 * n) for n in range(99))

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return next(times)

    (home.path / "secret.key").write_bytes(SECRET)
    monkeypatch.setattr("store.audit.datetime", Clock)
    with opened(home) as connection:
        for number, (kind, subject, before, after) in enumerate(DONE):
            who = ("physicist", "oncologist")[number % 2]
            record(connection, kind, subject, before, after, who)
    monkeypatch.setattr("store.audit.datetime", datetime)


def area(app: RadoncApp) -> HomeArea:
    found = next(screen for screen in app.screen_stack if isinstance(screen, HomeArea))
    assert isinstance(found, HomeArea)
    return found


async def begin(pilot: Pilot[None], app: RadoncApp) -> None:
    """Until the screen knows the home and its log."""
    await until(pilot, lambda: isinstance(app.screen_stack[0], HomeArea))
    await until(pilot, lambda: area(app).kept.known)
    await settle(pilot)


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


def still(app: RadoncApp, change: Callable[[Keeping], Keeping] = lambda kept: kept) -> None:
    """Show a place and sizes that are the same on every machine."""
    area(app).show(change(replace(area(app).kept, path=PLACE, sizes=SIZES)))


def said(app: RadoncApp, name: str = "notice") -> str:
    """What a part of the screen says, as it stands on it."""
    widget = area(app).query_one(f"#{name}", Static)
    lines = [widget.render_line(y).text for y in range(widget.size.height)]
    return " ".join(" ".join(lines).split())


def notice(app: RadoncApp) -> str:
    return str(area(app).query_one("#notice", Static).content)


def kinds(app: RadoncApp) -> list[str]:
    """What the table lists, the newest first."""
    table = area(app).audit.table
    rows = [table._row(n) for n in range(table.total)]  # pyright: ignore[reportPrivateUsage]
    return [str(row["kind"]) for row in rows if row]


def refusal(app: RadoncApp) -> str:
    """Why an answer was none yet."""
    return str(app.screen.query_one("#refusal", Label).content)
