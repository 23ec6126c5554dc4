"""The rules of imports and of data sets are read and changed from the cases screen."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.widgets.dialogs import AskText, Choose
from store import import_rules
from store.home import Home
from store.selection import current
from tests.ui.cases_sample import area, begin, press, text

Compare = Callable[..., bool]


async def test_a_bound_and_a_switch_are_changed(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        area(app).action_rules()
        await press(pilot)
        assert isinstance(app.screen, Choose)
        await press(pilot, *"repaired", "enter")
        assert "repaired is off" in text(app, "notice")
        area(app).action_rules()
        await press(pilot)
        await press(pilot, *"lowest age", "enter")
        assert isinstance(app.screen, AskText)
        await press(pilot, "backspace", *"50", "enter")
        with opened(sample_home) as connection:
            now = current(connection)
        assert (now["repaired"], now["youngest"]) == (0, 50)
        area(app).action_rules()
        await press(pilot)
        await press(pilot, *"lowest age", "enter")
        await press(pilot, *"x", "enter")
        assert "is no value of youngest" in text(app, "notice")


@pytest.mark.parametrize("state", ["list", "found", "value"])
def test_pictures(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str, state: str
) -> None:
    app = RadoncApp(sample_home, "cases")

    async def before(pilot: Pilot[None]) -> None:
        await begin(pilot)
        area(app).action_rules()
        await press(pilot)
        assert isinstance(app.screen, Choose)
        assert len(app.screen.options) > 5
        if state != "list":
            await press(pilot, *"lowest")
        if state == "value":
            await press(pilot, "enter")
            assert isinstance(app.screen, AskText)
            assert float(app.screen.query_one(Input).value) >= 0
        assert app.no_color == (look == "no_color")

    assert snap_compare(app, terminal_size=size, run_before=before)


async def test_rules_of_an_import_are_changed_beside_them(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        for typed, said in (
            ("patient", "patient_diagnoses is linked, for the imports from now on."),
            ("who's", "accept_who_codes is off, for the imports from now on."),
        ):
            area(app).action_rules()
            await press(pilot)
            await press(pilot, *typed, "enter")
            assert said in text(app, "notice")
        area(app).action_rules()
        await press(pilot)
        await press(pilot, *"highest phase", "enter")
        assert isinstance(app.screen, AskText)
        await press(pilot, "ctrl+u", *"120", "enter")
        with opened(sample_home) as connection:
            now = import_rules.current(connection)
        assert now.changed == {
            "patient_diagnoses": "linked",
            "accept_who_codes": False,
            "most_gy": 120.0,
        }
