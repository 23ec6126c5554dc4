"""The import wizard where something goes wrong: it says what, and nothing is half done."""

import subprocess
import sys
from pathlib import Path

import pytest
from textual.widgets import Footer, Static

from radonc_tui.actions.stored import lease
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.wizard_columns import ColumnsTable
from radonc_tui.screens.cases.wizard_state import Step
from radonc_tui.widgets.dialogs import Busy, Choose, Confirm
from radonc_tui.widgets.help import HelpScreen
from store import work
from store.home import Home
from tests.ui.conftest import until
from tests.ui.wizard_sample import (
    at,
    in_store,
    keys,
    open_wizard,
    reach,
    said,
    type_path,
)
from tests.unit.importing_examples import write_synthetic


async def test_a_file_that_is_no_table_and_one_that_vanishes(home: Home, clinic: Path) -> None:
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        wizard = await open_wizard(pilot, clinic)
        await type_path(pilot, wizard, clinic / "photo.csv")
        await pilot.press("enter")
        await at(pilot, wizard, Step.FILES)
        assert said(wizard) == (
            "! photo.csv is no text: it holds zero bytes. "
            "Save it again as CSV in UTF-8, or as XLSX."
        )
        await pilot.press("x")
        await type_path(pilot, wizard, clinic / "cases.csv")
        await pilot.press("enter")
        await at(pilot, wizard, Step.COLUMNS)
        (clinic / "cases.csv").rename(clinic / "moved.csv")
        await pilot.press("n")
        await at(pilot, wizard, Step.COLUMNS)
        assert "There is no file or folder" in said(wizard)
        (clinic / "moved.csv").rename(clinic / "cases.csv")
        await pilot.press("n")
        await at(pilot, wizard, Step.TRIAL)
        (clinic / "cases.csv").unlink()
        await pilot.press("n")
        await at(pilot, wizard, Step.TRIAL)
        assert "There is no file or folder" in said(wizard)
        await pilot.press("escape", "escape")
        assert wizard.step is Step.FILES


async def test_an_import_is_stopped_only_after_asking(home: Home, clinic: Path) -> None:
    write_synthetic(clinic / "many.csv", 8000)
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        wizard = await reach(pilot, clinic, clinic / "many.csv", step=Step.TRIAL)
        await pilot.press("n")
        assert wizard.step is Step.IMPORT
        assert keys(wizard) | {"f1": ""} == {
            "l": "Leave it running",
            "escape": "Back",
            "question_mark": "Help",
            "f1": "",
        }
        line = wizard.query_one("#going-line", Static)
        await until(pilot, lambda: "records" in str(line.content), 30)
        assert "█" in str(wizard.query_one("#going-bar", Static).content)
        assert any("import" in running for running in app.told.running)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is wizard)
        assert wizard.job is not None
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await at(pilot, wizard, Step.TRIAL)
        assert said(wizard) == "The import was stopped; nothing was taken in."
        assert in_store(home) == 0
        assert not work.everything(home, "import")
        assert not app.jobs
        # and can be done after all, left to itself
        await pilot.press("n")
        await until(pilot, lambda: wizard.job is not None)
        await pilot.press("l")
        await until(pilot, lambda: app.screen is not wizard)
        notice = app.screen.query_one("#notice", Static)
        await until(pilot, lambda: "cases taken in" in str(notice.content), 60)
        trial = wizard.draft.trial
        assert trial is not None
        assert in_store(home) == trial.funnel["cases"]


async def test_a_dry_run_that_is_left_ends_its_worker(home: Home, clinic: Path) -> None:
    write_synthetic(clinic / "many.csv", 8000)
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        wizard = await reach(pilot, clinic, clinic / "many.csv")
        await pilot.press("n")
        await until(pilot, lambda: len(work.everything(home, "import")) == 1, 30)
        await pilot.press("escape")
        assert wizard.step is Step.COLUMNS
        await until(pilot, lambda: not work.everything(home, "import"), 30)


@pytest.mark.parametrize("wait", [True, False])
async def test_a_busy_store_is_named_and_waited_for(home: Home, clinic: Path, wait: bool) -> None:
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        wizard = await reach(pilot, clinic, clinic / "cases.csv", step=Step.TRIAL)
        lease(home).close()
        with subprocess.Popen(
            [sys.executable, "-c", hold, str(home.database)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as holder:
            assert holder.stdout
            holder.stdout.readline()
            await pilot.press("n")
            await until(pilot, lambda: isinstance(app.screen, Busy), 20)
            words = [str(label.content) for label in app.screen.query(Static)]
            assert any(f"process {holder.pid}" in word for word in words)
            await pilot.press("y" if wait else "n")
            if not wait:
                await at(pilot, wizard, Step.TRIAL)
                await until(pilot, lambda: "in use by process" in said(wizard))
            holder.communicate(b"\n")
        if wait:
            await at(pilot, wizard, Step.DONE)
    lease(home).wait = 0.0
    assert (in_store(home) > 0) == wait


async def test_a_tiny_terminal_and_a_resize_stay_usable(home: Home, clinic: Path) -> None:
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(40, 10)) as pilot:
        wizard = await reach(pilot, clinic, clinic / "misnamed.csv")
        assert wizard.query_one(ColumnsTable).size.height >= 4
        assert wizard.query_one(Footer).region.height == 1
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.resize_terminal(140, 40)
        await pilot.resize_terminal(30, 8)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is wizard)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert wizard.query_one("#rows").display
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert isinstance(app.screen, HelpScreen)
        assert "Columns" in app.screen.text
        assert {"v", "p", "esc"} <= set(app.screen.keys)


async def test_what_a_cell_holds_is_never_markup(home: Home, clinic: Path) -> None:
    (clinic / "odd.csv").write_text("MRN,[red]Dx[/],Plan\n[bold]1,[link=x]a[/link],[/]\n")
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(140, 40)) as pilot:
        await reach(pilot, clinic, clinic / "odd.csv")
        picture = app.export_screenshot()
        for text in ("[red]Dx[/]", "[bold]1", "[link=x]a[/link]"):
            assert text.replace(" ", "&#160;") in picture
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, Choose))
