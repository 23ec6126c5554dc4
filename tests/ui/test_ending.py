"""How the program ends: in the middle of whatever is being opened, and by a mistake of its own."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.screen import Screen

from radonc_tui.app import RadoncApp
from radonc_tui.commands import MODES
from radonc_tui.screens.cases.annotating import AnnotateScreen
from radonc_tui.screens.cases.freeze import FreezeDialog
from radonc_tui.screens.cases.privacy import PrivacyScreen
from radonc_tui.screens.cases.rejects import RejectsScreen
from radonc_tui.screens.cases.wizard import ImportWizard
from radonc_tui.screens.doctor import DoctorScreen
from radonc_tui.screens.models.adding import AskFolder
from radonc_tui.screens.models.quants import AskQuants
from radonc_tui.screens.predict.files import AskFiles
from radonc_tui.widgets.dialogs import AskText, Busy, Choose, Confirm, Problem
from radonc_tui.widgets.help import HelpScreen
from store.errors import RadoncError
from store.home import Home
from tests.ui.conftest import settle

Compose = Callable[[Home], Screen[Any]]
ERROR = RadoncError("The store is in use.", "Wait for it.")
OPENED: dict[str, Compose] = {
    "annotate": lambda _: AnnotateScreen(),
    "busy": lambda _: Busy(ERROR, 3),
    "choose": lambda _: Choose("Which?", [("a", "the first"), ("b", "the second")]),
    "confirm": lambda _: Confirm("Is it so?"),
    "doctor": lambda _: DoctorScreen(),
    "files": lambda _: AskFiles(),
    "folder": lambda _: AskFolder(),
    "freeze": lambda home: FreezeDialog(home, ["synthetic"], False),
    "help": lambda _: HelpScreen("Help.", {}),
    "import": lambda _: ImportWizard(),
    "privacy": lambda _: PrivacyScreen(),
    "problem": lambda _: Problem(ERROR),
    "quants": lambda _: AskQuants("run-20261102-000001", []),
    "rejects": lambda _: RejectsScreen(),
    "text": lambda _: AskText("What is it called?"),
}


@pytest.mark.parametrize("name", OPENED)
async def test_it_may_end_while_a_screen_is_being_opened(home: Home, name: str) -> None:
    """An exception in a handler is raised again when the block is left."""
    app = RadoncApp(home, "models")
    async with app.run_test() as pilot:
        await pilot.pause()
        app.push_screen(OPENED[name](home))
    assert not (home.path / "screens.log").exists()


@pytest.mark.parametrize("mode", ["welcome", *(mode for mode in MODES if mode != "models")])
async def test_it_may_end_while_a_mode_is_being_shown(home: Home, mode: str) -> None:
    app = RadoncApp(home, "models")
    async with app.run_test() as pilot:
        await pilot.pause()
        app.switch_mode(mode)
    assert not (home.path / "screens.log").exists()


FOCUSED = {
    **{"busy": "no", "confirm": "no", "choose": "find", "text": "answer", "freeze": "by"},
    **{"files": "source", "folder": "source", "help": "box", "problem": "back"},
    **{"import": "tree"},
}


@pytest.mark.parametrize("name", FOCUSED)
async def test_what_is_needed_first_has_the_keys(home: Home, name: str) -> None:
    app = RadoncApp(home, "models")
    async with app.run_test() as pilot:
        await settle(pilot)
        app.push_screen(OPENED[name](home))
        await settle(pilot)
        assert app.focused is not None
        assert app.focused.id == FOCUSED[name]


async def test_the_first_choice_is_taken_by_enter_alone(home: Home) -> None:
    app = RadoncApp(home, "models")
    taken: list[str | None] = []
    async with app.run_test() as pilot:
        await settle(pilot)
        for keys in (("enter",), ("down", "enter"), (*"sec", "enter")):
            app.push_screen(OPENED["choose"](home), taken.append)
            await settle(pilot)
            await pilot.press(*keys)
            await settle(pilot)
    assert taken == ["a", "b", "b"]


WHO = "Jane Doe"


def mistake(app: RadoncApp) -> None:
    raise ValueError(WHO)


async def end_by_mistake(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program on ``home`` with a mistake behind a key, about a patient."""
    monkeypatch.setattr(RadoncApp, "action_change_theme", mistake)
    app = RadoncApp(home)
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("ctrl+t")
        await pilot.pause()


async def test_a_mistake_of_the_program_is_a_sentence_and_a_place(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match=WHO):
        await end_by_mistake(home, monkeypatch)
    log = (home.path / "screens.log").read_text()
    assert "in mistake" in log
    assert log.endswith("ValueError\n")
    assert WHO not in log
    shown = " ".join(capsys.readouterr().err.split())
    assert "ended by a mistake of the program. Where is in" in shown
    assert WHO not in shown


async def test_a_mistake_is_a_sentence_where_nothing_can_be_written(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home.path / "screens.log").symlink_to("/dev/full")
    with pytest.raises(ValueError, match=WHO):
        await end_by_mistake(home, monkeypatch)
    shown = " ".join(capsys.readouterr().err.split())
    assert "ended by a mistake of the program. Where could not be written into" in shown
    assert "No space left on device" in shown
