"""The palette offers everything that keys do, and every action has both a screen and a command."""

import ast
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Label, Static

import radonc_tui
from radonc_tui.app import LEAVE_FIRST, RadoncApp
from radonc_tui.commands import MODES, Command
from radonc_tui.palette import all_commands, commands_of
from radonc_tui.screens.cases.annotating import AnnotateScreen
from radonc_tui.screens.cases.privacy import PrivacyScreen
from radonc_tui.screens.cases.rejects import RejectsScreen
from radonc_tui.screens.cases.wizard import ImportWizard
from radonc_tui.screens.models.monitoring import MonitorScreen
from radonc_tui.screens.models.policy import PolicyScreen
from radonc_tui.screens.models.signatories import SignatoriesScreen
from radonc_tui.screens.models.signoff import SignOffScreen
from radonc_tui.screens.models.signoffs import SignoffsScreen
from radonc_tui.screens.page import Page
from radonc_tui.screens.table_page import TablePage
from radonc_tui.widgets.dialogs import Choose, Confirm, Problem
from store.home import Home
from tests.ui.conftest import settle, until

ROOT = Path(radonc_tui.__file__).parent
PAGES: tuple[type[Page[Any]], ...] = (
    *(ImportWizard, RejectsScreen, PrivacyScreen, AnnotateScreen),
    *(SignOffScreen, SignoffsScreen, SignatoriesScreen, PolicyScreen, MonitorScreen),
)
OF_PAGES = (
    *("wizard", "rejects", "privacy", "annotating"),
    *("signoff", "signatories", "policy", "monitoring"),
)
"""Modules of pages that lie over a mode: the palette offers their keys while they are open."""
MOVEMENT = {
    *("back", "leave", "turn", "step", "choose", "roll", "roll_card", "scroll_up", "scroll_down"),
    *("app.focus_previous", "app.focus_next"),
}
"""What moves within what is shown; nobody looks for it by name."""


def command(title: str) -> Command:
    (found,) = (command for command in all_commands() if command.title == title)
    return found


def notice(app: RadoncApp) -> str:
    return str(app.screen.query_one("#notice", Static).content)


async def ask(pilot: Pilot[None], words: str) -> None:
    """Type into the palette and take the first line."""
    await pilot.press("ctrl+p")
    await pilot.pause(0.3)
    await pilot.press(*words)
    await pilot.pause(0.5)
    await pilot.press("enter")
    await settle(pilot)


async def test_the_palette_finds_and_runs(home: Home) -> None:
    app = RadoncApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await ask(pilot, "view: models")
        await until(pilot, lambda: app.current_mode == "models")


async def test_a_command_that_cannot_be_done_now_says_so(home: Home) -> None:
    app = RadoncApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.run_command(command("runs: compare"))
        await settle(pilot)
        assert "cannot be done now" in notice(app)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
async def test_a_line_of_a_mode_says_what_to_leave_first(
    sample_home: Home, page: type[Page[Any]]
) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.push_screen(page())
        await settle(pilot)
        await ask(pilot, "train: new")
        assert isinstance(app.screen, page)
        assert notice(app) == LEAVE_FIRST
        await pilot.press("escape")
        await settle(pilot)
        app.run_command(command("train: new"))
        await settle(pilot)
        assert app.current_mode == "train"


