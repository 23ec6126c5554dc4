"""The quarantine on the screen: found by reason, put right, taken in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from radonc_tui.actions.cases import ImportRequest, import_cases
from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.form import CaseForm
from radonc_tui.screens.cases.rejects import RejectsScreen
from radonc_tui.widgets.dialogs import Choose
from store.home import Home
from tests.driven import ended
from tests.ui.conftest import settle, until

Compare = Callable[..., bool]


async def open_rejects(pilot: Pilot[None]) -> RejectsScreen:
    app = pilot.app
    assert isinstance(app, RadoncApp)
    await until(pilot, lambda: app.told.cases != "")
    await settle(pilot)
    await pilot.press("r")
    await until(pilot, lambda: isinstance(app.screen, RejectsScreen))
    await settle(pilot)
    assert isinstance(app.screen, RejectsScreen)
    return app.screen


def said(screen: RejectsScreen, name: str) -> str:
    return str(screen.query_one(f"#{name}", Static).content)


async def test_a_reject_is_put_right_and_taken_in(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_rejects(pilot)
        total = sum(screen.counts.values())
        assert said(screen, "heading") == f"{total:,} rejects"
        await pilot.press("f")
        assert isinstance(app.screen, Choose)
        await pilot.press(*"unreadable", "enter")
        await settle(pilot)
        assert said(screen, "heading") == f"2 of {total} rejects: regimen unreadable"
        await pilot.press("e")
        await settle(pilot)
        form = screen.query_one(CaseForm)
        form.query_one("#regimen", TextArea).load_text("as usual")
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert "still no case" in str(form.query_one("#refusal", Static).content)
        form.query_one("#regimen", TextArea).load_text("50 Gy in 25")
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert "was taken in" in said(screen, "notice")
        assert sum(screen.counts.values()) == total - 1
        await pilot.press("escape")
        await until(pilot, lambda: app.told.cases == "61 cases")


async def test_a_form_is_left_without_a_change(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await open_rejects(pilot)
        await pilot.press("e")
        await settle(pilot)
        assert not screen.query_one(CaseForm).changes()
        await pilot.press("escape")
        await settle(pilot)
        assert not screen.query(CaseForm)
        assert screen.table.has_focus


@pytest.fixture
def nameless(home: Home, tmp_path: Path) -> Home:
    """A home with a record that names no patient."""
    file = tmp_path / "cases.csv"
    file.write_text(
        "MRN,Diagnosis,Prescription,ICD10,Modality\n"
        "1,Prostate cancer,60 Gy in 20,C61,photon\n"
        ",Prostate cancer of cT1c,60 Gy in 20,C61,photon\n"
    )
    ended(import_cases(home, ImportRequest((file,))))
    with opened(home) as connection:
        # an id that a picture may show
        connection.execute("UPDATE rejects SET reject_id = 'reject-000000000000'")
    return home


async def test_a_record_without_a_patient_gets_one_that_nobody_sees(nameless: Home) -> None:
    app = RadoncApp(nameless, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_rejects(pilot)
        await pilot.press("e")
        await settle(pilot)
        form = screen.query_one(CaseForm)
        field = form.query_one("#patient", Input)
        assert field.password
        assert field.has_focus
        await pilot.press(*"MRN-990077")
        assert "990077" not in app.export_screenshot()
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert "was taken in" in said(screen, "notice")
        assert screen.counts == {}
    with opened(nameless) as connection:
        log = connection.execute("SELECT * FROM audit_log").fetchall()
        events = connection.execute("SELECT * FROM case_events").fetchall()
        patients = connection.execute("SELECT count(DISTINCT patient) FROM cases").fetchone()
    assert patients == (2,)
    assert "990077" not in str((log, events))


async def test_a_record_with_a_patient_has_no_field_for_one(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_rejects(pilot)
        await pilot.press("e")
        await settle(pilot)
        row = screen.table.row
        assert row is not None
        assert bool(screen.query("#patient")) is not bool(row["patient"])


def test_pictures_of_a_record_without_a_patient(
    nameless: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    app = RadoncApp(nameless, "cases")

    async def before(pilot: Pilot[None]) -> None:
        screen = await open_rejects(pilot)
        await pilot.press("e")
        await settle(pilot)
        assert screen.query("#patient")
        assert app.no_color == (look == "no_color")

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("state", ["full", "form", "empty"])
def test_pictures(
    request: pytest.FixtureRequest,
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    state: str,
) -> None:
    home: Home = request.getfixturevalue("home" if state == "empty" else "sample_home")
    app = RadoncApp(home, "cases")

    async def before(pilot: Pilot[None]) -> None:
        if state == "empty":
            await until(pilot, lambda: app.current_mode == "welcome")
            await pilot.press("1")
        screen = await open_rejects(pilot)
        if state == "form":
            await pilot.press("e")
            await settle(pilot)
        assert app.no_color == (look == "no_color")
        assert bool(screen.query(CaseForm)) == (state == "form")
        assert (screen.table.total == 0) == (state == "empty")

    assert snap_compare(app, terminal_size=size, run_before=before)
