"""Cases put right on their screen, taken back, excluded and frozen."""

import pytest
from textual.widgets import Input, OptionList, Static, TextArea

from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.form import CaseForm
from radonc_tui.screens.cases.freeze import FreezeDialog
from radonc_tui.screens.cases.state import Panel
from radonc_tui.widgets.dialogs import AskText, Choose, Confirm
from store.datasets import list_datasets
from store.home import Home
from tests.ui.cases_sample import area, begin, keys, press, rows, table, text
from tests.ui.conftest import settle, until

WIDE = (140, 40)
NARROW = (80, 24)


@pytest.fixture
def app(sample_home: Home) -> RadoncApp:
    return RadoncApp(sample_home, "cases")


async def test_a_code_found_by_words_is_kept_and_can_be_taken_back(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        before = rows(app)[0]
        await press(pilot, "e")
        form = app.screen.query_one(CaseForm)
        form.query_one("#icd10").focus()
        await press(pilot, *"malig lung left lower")
        options = form.query_one("#found", OptionList)
        assert str(options.get_option_at_index(0).prompt).startswith("C34.32")
        await press(pilot, "enter")
        assert form.query_one("#icd10", Input).value == "C34.32"
        assert "lower lobe, left" in str(form.query_one("#code-meaning", Static).content)
        form.query_one("#reason").focus()
        await press(pilot, *"wrong lobe", "enter")
        assert not area(app).query(CaseForm)
        after = rows(app)[0]
        assert (after["icd10"], after["regimen"]) == ("C34.32", before["regimen"])
        assert "edited: wrong lobe" in text(app, "notice")
        shown = text(app, "case")
        assert f"icd10: {before['icd10']} → C34.32" in shown
        assert "edited: wrong lobe" in shown
        await press(pilot, "ctrl+z")
        assert {**rows(app)[0], "search": 0} == {**before, "search": 0}
        assert "undid change" in text(app, "notice")
        await press(pilot, "ctrl+z")
        assert "Nothing was changed" in text(app, "notice")


async def test_a_refusal_is_said_in_the_form_and_loses_nothing(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        before = rows(app)[0]
        await press(pilot, "a")
        form = app.screen.query_one(CaseForm)
        assert not form.query("#site"), "to annotate is about the three answers"
        form.query_one("#regimen", TextArea).text = "as discussed"
        await press(pilot, "ctrl+s")
        refusal = str(form.query_one("#refusal", Static).content)
        assert "Write it as in: 60 Gy in 30 fractions" in refusal
        assert form.query_one("#regimen", TextArea).text == "as discussed"
        await press(pilot, "escape")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "n")
        assert area(app).query(CaseForm)
        await press(pilot, "escape", "y")
        assert not area(app).query(CaseForm)
        assert rows(app)[0] == before


async def test_annotating_confirms_without_a_change_and_marks_the_case(app: RadoncApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await begin(pilot)
        await press(pilot, "a", "ctrl+s")
        assert rows(app)[0]["annotated"] is True
        row = table(app).row
        assert row is not None
        assert row["mark"] == "✓"
        assert "✓ annotated" in text(app, "case")
        await press(pilot, "e", "ctrl+s")
        assert "Nothing is changed yet" in str(app.screen.query_one("#refusal", Static).content)
        await press(pilot, "escape")
        assert not area(app).query(CaseForm)


async def test_keys_of_the_table_do_nothing_while_a_form_is_open(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        await press(pilot, "a")
        area(app).query_one("#modality").focus()
        await press(pilot, "u")
        assert area(app).panel is Panel.FORM
        assert {"funnel", "exclude", "freeze", "edit"}.isdisjoint(keys(app))
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        await pilot.resize_terminal(140, 40)
        await settle(pilot)
        assert area(app).query_one(CaseForm).display
        assert area(app).finder.display


async def test_leaving_asks_about_a_case_that_was_changed(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        await press(pilot, "e")
        area(app).query_one("#site", Input).value = "elsewhere"
        await press(pilot, "ctrl+q")
        assert isinstance(app.screen, Confirm)
        assert "what you changed in the case" in app.screen.question
        await press(pilot, "n")
        assert area(app).query_one("#site", Input).value == "elsewhere"
        area(app).query_one("#modality").focus()
        await press(pilot, "2", "q")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "y")
    assert app.return_code == 0


@pytest.mark.parametrize("coded", [True, False])
async def test_a_case_is_excluded_for_a_reason_and_included_again(
    app: RadoncApp, coded: bool
) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        first = rows(app)[0]
        assert "include" not in keys(app)
        await press(pilot, "x")
        assert isinstance(app.screen, Choose)
        if coded:
            await press(pilot, *"consent", "enter")
        else:
            await press(pilot, *"own words", "enter")
            assert isinstance(app.screen, AskText)
            await press(pilot, *"seen twice", "enter")
        assert rows(app)[0]["status"] == "excluded"
        assert ("excluded: consent" if coded else "excluded: seen twice") in text(app, "notice")
        row = table(app).row
        assert row is not None
        assert (row["case_id"], row["mark"]) == (first["case_id"], row["mark"])
        assert str(row["mark"]) == "✗"
        assert "exclude" not in keys(app)
        await press(pilot, "x")
        assert rows(app)[0]["status"] == "included"
        await press(pilot, "x", "escape")
        assert rows(app)[0]["status"] == "included"


async def test_undo_reaches_a_case_that_its_change_moved_out_of_the_filter(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        first = rows(app)[0]["case_id"]
        await press(pilot, "f", *"status", "enter", "enter")
        await press(pilot, "x", *"consent", "enter")
        assert table(app).total == 59
        assert area(app).case_id != first
        await press(pilot, "ctrl+z")
        assert first in text(app, "notice")
        assert table(app).total == 60
        assert area(app).case_id == first


async def test_changes_asked_for_too_quickly_are_made_one_by_one(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        before = rows(app)[0]
        for _ in range(3):
            await press(pilot, "a", "ctrl+s")
        await press(pilot, *["ctrl+z"] * 9)
        while "Nothing was changed" not in text(app, "notice"):
            await press(pilot, "ctrl+z")
        assert rows(app)[0] == before
        assert area(app).changed_ids == []


# freezing


async def test_a_split_is_previewed_and_frozen(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        await press(pilot, "x", *"consent", "enter")
        await press(pilot, "z")
        dialog = app.screen
        assert isinstance(dialog, FreezeDialog)
        preview = dialog.query_one("#preview", Static)
        shown = str(preview.content)
        assert "59 cases (synthetic)" in shown
        assert "1 excluded by hand" in shown
        dialog.query_one("#test", Input).value = "many"
        await settle(pilot)
        assert "'many' is not a share such as 0.2" in str(preview.content)
        await press(pilot, "ctrl+s")
        assert app.screen is dialog
        dialog.query_one("#test", Input).value = "1.5"
        await settle(pilot)
        assert "leave nothing to train on" in str(preview.content)
        dialog.query_one("#test", Input).value = "0.4"
        await settle(pilot)
        assert str(preview.content) != shown
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: "is frozen" in text(app, "notice"))
        await settle(pilot)
        with opened(app.home) as connection:
            made = list_datasets(connection)[-1]
        assert made["rules"]["test"] == 0.4
        assert made["card"]["excluded"] == 1
        assert made["dataset_id"] in text(app, "notice")
        row = table(app).row
        assert row is not None
        assert row["whole"]["split"] == "none"
