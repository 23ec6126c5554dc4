"""The list of what is to be looked at: shown, worked through, left."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.inconsistencies import ChecksPanel
from radonc_tui.screens.cases.state import Panel
from store.case_table import show_case
from store.home import Home
from tests.ui.cases_sample import area, begin, keys, press, rows, table

Compare = Callable[..., bool]


@pytest.fixture
def spoiled(sample_home: Home) -> list[str]:
    """Three cases of the sample: one leaks, one has an age and one a site that cannot be."""
    with opened(sample_home) as connection:
        found = connection.execute("SELECT case_id FROM cases ORDER BY seq LIMIT 3").fetchall()
        leaks, old, elsewhere = (str(row[0]) for row in found)
        plan = "diagnosis || '; plan: ' || regimen"
        connection.execute(f"UPDATE cases SET diagnosis = {plan} WHERE case_id = ?", [leaks])
        connection.execute("UPDATE cases SET age = 119 WHERE case_id = ?", [old])
        connection.execute("UPDATE cases SET site = 'thyroid' WHERE case_id = ?", [elsewhere])
    return [leaks, old, elsewhere]


def panel(app: RadoncApp) -> ChecksPanel:
    return area(app).query_one(ChecksPanel)


def listed(app: RadoncApp) -> list[str]:
    table = panel(app).table
    found = [table._row(n) for n in range(table.total)]  # pyright: ignore[reportPrivateUsage]
    return [row["key"] for row in found if row]


async def test_the_list_is_worked_through(sample_home: Home, spoiled: list[str]) -> None:
    leaks, old, elsewhere = spoiled
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(140, 40)) as pilot:
        await begin(pilot)
        await press(pilot, "v")
        assert area(app).panel is Panel.CHECKS
        assert set(listed(app)) == {
            "own_dose_in_text",
            "treatment_note",
            "site_code",
            "age_setting",
        }
        assert listed(app)[0] == "own_dose_in_text"
        assert "accept" not in keys(app), "a leak is edited or excluded"

        await press(pilot, "x")
        await press(pilot, "enter")
        with opened(sample_home) as connection:
            assert show_case(connection, leaks)["status"] == "excluded"
        assert "own_dose_in_text" not in listed(app)

        await press(pilot, "home")
        assert area(app).case_id == elsewhere
        await press(pilot, "o", *"checked", "enter")
        assert listed(app) == ["age_setting"]
        assert "1 accepted" in str(panel(app).query_one("#checked", Static).content)

        await press(pilot, "enter")
        assert area(app).panel is Panel.DETAIL
        assert area(app).case_id == old
        assert table(app).total == 1
        await press(pilot, "v")
        assert area(app).panel is Panel.CHECKS
        await press(pilot, "v")
        assert area(app).panel is Panel.NONE
        assert len(rows(app)) == 60


async def test_a_home_without_contradictions_says_so(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await press(pilot, "v")
        assert panel(app).table.total == 0
        assert "0 of 60" in str(panel(app).query_one("#checked", Static).content)
        assert not area(app).case_id
        await press(pilot, "escape")
        assert area(app).panel is Panel.NONE
        assert area(app).case_id


def same_texts(home: Home) -> None:
    """Every case says the same, in more words than may be equal on both sides."""
    with opened(home) as connection:
        text = " ".join(f"finding{number}" for number in range(60))
        connection.execute("UPDATE cases SET diagnosis = ?", [text])


async def test_what_leaks_between_the_parts_of_a_split_is_listed(sample_home: Home) -> None:
    same_texts(sample_home)
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        area(app).action_leakage()
        await press(pilot)
        held = len(listed(app))
        assert set(listed(app)) <= {"near_duplicate", "same_person_two_keys"}
        assert 5 < held < 25, "one for each case of test"
        await press(pilot, "x", "enter")
        assert area(app).panel is Panel.CHECKS


@pytest.mark.usefixtures("spoiled")
def test_pictures_of_the_list(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    app = RadoncApp(sample_home, "cases")

    async def run(pilot: Pilot[None]) -> None:
        await begin(pilot)
        await press(pilot, "v")
        await press(pilot, "down", "down")
        assert panel(app).finding is not None

    assert snap_compare(app, terminal_size=size, run_before=run)


@pytest.mark.parametrize("state", ["leaks", "none"])
def test_pictures_of_what_leaks_between_parts(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str, state: str
) -> None:
    if state == "leaks":
        same_texts(sample_home)
    app = RadoncApp(sample_home, "cases")

    async def run(pilot: Pilot[None]) -> None:
        await begin(pilot)
        area(app).action_leakage()
        await press(pilot)
        assert area(app).panel is Panel.CHECKS
        if state == "leaks":
            await press(pilot, "down")
            assert panel(app).finding is not None
            assert set(listed(app)) <= {"near_duplicate", "same_person_two_keys"}
        else:
            assert listed(app) == []
        assert app.no_color == (look == "no_color")

    assert snap_compare(app, terminal_size=size, run_before=run)
