"""The import wizard: from files to cases."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from radonc_tui.actions.cases import ImportRequest, ImportResult, import_cases
from radonc_tui.actions.importing import preview_import
from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.stored import lease
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.wizard import TRYING, ImportWizard, taking_words
from radonc_tui.screens.cases.wizard_columns import ColumnsTable
from radonc_tui.screens.cases.wizard_files import FileInput
from radonc_tui.screens.cases.wizard_going import Going
from radonc_tui.screens.cases.wizard_state import Draft, Step
from radonc_tui.screens.cases.wizard_trial import ReasonsTable
from radonc_tui.widgets.dialogs import Choose, Confirm
from store.home import Home, open_home
from tests.driven import ended
from tests.ui.conftest import until
from tests.ui.wizard_sample import (
    at,
    choose,
    in_store,
    keys,
    names_in,
    needs,
    open_wizard,
    reach,
    said,
    type_path,
)
from tests.unit.importing_examples import EXCERPT, MISNAMED, TABLES, write_synthetic

Compare = Callable[..., bool]


async def test_a_mistake_in_the_mapping_is_put_right_and_imported(
    home: Home, clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clinic)
    app = RadoncApp(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.current_mode == "welcome" and app.told.cases != "")
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, ImportWizard))
        wizard = app.screen
        assert isinstance(wizard, ImportWizard)
        assert "look" not in {b.binding.action for b in wizard.active_bindings.values()}
        await type_path(pilot, wizard, clinic / "misnamed.csv")
        await pilot.press("enter")
        await at(pilot, wizard, Step.COLUMNS)
        assert needs(wizard) == "! no column is the icd10"
        assert "n" not in keys(wizard)
        # the mistake: the text is said to be the code
        await pilot.press("down", "down", "enter")
        await choose(pilot, "icd-10 code")
        assert wizard.draft.chosen == {"icd10": "Text"}
        assert keys(wizard)["n"] == "Next: dry run"
        await pilot.press("n")
        await at(pilot, wizard, Step.COLUMNS)
        assert "misnamed.csv, row 2, column Diagnosis" in said(wizard)
        assert "none of its" in said(wizard)
        # put right
        await pilot.press("enter")
        await choose(pilot, "diagnosis in words")
        await pilot.press("down", "down", "down", "enter")
        await choose(pilot, "icd-10 code")
        assert wizard.draft.chosen == {"diagnosis": "Text", "icd10": "Diagnosis"}
        assert needs(wizard).startswith("✓")
        await pilot.press("n")
        await at(pilot, wizard, Step.TRIAL)
        trial = wizard.draft.trial
        assert trial is not None
        assert in_store(home) == 0
        line = str(wizard.query_one("#trial-line", Static).content)
        assert f"= {trial.funnel['cases']} cases + {trial.funnel['rejects']} rejects" in line
        reasons = wizard.query_one(ReasonsTable)
        assert reasons.total == len(trial.funnel["by_reason"])
        assert reasons.row is not None
        reason = str(reasons.row["reason"])
        examples = str(wizard.query_one("#examples", Static).content)
        assert f"row {trial.examples[reason][0]['row']}" in examples
        await pilot.press("n")
        await at(pilot, wizard, Step.DONE)
        result = str(wizard.query_one("#result", Static).content)
        assert f"{trial.funnel['cases']} cases taken in" in result
        assert "z freezes a data set" in result
        await pilot.press("n")
        await until(pilot, lambda: app.screen is not wizard)
        assert app.current_mode == "cases"
        assert in_store(home) == trial.funnel["cases"]
        await until(pilot, lambda: app.told.cases == f"{trial.funnel['cases']:,} cases")


async def test_files_from_the_tree_and_by_a_completed_path(home: Home, clinic: Path) -> None:
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        wizard = await open_wizard(pilot, clinic)
        tree = wizard.query_one("#tree")
        assert names_in(wizard) == ["older", "cases.csv", "misnamed.csv", "photo.csv"]
        await pilot.press("down", "space", "down", "enter")
        await until(pilot, lambda: len(wizard.draft.paths) == 2)
        assert [path.name for path in wizard.draft.paths] == ["older", "cases.csv"]
        assert "older/" in str(wizard.query_one("#chosen", Static).content)
        await pilot.press("x")
        assert wizard.draft.paths == ()
        field = wizard.query_one(FileInput)
        field.focus()
        field.value = str(clinic / "mis")
        await until(pilot, lambda: field._suggestion.endswith("misnamed.csv"))
        field.cursor_position = len(field.value)
        await pilot.press("tab")
        assert field.value == str(clinic / "misnamed.csv")
        await pilot.press("enter")
        await until(pilot, lambda: len(wizard.draft.paths) == 1)
        await type_path(pilot, wizard, clinic / "nowhere.csv")
        assert "There is no file or folder" in said(wizard)
        await pilot.press("escape")
        assert wizard.focused is tree
        await pilot.press("u")
        await until(pilot, lambda: names_in(wizard) == ["exports"])
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not wizard)


async def test_several_files_profile_and_what_is_the_same_in_every_row(
    home: Home, clinic: Path
) -> None:
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(140, 40)) as pilot:
        wizard = await reach(pilot, clinic, TABLES, clinic / "cases.csv")
        assert wizard.draft.preview is not None
        assert len(wizard.draft.preview.files) == 3
        shown = wizard.query_one("#file", Static)
        assert "courses.csv" in str(shown.content)
        assert "file 1 of 3" in str(shown.content)
        await pilot.press("right_square_bracket")
        assert "doses.csv" in str(shown.content)
        assert "cells parted by semicolons" in str(shown.content)
        await pilot.press("v")
        await choose(pilot, "site: ")
        await until(pilot, lambda: bool(app.screen.query("#answer")))
        await pilot.press(*"brain", "enter")
        await until(pilot, lambda: app.screen is wizard)
        assert wizard.draft.chosen == {"site": "@brain"}
        table = wizard.query_one(ColumnsTable)
        await pilot.press("home")
        assert table.row is not None
        assert table.row["values"] == "brain"
        await pilot.press("r")
        assert wizard.draft.chosen == {}
        await pilot.press("v")
        await choose(pilot, "patient: ")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        assert wizard.draft.chosen == {"patient": "@row"}
        await pilot.press("p")
        await choose(pilot, "tcga")
        await at(pilot, wizard, Step.FILES)
        assert "No radiation table of the TCGA was found" in said(wizard)


async def test_a_tcga_folder_needs_no_columns(home: Home, clinic: Path) -> None:
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        wizard = await reach(pilot, clinic, EXCERPT)
        assert "clinical tables of the TCGA" in needs(wizard)
        await pilot.press("enter")
        assert "This profile knows its columns" in said(wizard)
        await pilot.press("n")
        await at(pilot, wizard, Step.TRIAL)
        assert wizard.draft.trial is not None
        assert wizard.draft.trial.funnel["cases"] > 10


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Draft, Draft, ImportResult]:
    """The drafts of a misnamed table before and after it was put right, and its dry run."""
    folder = tmp_path_factory.mktemp("clinic") / "clinic" / "exports"
    folder.mkdir(parents=True)
    table = folder / "misnamed.csv"
    write_synthetic(table, 300, header=MISNAMED)
    home = open_home(folder.parent / "home")
    try:
        before = Draft((table,)).seen(ended(preview_import(home, (table,))))
        right = before.assign("Text", "diagnosis").assign("Diagnosis", "icd10")
        trial = ended(import_cases(home, ImportRequest((table,), "", right.chosen, dry_run=True)))
    finally:
        lease(home).close()
    return before, right, trial


STATES = ("files", "chosen", "error", "columns", "field", "going", "trial", "import", "done")


@pytest.mark.parametrize("state", STATES)
def test_pictures_of_each_step(
    home: Home,
    clinic: Path,
    looked: tuple[Draft, Draft, ImportResult],
    snap_compare: Compare,
    size: tuple[int, int],
    look: str,
    state: str,
) -> None:
    before, right, trial = looked
    app = RadoncApp(home, "cases")

    def waits() -> Action[None]:
        while app.is_running:
            time.sleep(0.02)
            yield Progress("wait")

    async def show(pilot: Pilot[None]) -> None:
        wizard = await open_wizard(pilot, clinic)
        assert app.no_color == (look == "no_color")
        if state == "chosen":
            await pilot.press("down", "down", "space")
            assert len(wizard.draft.paths) == 1
        elif state == "error":
            await pilot.press("end", "space", "n")
            await at(pilot, wizard, Step.FILES)
            assert "photo.csv is no text" in said(wizard)
        elif state in ("columns", "field"):
            wizard._seen(before.preview)  # type: ignore[arg-type]
            await pilot.press("down", "down")
            assert needs(wizard) == "! no column is the icd10"
            if state == "field":
                await pilot.press("enter")
                await until(pilot, lambda: isinstance(app.screen, Choose))
                app.screen.query_one(Input).cursor_blink = False
        elif state in ("going", "import"):
            wizard.draft = right
            step = Step.TRIAL if state == "going" else Step.IMPORT
            wizard._wait(step, *(TRYING if state == "going" else taking_words(right)))
            wizard.job = app.launch("import", waits)
            wizard.refresh_bindings()
            wizard.query_one(Going).tell(Progress("curate", 1400, 3600, "records"))
            assert "1,400 of 3,600 records" in str(wizard.query_one("#going-line", Static).content)
        elif state in ("trial", "done"):
            wizard.draft = right
            wizard._tried(trial)
            if state == "done":
                wizard._taken(ImportResult("import-1", trial.funnel))
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=show)
