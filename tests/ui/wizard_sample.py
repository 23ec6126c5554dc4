"""What the tests of the import wizard share: the ways through the steps."""

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Static

from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.cases.wizard import ImportWizard
from radonc_tui.screens.cases.wizard_files import FileInput, FileTree
from radonc_tui.screens.cases.wizard_state import Step
from radonc_tui.widgets.dialogs import Choose
from store.home import Home
from tests.ui.conftest import until


async def open_wizard(pilot: Pilot[None], folder: Path) -> ImportWizard:
    """The wizard over the screen of cases, its tree loaded."""
    app = pilot.app
    assert isinstance(app, RadoncApp)
    await until(pilot, lambda: app.told.cases != "")
    await pilot.press("1")
    wizard = ImportWizard(folder)
    app.push_screen(wizard)
    await until(pilot, lambda: bool(names_in(wizard)))
    await pilot.pause()
    return wizard


def names_in(wizard: ImportWizard) -> list[str]:
    """What the tree shows below its root."""
    trees = list(wizard.query(FileTree)) if wizard.is_mounted else []
    return [str(node.label) for tree in trees for node in tree.root.children]


async def at(pilot: Pilot[None], wizard: ImportWizard, step: Step) -> None:
    """Until the step is shown and nothing runs."""
    await until(pilot, lambda: wizard.step is step and wizard.job is None, 60)
    await pilot.pause()


async def type_path(pilot: Pilot[None], wizard: ImportWizard, path: Path) -> None:
    field = wizard.query_one(FileInput)
    field.focus()
    field.value = str(path)
    await pilot.press("enter")
    await until(pilot, lambda: field.value == "" or said(wizard) != "")


async def reach(
    pilot: Pilot[None], folder: Path, *paths: Path, step: Step = Step.COLUMNS
) -> ImportWizard:
    """The wizard with these files chosen, at its columns or after its dry run."""
    wizard = await open_wizard(pilot, folder)
    for path in paths:
        await type_path(pilot, wizard, path)
    await pilot.press("enter")
    await at(pilot, wizard, Step.COLUMNS)
    if step is Step.TRIAL:
        await pilot.press("n")
        await at(pilot, wizard, Step.TRIAL)
    return wizard


async def choose(pilot: Pilot[None], words: str) -> None:
    """Answer the list on the screen by typing."""
    await until(pilot, lambda: isinstance(pilot.app.screen, Choose))
    await pilot.pause()
    await pilot.press(*words, "enter")
    await until(pilot, lambda: not isinstance(pilot.app.screen, Choose))


def said(wizard: ImportWizard) -> str:
    return str(wizard.query_one("#notice", Static).content)


def needs(wizard: ImportWizard) -> str:
    return str(wizard.query_one("#needs", Static).content)


def keys(wizard: ImportWizard) -> dict[str, str]:
    """The keys in the footer and what they do."""
    active = wizard.active_bindings.values()
    return {a.binding.key: a.binding.description for a in active if a.binding.show and a.enabled}


def in_store(home: Home) -> int:
    with opened(home) as connection:
        row = connection.execute("SELECT count(*) FROM cases").fetchone()
        assert row
        return int(row[0])
