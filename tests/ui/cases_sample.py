"""What the tests of the cases screen share: ways to look at it, and to press its keys."""

from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.area import CasesArea
from radonc_tui.widgets.window import WindowTable
from store.case_filter import CaseFilter
from store.case_table import list_cases
from tests.ui.conftest import settle, until


def area(app: RadoncApp) -> CasesArea:
    found = app.screen_stack[0]
    assert isinstance(found, CasesArea)
    return found


def table(app: RadoncApp) -> WindowTable:
    return area(app).finder.table


def text(app: RadoncApp, name: str) -> str:
    return str(area(app).query_one(f"#{name}", Static).content)


def rows(app: RadoncApp) -> list[dict[str, Any]]:
    with opened(app.home) as connection:
        return list_cases(connection, CaseFilter(), 1000)


def keys(app: RadoncApp) -> set[str]:
    return {active.binding.action for active in app.screen.active_bindings.values()}


async def begin(pilot: Pilot[None]) -> None:
    """Until the table has its rows and, on a wide screen, the panel its case."""
    await until(pilot, lambda: table(pilot.app).row is not None)  # type: ignore[arg-type]
    await settle(pilot)


async def press(pilot: Pilot[None], *pressed: str) -> None:
    await pilot.press(*pressed)
    await settle(pilot)
