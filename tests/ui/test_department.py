"""The department's table on the screen: found, read whole, checked, signed."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.department.screen import DepartmentScreen
from radonc_tui.screens.department.signing import AskSignature
from store.audit import entries
from store.department.signatures import review_state, sign
from store.department.table import embedded_table, own_path
from store.home import Home
from tests.ui.conftest import radonc, settle

Compare = Callable[..., bool]


def screen(app: RadoncApp) -> DepartmentScreen:
    found = next(s for s in app.screen_stack if isinstance(s, DepartmentScreen))
    return found


def notice(app: RadoncApp) -> str:
    return str(screen(app).query_one("#notice", Static).content)


def names(app: RadoncApp) -> list[str]:
    return [shown.row.name for shown in screen(app).shown]


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


async def begin(pilot: Pilot[None], then: str = "") -> None:
    await settle(pilot)
    await pilot.app.run_action(f"department({then!r})")
    await settle(pilot)


async def test_rows_are_found_by_any_of_their_words(sample_home: Home) -> None:
    app = radonc(sample_home)
    async with app.run_test(size=(140, 40)) as pilot:
        await begin(pilot)
        assert len(names(app)) == len(embedded_table().rows)
        await press(pilot, "slash", *"plaque ruthenium")
        assert names(app) == []
        await press(pilot, *("backspace",) * 9, *"106", "enter")
        assert names(app) == ["retinoblastoma", "uveal-melanoma"]
        assert app.focused is screen(app).table
        heading = str(screen(app).query_one("#heading", Static).content)
        assert heading.startswith(f"2 of {len(embedded_table().rows)} rows, 0 signed by both")
        whole = str(screen(app).query_one("#row", Static).content)
        assert "45 Gy LDR temporary implant I-125, brachytherapy plaque, eye" in whole
        assert "not signed" in whole
        await press(pilot, "escape")
        assert not isinstance(app.screen, DepartmentScreen)


async def test_a_row_is_signed_by_two_persons_and_an_edit_voids_it(sample_home: Home) -> None:
    app = radonc(sample_home)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, "init")
        assert notice(app).startswith(f"✓ Edit {own_path(sample_home)}")
        await press(pilot, "s")
        assert isinstance(app.screen, AskSignature)
        await press(pilot, "enter", "enter")
        assert isinstance(app.screen, AskSignature), "a signature has a name"
        await press(pilot, *"Ann", "enter", "enter")
        assert notice(app) == "✓ Ann signed 1 row as physicist."
        await press(pilot, "s", "enter", "tab", "enter")
        assert "Ann has signed prostate-low as physicist" in notice(app)
        await press(pilot, "s", *("backspace",) * 3, *"Bob", "enter", "tab", "enter")
        assert notice(app) == "✓ Bob signed 1 row as oncologist."
        assert [s.row.name for s in screen(app).rows if s.state.signed] == ["prostate-low"]

        path = own_path(sample_home)
        path.write_text(path.read_text().replace("PACE-B; HYPO-RT-PC; ABS", "PACE-B; ABS"))
        await press(pilot, "c")
        assert "Edited since it was signed: prostate-low." in notice(app)
        assert "60 included cases" in notice(app)
        screen(app).reload()
        await settle(pilot)
        assert screen(app).rows[0].state.word == "edited since"
    with opened(sample_home) as connection:
        signed = entries(connection, "department row signed")
    assert [(e["subject"], e["after"]["name"]) for e in signed] == [
        ("prostate-low", "Ann"),
        ("prostate-low", "Bob"),
    ]


async def test_all_rows_that_are_shown_are_signed_at_once(sample_home: Home) -> None:
    app = radonc(sample_home)
    async with app.run_test(size=(140, 40)) as pilot:
        await begin(pilot)
        await press(pilot, "slash", *"melanoma", "enter", "S", *"Ann", "enter", "enter")
        assert notice(app) == "✓ Ann signed 3 rows as physicist."
        assert {row.state.word for row in screen(app).shown} == {"by physicist"}
        screen(app).query_one(Input).value = ""
        await settle(pilot)
        assert sum(row.state.physicist is not None for row in screen(app).rows) == 3


async def test_a_table_that_cannot_be_read_names_row_and_cell(sample_home: Home) -> None:
    app = radonc(sample_home)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, "init")
        path = own_path(sample_home)
        path.write_text(path.read_text().replace("low; not N+", "lowest"))
        screen(app).reload()
        await settle(pilot)
        assert "Row prostate-low of the department's table: stage: 'lowest' is not" in notice(app)
        assert names(app) == [], "what was shown before is no longer the table"
        await press(pilot, "c")
        assert notice(app).startswith("! Row prostate-low")


async def test_on_a_narrow_terminal_enter_opens_the_row(sample_home: Home) -> None:
    app = radonc(sample_home)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        detail = screen(app).query_one("#detail")
        assert not detail.display
        await press(pilot, "enter")
        assert detail.display
        assert app.focused is detail
        await press(pilot, "escape")
        assert not detail.display
        assert app.focused is screen(app).table


@pytest.mark.parametrize("step", ["table", "row", "signed", "sign", "broken"])
def test_pictures(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str, step: str
) -> None:
    app = radonc(sample_home)

    async def run(pilot: Pilot[None]) -> None:
        table = embedded_table()
        if step == "signed":
            with opened(sample_home) as connection:
                sign(connection, table, [table.rows[0].name], "physicist", "A. Physicist")
                sign(connection, table, [table.rows[0].name], "oncologist", "B. Oncologist")
                sign(connection, table, [table.rows[1].name], "oncologist", "B. Oncologist")
                connection.execute(
                    "UPDATE department_signatures SET made = TIMESTAMP '2026-11-20 08:00:00'"
                )
        await begin(pilot)
        if step == "row":
            await press(pilot, "slash", *"cervix", "enter", "enter")
        if step == "sign":
            await press(pilot, "slash", *"glioma", "enter", "S", *"A. Physicist", "enter")
        if step == "broken":
            # the sentence names a file of this machine otherwise
            path = own_path(sample_home)
            path.write_text(",".join(("row", "site")))
            screen(app).reload()
            await settle(pilot)
            assert notice(app).startswith("! The table has no column icd10.")
        if step == "signed":
            with opened(sample_home) as connection:
                states = review_state(connection, table)
            assert [states[row.name].word for row in table.rows[:3]] == [
                *("signed", "by oncologist", "by nobody"),
            ]

    assert snap_compare(app, terminal_size=size, run_before=run)
