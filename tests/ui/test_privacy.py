"""Looking at what was left of patients' text, on the screen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from radonc_tui.actions.case_edits import edit_case
from radonc_tui.actions.privacy import privacy_sources
from radonc_tui.actions.stored import lease, opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.privacy import NOTHING, PrivacyScreen
from radonc_tui.widgets.dialogs import AskText, Confirm
from radonc_tui.widgets.window import PAGE
from store.home import Home
from tests.driven import ended
from tests.privacy.real_home import make_real_home
from tests.ui.conftest import settle, until
from tests.ui.sample import copy_home

Compare = Callable[..., bool]
MANY = 420
"""A third of them are doubtful: 140, and a page has 128."""


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once, with ids that a picture may show; tests get copies."""
    return _with_ids(make_real_home(tmp_path_factory.mktemp("real")))


@pytest.fixture(scope="module")
def many_master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With more doubtful cases than there are on a page."""
    return _with_ids(make_real_home(tmp_path_factory.mktemp("many"), cases=MANY))


def _with_ids(path: Path) -> Path:
    home = Home(path)
    with opened(home) as connection:
        connection.execute(
            "UPDATE cases SET case_id = 'case-' || lpad(row_number::VARCHAR, 12, '0')"
        )
    lease(home).close()
    return path


@pytest.fixture
def many(many_master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("RADONC_HOME", str(tmp_path / "home"))
    home = copy_home(Home(many_master), tmp_path / "home")
    yield home
    lease(home).close()


@pytest.fixture
def real(master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("RADONC_HOME", str(tmp_path / "home"))
    home = copy_home(Home(master), tmp_path / "home")
    yield home
    lease(home).close()


async def open_privacy(pilot: Pilot[None]) -> PrivacyScreen:
    app = pilot.app
    assert isinstance(app, RadoncApp)
    await until(pilot, lambda: app.told.cases != "")
    await settle(pilot)
    await pilot.press("p")
    await until(pilot, lambda: isinstance(app.screen, PrivacyScreen))
    await settle(pilot)
    assert isinstance(app.screen, PrivacyScreen)
    return app.screen


def said(screen: PrivacyScreen, name: str) -> str:
    return str(screen.query_one(f"#{name}", Static).content)


async def test_a_word_is_redacted_and_the_source_confirmed(real: Home) -> None:
    app = RadoncApp(real, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_privacy(pilot)
        assert said(screen, "heading") == "table: 30 of 30 cases wait, 10 doubtful"
        assert screen.table.row is not None
        assert screen.table.row["whole"]["doubts"] == [
            "'Grace' is a word that is also a first name"
        ]
        await pilot.press("x")
        assert isinstance(app.screen, AskText)
        await pilot.press("enter")
        await settle(pilot)
        assert "taken out of case-" in said(screen, "notice")
        assert said(screen, "heading") == "table: 30 of 30 cases wait, 9 doubtful"
        await pilot.press("y")
        assert isinstance(app.screen, Confirm)
        await pilot.press("n")
        await settle(pilot)
        assert not ended(privacy_sources(real))[0]["confirmed"]
        await pilot.press("y", "y")
        await settle(pilot)
        assert said(screen, "heading") == "table: confirmed, 30 cases"
        await pilot.press("escape")
        await settle(pilot)
        assert not isinstance(app.screen, PrivacyScreen)
    assert ended(privacy_sources(real))[0]["confirmed"]


async def test_words_that_are_not_there_are_said(real: Home) -> None:
    app = RadoncApp(real, "cases")
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await open_privacy(pilot)
        await pilot.press("x")
        await pilot.press("ctrl+u", *"Quetzal", "enter")
        await settle(pilot)
        assert said(screen, "notice").startswith("! The words are not in case-")


async def test_what_was_not_shown_is_not_confirmed(many: Home) -> None:
    app = RadoncApp(many, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_privacy(pilot)
        below = screen.table.total - PAGE
        assert screen.table.total > MANY // 3 > PAGE
        assert said(screen, "heading") == (
            f"table: {MANY} of {MANY} cases wait, {MANY // 3} doubtful, {below} further down"
        )
        await pilot.press("y")
        assert app.screen is screen
        assert f"{below} cases further down were not shown yet" in said(screen, "notice")
        await pilot.press("end")
        await settle(pilot)
        assert screen.table.row is not None
        assert (
            said(screen, "heading") == f"table: {MANY} of {MANY} cases wait, {MANY // 3} doubtful"
        )
        await pilot.press("y", "y")
        await settle(pilot)
        assert said(screen, "heading") == f"table: confirmed, {MANY} cases"


async def test_an_edited_case_waits_on_the_screen_and_says_why(real: Home) -> None:
    app = RadoncApp(real, "cases")
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await open_privacy(pilot)
        await pilot.press("y", "y")
        await settle(pilot)
        case_id = "case-000000000004"
        ended(edit_case(real, case_id, {"target": "node of Ferenc Kőszegi"}))
        screen.reload()
        await settle(pilot)
        assert said(screen, "heading") == "table: 1 of 30 cases wait, 1 doubtful"
        assert screen.table.row is not None
        assert screen.table.row["whole"]["case_id"] == case_id
        shown = app.export_screenshot()
        assert "a&#160;person&#160;typed&#160;text" in shown
        assert "node&#160;of&#160;[name]" in shown


def test_pictures_of_what_was_not_shown(
    many: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    app = RadoncApp(many, "cases")

    async def before(pilot: Pilot[None]) -> None:
        screen = await open_privacy(pilot)
        await pilot.press("y")
        assert "not shown yet" in said(screen, "notice")
        assert app.no_color == (look == "no_color")

    assert snap_compare(app, terminal_size=size, run_before=before)


def test_pictures_of_what_waits(
    real: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    app = RadoncApp(real, "cases")

    async def before(pilot: Pilot[None]) -> None:
        screen = await open_privacy(pilot)
        assert app.no_color == (look == "no_color")
        assert screen.table.row is not None

    assert snap_compare(app, terminal_size=size, run_before=before)


def test_pictures_of_a_confirmed_source(
    real: Home, snap_compare: Compare, size: tuple[int, int]
) -> None:
    app = RadoncApp(real, "cases")

    async def before(pilot: Pilot[None]) -> None:
        screen = await open_privacy(pilot)
        await pilot.press("y", "y")
        await settle(pilot)
        assert screen.looked["confirmed"]

    assert snap_compare(app, terminal_size=size, run_before=before)


async def test_synthetic_cases_wait_for_nobody(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_privacy(pilot)
        assert screen.table.empty == NOTHING
        await pilot.press("x", "y", "s")
        assert app.screen is screen
