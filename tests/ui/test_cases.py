"""The cases screen, on a sample home: found, read, put right, taken back, frozen."""

import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static, TextArea

from radonc_tui.actions.cases import Found, find_cases
from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.stored import lease, opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.area import CasesArea
from radonc_tui.screens.cases.finder import MOST_SEARCHED
from radonc_tui.screens.cases.form import CaseForm
from radonc_tui.screens.cases.freeze import FreezeDialog
from radonc_tui.screens.cases.state import Panel
from radonc_tui.screens.cases.wizard import ImportWizard
from radonc_tui.widgets.dialogs import AskText, Choose, Confirm
from radonc_tui.widgets.window import WindowTable
from store.case_filter import CaseFilter
from store.case_pages import PAGE
from store.case_table import count_cases, list_cases
from store.clinical.icd10 import load_codes
from store.datasets import list_datasets
from store.errors import RadoncError
from store.home import Home
from tests.ui.conftest import settle, until
from tests.unit.case_examples import synthetic_cases, take

Compare = Callable[..., bool]
WIDE = (140, 40)
NARROW = (80, 24)


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


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The case under the cursor is fetched without waiting for the cursor to rest."""
    monkeypatch.setattr("radonc_tui.screens.cases.area.REST_SECONDS", 0.001)


@pytest.fixture
def app(sample_home: Home) -> Generator[RadoncApp]:
    yield RadoncApp(sample_home, "cases")
    lease(sample_home).close()


# finding


async def test_a_wide_screen_shows_the_case_beside_the_table(app: RadoncApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await begin(pilot)
        first, second = rows(app)[:2]
        assert text(app, "heading") == "60 cases, synthetic"
        assert table(app).total == 60
        assert first["case_id"] in text(app, "case")
        await press(pilot, "j")
        shown = text(app, "case")
        for value in (second["diagnosis"][:30], second["icd10"], "SYNTHETIC", "Source row"):
            assert value in shown


async def test_a_narrow_screen_opens_the_case_over_the_table(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        first, second = rows(app)[:2]
        assert not area(app).query_one("#detail").display
        await press(pilot, "enter")
        assert not area(app).finder.display
        assert first["case_id"] in text(app, "case")
        await press(pilot, "right")
        assert second["case_id"] in text(app, "case")
        await press(pilot, "left", "escape")
        assert area(app).finder.display
        assert table(app).has_focus
        assert table(app).cursor == 0


async def test_each_key_of_a_search_narrows_and_c_clears(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        with opened(app.home) as connection:
            lungs = count_cases(connection, CaseFilter("lung photon"))
        assert 0 < lungs < 60
        assert "clear" not in keys(app)
        await press(pilot, "slash", *"lung photon")
        assert table(app).total == lungs
        assert text(app, "heading") == f"{lungs} cases, synthetic"
        await press(pilot, *" nowhere")
        assert table(app).total == 0
        assert "c clears search and filters" in table(app).empty
        await press(pilot, "enter")
        assert table(app).has_focus
        await press(pilot, "c")
        assert table(app).total == 60
        assert area(app).query_one("#search", Input).value == ""


async def test_the_last_of_many_quick_keys_is_what_is_shown(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        await pilot.press("slash", *"breast", *["backspace"] * 6, *"prostate")
        await until(pilot, lambda: text(app, "heading") == "8 cases, synthetic")
        await settle(pilot)
        row = table(app).row
        assert row is not None
        assert "prostate" in row["whole"]["site"]
        assert text(app, "heading") == "8 cases, synthetic"


async def test_filters_are_chosen_with_counts_and_shown_as_chips(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        await press(pilot, "f", *"site", "enter")
        assert isinstance(app.screen, Choose)
        assert dict(app.screen.options)["=lung"].split() == ["lung", "14"]
        await press(pilot, *"lung", "enter")
        assert table(app).total == 14
        assert text(app, "chips") == "site: lung  ·  c clears"
        await press(pilot, "f", *"split", "enter")
        assert isinstance(app.screen, Choose)
        assert sum(int(label.split()[-1]) for _, label in app.screen.options) == 14
        await press(pilot, *"test", "enter")
        assert text(app, "chips") == "site: lung  ·  split: test  ·  c clears"
        row = table(app).row
        assert row is not None
        assert (row["whole"]["site"], row["whole"]["split"]) == ("lung", "test")
        await press(pilot, "f", *"site", "enter", *"any", "enter")
        assert text(app, "chips") == "split: test  ·  c clears"
        await press(pilot, "c")
        assert table(app).total == 60
        assert not area(app).query_one("#chips").display


async def test_pages_beyond_the_first_are_fetched_when_seen(ui_home: Home, tmp_path: Path) -> None:
    with opened(ui_home) as connection:
        take(connection, synthetic_cases(3 * PAGE + 7, load_codes(ui_home)), tmp_path / "staged")
        last = list_cases(connection, CaseFilter(), 1000)[-1]
    app = RadoncApp(ui_home, "cases")
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        await press(pilot, "end")
        await until(pilot, lambda: table(app).row is not None)
        row = table(app).row
        assert row is not None
        assert row["case_id"] == last["case_id"]
        await press(pilot, "home", "enter")
        assert rows(app)[0]["case_id"] in text(app, "case")


async def test_another_screen_can_name_a_case(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        wanted = rows(app)[37]["case_id"]
        app.show_case(wanted)
        await begin(pilot)
        assert wanted in text(app, "case")
        assert area(app).case_id == wanted
        await press(pilot, "escape", "c")
        assert table(app).total == 60


async def test_the_funnel_is_drawn_with_the_count_of_each_step(app: RadoncApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await begin(pilot)
        await press(pilot, "u")
        panel = area(app).query_one("#funnel")
        assert panel.display
        assert "72 read = 60 cases + 12 rejects" in text(app, "counts")
        drawn = "\n".join(
            "".join(segment.text for segment in strip)
            for strip in app.screen._compositor.render_strips()
        )
        for step in ("extracted 72", "annotated 60", "included 60", "█"):
            assert step in drawn
        await press(pilot, "u")
        assert not panel.display


# putting right


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


# nothing there, something wrong


async def test_an_empty_store_offers_what_to_do(ui_home: Home) -> None:
    app = RadoncApp(ui_home, "cases")
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.current_mode == "welcome")
        await press(pilot, "1")
        assert "d loads the demo cases, i imports your own" in table(app).empty
        assert {"demo", "import"} <= keys(app)
        assert {"edit", "exclude", "freeze", "clear"}.isdisjoint(keys(app))
        area(app).action_freeze()
        await settle(pilot)
        assert "no included case to freeze" in text(app, "notice")


async def test_the_demo_cases_are_one_key_away(
    ui_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radonc_tui.screens.cases.making.CASES", 30)
    app = RadoncApp(ui_home, "cases")
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.current_mode == "welcome")
        await press(pilot, "1", "d")
        await until(pilot, lambda: "30 synthetic cases are new" in text(app, "notice"), 60)
        await settle(pilot)
        assert text(app, "heading") == "30 cases, synthetic"
        assert "demo" not in keys(app)
        area(app).action_demo()
        await until(pilot, lambda: "they were there already" in text(app, "notice"), 60)
        assert table(app).total == 30
    lease(ui_home).close()


async def test_the_import_opens_over_the_cases_and_esc_comes_back(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, ImportWizard))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is area(app))


async def test_a_store_that_cannot_be_read_is_a_sentence(ui_home: Home) -> None:
    ui_home.database.write_bytes(b"no store at all" * 1000)
    app = RadoncApp(ui_home, "cases")
    async with app.run_test(size=NARROW) as pilot:
        await settle(pilot)
        assert "cannot be opened" in text(app, "notice")
        assert "Restore it from a backup" in text(app, "notice")
        assert table(app).empty == "The cases could not be read."
        await press(pilot, "slash", *"x", "escape", "f", "escape")
        assert app.is_running


async def test_a_megabyte_in_the_search_is_a_sentence_and_the_screen_goes_on(
    app: RadoncApp,
) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        search = area(app).query_one("#search", Input)
        search.focus()
        search.post_message(Paste("word " * 200_000))
        await settle(pilot)
        assert len(search.value) <= MOST_SEARCHED
        search.value = " ".join(f"word{n}" for n in range(100_000))
        await until(pilot, lambda: "at most" in text(app, "notice"))
        assert table(app).empty == "The cases could not be read."
        await press(pilot, "escape", "c")
        assert table(app).total == 60
        assert text(app, "notice") == ""


# pictures

STEPS: dict[str, tuple[tuple[str, ...], ...]] = {
    "detail": (("enter",),),
    "edit": (("e",),),
    "codes": (("a",), ("tab", "tab", *"left breast upper")),
    "funnel": (("u",),),
    "filter": (("f",), (*"site", "enter")),
    "filtered": (("f",), (*"site", "enter"), ("enter",), ("slash", *"left")),
    "exclude": (("x",),),
    "freeze": (("z",),),
}
"""The keys of each, together where nothing has to arrive in between."""


async def walk(pilot: Pilot[None], *steps: tuple[str, ...]) -> None:
    await begin(pilot)
    for together in steps:
        await press(pilot, *together)


def test_pictures_of_the_full_table(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    app = RadoncApp(sample_home, "cases")

    async def run(pilot: Pilot[None]) -> None:
        await walk(pilot)
        assert table(app).total == 60

    assert snap_compare(app, terminal_size=size, run_before=run)


@pytest.mark.parametrize("step", STEPS)
def test_pictures_of_each_step(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], step: str
) -> None:
    app = RadoncApp(sample_home, "cases")

    async def run(pilot: Pilot[None]) -> None:
        await walk(pilot, *STEPS[step])
        assert table(app).row is not None

    assert snap_compare(app, terminal_size=size, run_before=run)


@pytest.mark.parametrize("state", ["empty", "error"])
def test_pictures_where_there_is_nothing(
    ui_home: Home, snap_compare: Compare, size: tuple[int, int], look: str, state: str
) -> None:
    app = RadoncApp(ui_home, "cases")

    async def run(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.current_mode == "welcome")
        await press(pilot, "1")
        assert "No cases yet" in table(app).empty
        if state == "error":
            area(app).finder.not_found(RadoncError("The store is damaged.", "Restore it."))
            await settle(pilot)
            assert text(app, "notice") == "! The store is damaged. Restore it."

    assert snap_compare(app, terminal_size=size, run_before=run)


def test_pictures_while_the_store_answers(
    sample_home: Home,
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()

    def slow(home: Home, chosen: CaseFilter) -> Action[Found]:
        while not answered.wait(0.02):
            yield Progress("look")
        return (yield from find_cases(home, chosen))

    monkeypatch.setattr("radonc_tui.actions.cases.find_cases", slow)
    app = RadoncApp(sample_home, "cases")

    async def run(pilot: Pilot[None]) -> None:
        try:
            await until(pilot, lambda: app.told.cases == "60 cases")
            assert text(app, "heading") == "…"
            assert table(app).empty == "Looking…"
        except BaseException:
            answered.set()
            raise

    def picture(**options: Any) -> str:
        # the store answers once the picture is taken, so that the app can end
        taken = RadoncApp.export_screenshot(app, **options)
        answered.set()
        return taken

    monkeypatch.setattr(app, "export_screenshot", picture)
    assert snap_compare(app, terminal_size=size, run_before=run)
