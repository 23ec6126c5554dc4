"""Profiles in the import wizard: saved from a mapping, chosen, taken in from a file, looked at."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from radonc_tui.actions.importing import known_profiles
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.wizard import ImportWizard
from radonc_tui.screens.cases.wizard_profiles import BY_NAME, FROM_FILE, options
from radonc_tui.screens.cases.wizard_state import Step
from radonc_tui.widgets.dialogs import AskText, Choose
from store.home import Home
from store.importing.profiles import Profile, find_profile, save_profile
from tests.driven import ended
from tests.ui.conftest import until
from tests.ui.wizard_sample import at, choose, keys, needs, reach, said, type_path
from tests.unit.courses_examples import ARIA, write

CHOSEN = {"diagnosis": "Text", "icd10": "Diagnosis"}


async def answer(pilot: Pilot[None], text: str) -> None:
    """Type into the field that asks."""
    await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
    await pilot.pause()
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")
    await until(pilot, lambda: not isinstance(pilot.app.screen, AskText))


async def test_a_mapping_is_saved_and_chosen_again(home: Home, clinic: Path) -> None:
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        wizard = await reach(pilot, clinic, clinic / "misnamed.csv")
        assert needs(wizard) == "! no column is the icd10"
        assert "s" not in keys(wizard)
        wizard._change(wizard.draft.assign("Text", "diagnosis").assign("Diagnosis", "icd10"))
        assert wizard.draft.chosen == CHOSEN
        await pilot.press("s")
        await answer(pilot, "Our own")
        await until(pilot, lambda: said(wizard).startswith("! "))
        assert "Our own" in said(wizard)
        await pilot.press("s")
        await answer(pilot, "clinic-b")
        await until(pilot, lambda: "Saved as the profile clinic-b" in said(wizard))
        assert find_profile(home, "clinic-b").columns["icd10"] == "Diagnosis"
        wizard.action_more()
        await type_path(pilot, wizard, clinic / "misnamed.csv")
        await pilot.press("escape", "p")
        await choose(pilot, "clinic-b")
        await until(pilot, lambda: wizard.draft.profile == "clinic-b")
        await pilot.press("n")
        await at(pilot, wizard, Step.COLUMNS)
        assert needs(wizard).startswith("✓")
        request = wizard.draft.request(dry_run=True)
        assert (request.profile, request.mapping["diagnosis"]) == ("table", "Text")


async def test_a_shared_profile_is_taken_in_from_its_file(
    home: Home, clinic: Path, tmp_path: Path
) -> None:
    other = tmp_path / "theirs.toml"
    other.write_text('[columns]\ndiagnosis = "Text"\nicd10 = "Diagnosis"\n')
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(80, 24)) as pilot:
        wizard = await reach(pilot, clinic, clinic / "misnamed.csv")
        await pilot.press("p")
        await choose(pilot, "TOML file")
        await answer(pilot, str(other))
        await until(pilot, lambda: wizard.draft.profile == "theirs")
        await at(pilot, wizard, Step.COLUMNS)
        assert wizard.draft.chosen == CHOSEN
        assert needs(wizard).startswith("✓")


async def test_an_extract_of_aria_needs_no_columns(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    write(folder / "wide.csv", [ARIA])
    app = RadoncApp(home, "cases")
    async with app.run_test(size=(140, 40)) as pilot:
        wizard = await reach(pilot, folder, folder / "wide.csv")
        await pilot.press("p")
        await choose(pilot, "aria")
        await at(pilot, wizard, Step.COLUMNS)
        assert needs(wizard).startswith("✓ ARIA report extracts")
        assert "s" not in keys(wizard)
        await pilot.press("n")
        await at(pilot, wizard, Step.TRIAL)
        assert wizard.draft.trial is not None
        assert wizard.draft.trial.funnel["cases"] == 1


def test_what_there_is_to_choose(home: Home) -> None:
    save_profile(home, Profile("ours", "table", columns=CHOSEN))
    found = options(ended(known_profiles(home)))
    names = [name for name, _ in found]
    assert (names[0], names[-2:]) == (BY_NAME, ["ours", FROM_FILE])
    assert found[-2][1] == "ours"


@pytest.mark.parametrize("state", ["profiles", "save"])
def test_pictures_of_profiles(
    home: Home,
    clinic: Path,
    snap_compare: Callable[..., bool],
    size: tuple[int, int],
    look: str,
    state: str,
) -> None:
    save_profile(home, Profile("ours", "table", "as in cases.csv", CHOSEN))
    app = RadoncApp(home, "cases")

    async def show(pilot: Pilot[None]) -> None:
        wizard = await reach(pilot, clinic, clinic / "cases.csv")
        assert isinstance(wizard, ImportWizard)
        assert app.no_color == (look == "no_color")
        await pilot.press("p" if state == "profiles" else "s")
        kind = Choose if state == "profiles" else AskText
        await until(pilot, lambda: isinstance(app.screen, kind))
        app.screen.query_one(Input).cursor_blink = False
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=show)
