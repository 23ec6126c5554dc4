"""What the wizard asks about profiles: which one, one from a file, and under which name to save."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual.screen import Screen

from radonc_tui.actions.importing import (
    ShownProfile,
    add_profile,
    keep_profile,
    known_profiles,
)
from radonc_tui.performing import perform
from radonc_tui.screens.cases.wizard_state import Draft
from radonc_tui.widgets.dialogs import AskText, Choose
from store.home import Home
from store.importing.profiles import Profile

BY_NAME = "by name"
FROM_FILE = "from a file"
Change = Callable[[Draft], None]


def ask_profile(screen: Screen[bool], home: Home, draft: Draft, change: Change) -> None:
    """Ask under which profile the files are read; one that is shared can be taken in here."""

    def answered(name: str | None) -> None:
        if name == FROM_FILE:
            _ask_file(screen, home, lambda found: answered(found.name))
        elif name is not None:
            change(replace(draft, profile="" if name == BY_NAME else name, chosen={}))

    def show(found: list[ShownProfile]) -> None:
        screen.app.push_screen(Choose("What kind of files are these?", options(found)), answered)

    perform(screen, lambda: known_profiles(home), show, group="profiles")


def options(found: list[ShownProfile]) -> list[tuple[str, str]]:
    """What there is to choose, as (name, label)."""
    known = [(one.name, f"{one.name}: {one.about}" if one.about else one.name) for one in found]
    return [
        (BY_NAME, "by the names of the files"),
        *known,
        (FROM_FILE, "another, from a TOML file ..."),
    ]


def _ask_file(screen: Screen[bool], home: Home, taken: Callable[[Profile], None]) -> None:
    def answered(path: str | None) -> None:
        if path and path.strip():
            file = Path(path.strip()).expanduser()
            perform(screen, lambda: add_profile(home, file), taken, group="profiles")

    hint = "it is copied into the home under the file's name"
    screen.app.push_screen(AskText("The profile's TOML file:", hint=hint), answered)


def ask_save(
    screen: Screen[bool], home: Home, draft: Draft, saved: Callable[[Profile], None]
) -> None:
    """Ask for the name under which the mapping is saved."""

    def answered(name: str | None) -> None:
        if name and name.strip():
            request = draft.request(dry_run=True)
            perform(
                screen,
                lambda: keep_profile(home, name.strip(), draft.paths, request.mapping),
                saved,
                group="profiles",
            )

    hint = "the same columns are then known by this name, here and with --profile"
    screen.app.push_screen(AskText("Save these columns as the profile:", hint=hint), answered)
