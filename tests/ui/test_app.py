"""What works on every screen: modes, help, palette, theme, leaving, small terminals."""

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Markdown, Static

import radonc_tui.actions
from radonc_tui.actions.preferences import read_theme
from radonc_tui.app import RadoncApp
from radonc_tui.commands import MODES
from radonc_tui.palette import all_commands
from radonc_tui.performing import perform
from radonc_tui.screens.area import Area
from radonc_tui.widgets.help import HelpScreen
from store.errors import RadoncError
from store.home import Home
from tests.ui.conftest import settle, until

Compare = Callable[..., bool]


async def test_an_empty_home_says_what_this_is_and_offers_three_keys(home: Home) -> None:
    app = RadoncApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert app.current_mode == "welcome"
        text = str(app.screen.query_one("#text", Static).content)
        for line in ("load the demo cases", "import your own", "read how it works"):
            assert line in text
        await pilot.press("r")
        assert "How it works" in str(app.screen.query_one("#text", Static).content)
        await pilot.press("escape")
        assert "load the demo cases" in str(app.screen.query_one("#text", Static).content)


async def test_a_home_whose_store_is_empty_begins_with_the_welcome_too(home: Home) -> None:
    first = RadoncApp(home)
    async with first.run_test() as pilot:
        await settle(pilot)
    assert home.database.exists()
    again = RadoncApp(home)
    async with again.run_test() as pilot:
        await until(pilot, lambda: again.current_mode == "welcome")


async def test_the_first_run_leads_to_the_demo_cases(home: Home) -> None:
    app = RadoncApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("d", "d")
        await until(pilot, lambda: app.current_mode == "cases", 60)
        await settle(pilot)
        assert app.told.cases == "1,200 cases"
        assert app.told.synthetic
        notice = str(app.screen.query_one("#notice", Static).content)
        assert "1200 synthetic cases" in notice
        assert "z freezes a data set" in notice


async def test_each_mode_is_a_digit_away_and_keeps_its_place(sample_home: Home) -> None:
    app = RadoncApp(sample_home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        screens: list[Area] = []
        for number, mode in enumerate(MODES, 1):
            await pilot.press("escape", str(number))
            await settle(pilot)
            assert app.current_mode == mode
            assert isinstance(app.screen, Area)
            screens.append(app.screen)
            app.screen.set_focus(None)
        await pilot.press("1")
        assert app.screen is screens[0]


@pytest.mark.parametrize("mode", ["welcome", *MODES])
async def test_help_says_what_the_screen_is_for_and_which_keys_work(
    sample_home: Home, mode: str
) -> None:
    app = RadoncApp(sample_home, mode)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert len(app.screen.query_one(Markdown).source) > 40
        assert "Help" in {name for name, _ in app.screen.keys.values()}
        await pilot.press("escape")
        assert isinstance(app.screen, Area)


async def test_the_palette_finds_and_runs(home: Home) -> None:
    app = RadoncApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        await pilot.press(*"view: models")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "models")


async def test_a_command_that_cannot_be_done_now_says_so(home: Home) -> None:
    app = RadoncApp(home)
    (compare,) = (command for command in all_commands() if command.action == "compare")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.run_command(compare)
        await settle(pilot)
        assert "cannot be done now" in str(app.screen.query_one("#notice", Static).content)


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


@pytest.mark.parametrize("mode", MODES)
def test_every_screen_offers_its_actions_in_the_palette(mode: str) -> None:
    assert import_module(f"radonc_tui.screens.{mode}.commands").COMMANDS


async def test_the_theme_is_kept_for_the_next_time(home: Home) -> None:
    app = RadoncApp(home)
    async with app.run_test() as pilot:
        await settle(pilot)
        dark = app.theme
        await pilot.press("ctrl+t")
        await settle(pilot)
        assert app.theme != dark
    assert read_theme(home) == app.theme
    again = RadoncApp(home)
    async with again.run_test() as pilot:
        assert again.theme == app.theme
    (home.path / "settings.toml").write_text("[ui")
    broken = RadoncApp(home)
    async with broken.run_test() as pilot:
        await settle(pilot)
        assert "settings.toml is no TOML" in str(broken.screen.query_one("#notice", Static).content)


