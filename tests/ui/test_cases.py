"""The cases screen, on a sample home: found, filtered, read."""

from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.finder import MOST_SEARCHED
from radonc_tui.screens.cases.wizard import ImportWizard
from radonc_tui.widgets.dialogs import Choose
from store.case_filter import CaseFilter
from store.case_pages import PAGE
from store.case_table import count_cases, list_cases
from store.clinical.icd10 import load_codes
from store.home import Home
from tests.ui.cases_sample import area, begin, keys, press, rows, table, text
from tests.ui.conftest import settle, until
from tests.unit.case_examples import synthetic_cases, take

WIDE = (140, 40)
NARROW = (80, 24)


@pytest.fixture
def app(sample_home: Home) -> RadoncApp:
    return RadoncApp(sample_home, "cases")


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


async def test_pages_beyond_the_first_are_fetched_when_seen(home: Home, tmp_path: Path) -> None:
    with opened(home) as connection:
        take(connection, synthetic_cases(3 * PAGE + 7, load_codes(home)), tmp_path / "staged")
        last = list_cases(connection, CaseFilter(), 1000)[-1]
    app = RadoncApp(home, "cases")
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


# nothing there, something wrong


async def test_an_empty_store_offers_what_to_do(home: Home) -> None:
    app = RadoncApp(home, "cases")
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.current_mode == "welcome")
        await press(pilot, "1")
        assert "d loads the demo cases, i imports your own" in table(app).empty
        assert {"demo", "import"} <= keys(app)
        assert {"edit", "exclude", "freeze", "clear"}.isdisjoint(keys(app))
        area(app).action_freeze()
        await settle(pilot)
        assert "no included case to freeze" in text(app, "notice")


async def test_the_demo_cases_are_one_key_away(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radonc_tui.screens.cases.making.CASES", 30)
    app = RadoncApp(home, "cases")
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


async def test_the_import_opens_over_the_cases_and_esc_comes_back(app: RadoncApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, ImportWizard))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is area(app))


async def test_a_store_that_cannot_be_read_is_a_sentence(home: Home) -> None:
    home.database.write_bytes(b"no store at all" * 1000)
    app = RadoncApp(home, "cases")
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
