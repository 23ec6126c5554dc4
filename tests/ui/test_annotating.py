"""Annotation in batches on the screen: assigned, answered blind, compared, decided."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static, TextArea

from radonc_tui.actions import annotate as actions
from radonc_tui.actions.stored import lease, opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.annotating import AnnotateScreen
from radonc_tui.screens.cases.form import CaseForm
from radonc_tui.widgets.dialogs import Choose
from store.home import Home
from tests.driven import ended
from tests.ui.conftest import settle, until

Compare = Callable[..., bool]


async def open_annotation(pilot: Pilot[None]) -> AnnotateScreen:
    app = pilot.app
    assert isinstance(app, RadoncApp)
    await until(pilot, lambda: app.told.cases != "")
    await settle(pilot)
    await pilot.press("b")
    await until(pilot, lambda: isinstance(app.screen, AnnotateScreen))
    await settle(pilot)
    assert isinstance(app.screen, AnnotateScreen)
    return app.screen


def said(screen: AnnotateScreen, name: str) -> str:
    return str(screen.query_one(f"#{name}", Static).content)


async def fill(pilot: Pilot[None], screen: AnnotateScreen, regimen: str) -> None:
    form = screen.query_one(CaseForm)
    form.query_one("#regimen", TextArea).load_text(regimen)
    form.query_one("#modality", Select).value = "photon"
    form.query_one("#icd10", Input).value = "C61"
    await settle(pilot)
    await pilot.press("ctrl+s")
    await settle(pilot)


async def test_two_people_annotate_and_a_third_decides(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_annotation(pilot)
        await pilot.press("n", *"ada, grace", "enter")
        await settle(pilot)
        assert "were given to ada and grace" in said(screen, "notice")
        for who, regimen in (("ada", "60 Gy in 20 fractions"), ("grace", "8 Gy in 1 fraction")):
            await pilot.press("enter")
            assert isinstance(app.screen, Choose)
            await pilot.press(*who, "enter")
            await until(pilot, lambda: bool(screen.query(CaseForm)))
            await settle(pilot)
            form = screen.query_one(CaseForm)
            first = form.case["case_id"]
            assert form.query_one("#regimen", TextArea).text == ""
            assert "The record as the source had it" in said(screen, "panel")
            await fill(pilot, screen, regimen)
            await until(pilot, lambda id=first: screen.query_one(CaseForm).case["case_id"] != id)
            await pilot.press("escape")
            await settle(pilot)
        await pilot.press("g")
        await settle(pilot)
        assert "≠ regimen" in said(screen, "panel")
        await pilot.press("d")
        await until(pilot, lambda: bool(screen.query(CaseForm)))
        await settle(pilot)
        assert "≠ regimen: 8 Gy in 1 fraction, photon" in said(screen, "panel")
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert "✓ decided" in said(screen, "panel")
        await pilot.press("d")
        await settle(pilot)
        assert "Nobody differs" in said(screen, "notice")
    with opened(sample_home) as connection:
        row = connection.execute("SELECT regimen FROM cases WHERE case_id = ?", [first]).fetchone()
    assert row == ("60 Gy in 20 fractions, photon",)


@pytest.mark.parametrize("state", ["empty", "full", "form"])
def test_pictures(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str, state: str
) -> None:
    if state != "empty":
        request = actions.AssignRequest(("ada", "grace"), 10, seed=3)
        made: Any = ended(actions.assign(sample_home, request))
        with opened(sample_home) as connection:
            for table in ("annotation_batches", "annotation_cases"):
                connection.execute(
                    f"UPDATE {table} SET batch_id = 'annotate-20261124-000001' WHERE batch_id = ?",
                    [made["batch"]],
                )
        lease(sample_home).close()
    app = RadoncApp(sample_home, "cases")

    async def before(pilot: Pilot[None]) -> None:
        screen = await open_annotation(pilot)
        if state == "form":
            await pilot.press("enter", "enter")
            await until(pilot, lambda: bool(screen.query(CaseForm)))
            await settle(pilot)
        assert app.no_color == (look == "no_color")
        assert screen.table.total == (state != "empty")
        assert bool(screen.query(CaseForm)) == (state == "form")

    assert snap_compare(app, terminal_size=size, run_before=before)