@pytest.mark.parametrize("mode", ["welcome", *MODES])
async def test_a_tiny_terminal_and_a_resize_under_a_box_stay_usable(
    sample_home: Home, mode: str
) -> None:
    app = RadoncApp(sample_home, mode)
    async with app.run_test(size=(40, 10)) as pilot:
        await settle(pilot)
        assert app.screen.query_one("Footer").region.height == 1
        await pilot.press("f1")
        await pilot.resize_terminal(140, 40)
        await pilot.pause()
        await pilot.resize_terminal(20, 5)
        await pilot.pause()
        await pilot.press("escape")
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert app.current_mode == mode
        assert app.screen.query_one("#body").region.height >= 18


async def test_leaving_asks_when_something_would_be_ended(home: Home) -> None:
    import threading

    from radonc_tui.actions.progress import Action, Progress

    gate = threading.Event()

    def waits() -> Action[None]:
        while not gate.wait(0.02):
            yield Progress("wait")

    app = RadoncApp(home)
    async with app.run_test() as pilot:
        await settle(pilot)
        app.launch("export", waits)
        await pilot.press("q")
        await pilot.pause()
        assert len(app.screen_stack) == 2
        await pilot.press("n")
        await pilot.pause()
        assert app.is_running
        assert app.jobs
        await pilot.press("ctrl+q")
        await pilot.press("y")
        await until(pilot, lambda: not app.is_running or app._exit)


async def test_doctor_shows_its_findings(home: Home) -> None:
    app = RadoncApp(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await app.run_action("doctor")
        await settle(pilot)
        svg = app.export_screenshot()
        assert "python" in svg
        assert "ok" in svg


async def test_packing_asks_for_a_folder_and_refuses_one_in_use(home: Home, tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    app = RadoncApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await app.run_action("pack")
        await pilot.pause()
        await pilot.press(*str(tmp_path / "used"), "enter")
        await settle(pilot)
        notice = str(app.screen.query_one("#notice", Static).content)
        assert notice.startswith("! ")
        assert "used" in notice


async def test_an_error_with_a_box_open_is_shown_over_it(home: Home) -> None:
    app = RadoncApp(home)

    def fails():
        yield from ()
        raise RadoncError("The moon is gone.", "Wait for it.")

    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("f1")
        perform(app, fails)
        await settle(pilot)
        assert len(app.screen_stack) == 3
        await pilot.press("escape", "escape")
        assert len(app.screen_stack) == 1


@pytest.mark.parametrize("state", ["welcome", "how", "help", "error"])
def test_pictures_of_the_first_screen(
    home: Home, snap_compare: Compare, size: tuple[int, int], look: str, state: str
) -> None:
    app = RadoncApp(home)

    async def before(pilot: Pilot[None]) -> None:
        await settle(pilot)
        if state == "how":
            await pilot.press("r")
        elif state == "help":
            await pilot.press("f1")
        elif state == "error":
            app.problem(RadoncError("The store is damaged.", "Restore it from a backup."))
        await pilot.pause()
        assert app.no_color == (look == "no_color")

    assert snap_compare(app, terminal_size=size, run_before=before)


def test_each_action_is_used_by_the_screens_and_by_the_command_line() -> None:
    """Whoever uses only one of the two can do the same things."""
    root = Path(radonc_tui.__file__).parent
    # how a screen looks, turns pages and keeps a model open; a command prints, waits and ends
    apart = {
        *("read_theme", "keep_theme", "facts", "look", "describe_codes", "end_session"),
        *("find_cases", "case_page", "glance_runs", "open_run", "train_choices"),
        *("follow_chain", "leave_chain"),
    }
    drawn = [root / "app.py", *(root / "screens").rglob("*.py")]
    screens = "\n".join(p.read_text() for p in drawn)
    lines = "\n".join(p.read_text() for p in (root / "cli").glob("*.py"))
    actions = "\n".join(p.read_text() for p in (root / "actions").glob("*.py"))
    missing: list[str] = []
    for path in sorted((root / "actions").glob("*.py")):
        module = import_module(f"radonc_tui.actions.{path.stem}")
        for name, function in inspect.getmembers(module, inspect.isgeneratorfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            word = re.compile(rf"\b{name}\b")
            part_of_another = len(word.findall(actions)) > 1
            if not own or name in apart or part_of_another or path.stem == "progress":
                continue
            missing += [f"{name}: no screen"] * (not word.search(screens))
            missing += [f"{name}: no command"] * (not word.search(lines))
    assert missing == []


def test_without_a_terminal_the_command_says_so() -> None:
    made = subprocess.run(
        [sys.executable, "-P", "-m", "radonc_tui"],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
        env=dict(os.environ),
    )
    assert "need a terminal" in made.stdout
    assert "predict" in made.stdout