async def test_a_digit_says_what_to_leave_first(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        await pilot.press("2")
        assert isinstance(app.screen, RejectsScreen)
        assert notice(app) == LEAVE_FIRST


async def test_over_a_box_it_is_said_in_a_box(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.push_screen(Confirm("Is it so?"))
        await settle(pilot)
        app.run_command(command("train: new"))
        await settle(pilot)
        assert isinstance(app.screen, Problem)
        assert LEAVE_FIRST in str(app.screen.query_one(Label).content)


async def test_a_page_over_a_mode_offers_its_own_keys(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert list(commands_of(app.screen)) == []
        await pilot.press("r")
        await settle(pilot)
        assert "rejects: filter" in [command.title for command in commands_of(app.screen)]
        await ask(pilot, "rejects: filter")
        assert isinstance(app.screen, Choose)
        assert app.screen.question == "Which rejects?"


def test_every_command_of_the_palette_is_an_action_of_its_screen() -> None:
    titles = [command.title for command in all_commands()]
    assert len(titles) == len(set(titles))
    for command in all_commands():
        owner: type = RadoncApp
        if command.mode:
            module = import_module(f"radonc_tui.screens.{command.mode}.area")
            owner = getattr(module, f"{command.mode.capitalize()}Area")
        name = command.action.split("(")[0]
        assert hasattr(owner, f"action_{name}"), command
        assert re.fullmatch(r"[a-z]+: .+", command.title), command
        assert command.help.endswith("."), command


def bound(mode: str) -> Iterator[tuple[str, str]]:
    """What keys do on a mode's screen and in its panels: the class and the screen's action."""
    package = import_module(f"radonc_tui.screens.{mode}")
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith(OF_PAGES):
            continue
        module = import_module(f"{package.__name__}.{info.name}")
        for kind in vars(module).values():
            own = inspect.isclass(kind) and kind.__module__ == module.__name__
            if not own or not issubclass(kind, Widget) or issubclass(kind, ModalScreen):
                continue
            for binding in vars(kind).get("BINDINGS", ()):
                assert isinstance(binding, Binding)
                yield kind.__name__, binding.action.removeprefix("screen.")


def test_every_key_of_a_mode_is_a_line_of_the_palette() -> None:
    moves: set[str] = set()
    missing: list[str] = []
    for mode in MODES:
        offered = {command.action for command in all_commands() if command.mode == mode}
        offered |= {f"app.{command.action}" for command in all_commands() if not command.mode}
        for kind, action in bound(mode):
            name = action.split("(")[0]
            if name in MOVEMENT:
                moves.add(name)
            elif action not in offered:
                missing.append(f"{mode}: {action} of {kind}")
    assert missing == []
    assert moves == MOVEMENT


def test_every_page_over_a_mode_was_looked_at() -> None:
    """A new one has to be named above, or its keys would be taken for those of a mode."""
    found = {
        kind
        for path in (ROOT / "screens").rglob("*.py")
        for kind in vars(import_module(_module(path))).values()
        if inspect.isclass(kind) and issubclass(kind, Page) and kind.__module__ == _module(path)
    }
    assert {kind for kind in found if ".area" not in kind.__module__} - {Page, TablePage} == {
        *PAGES,
        import_module("radonc_tui.screens.welcome").WelcomeArea,
    }


def _module(path: Path) -> str:
    return ".".join(("radonc_tui", *path.relative_to(ROOT).with_suffix("").parts))


ON_SCREENS_ONLY = {
    # how a screen looks, turns pages, offers choices and keeps a model open
    *("keep_theme", "facts", "look", "describe_codes", "end_session", "search_codes"),
    *("find_cases", "case_page", "glance_runs", "open_run", "train_choices"),
}
ON_LINES_ONLY = {
    # a command prints at once what a screen pages, offers, follows or asks step by step
    *("list_cases", "list_datasets", "show_dataset", "watch_run", "predict", "demo"),
    "predict_all_codes",
    # a command waits for what the status line shows
    *("follow_chain", "leave_chain", "finish"),
    # what changes the ground that screens stand on, or asks on the terminal
    *("list_audit", "verify_audit", "back_up_store", "restore_store", "check_restored"),
    *("key_state", "encrypt_store", "decrypt_store", "rekey_store"),
    *("look_up_chart", "look_up_cases", "forget_person"),
    # a server has a terminal of its own, and outlives no screen
    "serve",
    # what is asked stands in a file; its runs are on the screens as all others are
    "sweep",
}
PARTS = {
    # of other actions; nobody asks for them alone
    *("counted", "pass_leakage_gate", "follow", "run_work", "reported", "run_samples", "when_free"),
    *("signed_for", "ground_for"),
}


def used(path: Path) -> set[Callable[..., Any]]:
    """The functions of ``radonc_tui.actions`` that a file uses, and not only imports."""
    tree = ast.parse(path.read_text())
    modules: dict[str, Any] = {}
    names: dict[str, Any] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        for alias in node.names:
            if node.module == "radonc_tui.actions":
                modules[alias.asname or alias.name] = import_module(f"{node.module}.{alias.name}")
            elif node.module.startswith("radonc_tui.actions."):
                names[alias.asname or alias.name] = getattr(import_module(node.module), alias.name)
    found: set[Callable[..., Any]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            found.add(names[node.id])
        elif isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            one = getattr(modules[owner], node.attr, None) if owner in modules else None
            # what is no function, such as a table of words, is no action
            found |= {one} if inspect.isroutine(one) else set()
    return found


def test_each_action_is_used_by_the_screens_and_by_the_command_line() -> None:
    """Whoever uses only one of the two can do the same things."""
    drawn = [ROOT / "app.py", *(ROOT / "screens").rglob("*.py"), *(ROOT / "widgets").glob("*.py")]
    screens = set[Callable[..., Any]]().union(*map(used, drawn))
    lines = set[Callable[..., Any]]().union(*map(used, (ROOT / "cli").glob("*.py")))
    known: set[str] = set()
    missing: list[str] = []
    for path in sorted((ROOT / "actions").glob("*.py")):
        module = import_module(f"radonc_tui.actions.{path.stem}")
        for name, function in inspect.getmembers(module, inspect.isgeneratorfunction):
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            known.add(name)
            if name not in ON_LINES_ONLY | PARTS and function not in screens:
                missing.append(f"{name}: no screen")
            if name not in ON_SCREENS_ONLY | PARTS and function not in lines:
                missing.append(f"{name}: no command")
    assert missing == []
    assert known >= ON_SCREENS_ONLY | ON_LINES_ONLY | PARTS
