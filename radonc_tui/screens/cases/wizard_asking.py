"""What the wizard asks about fields, and the draft that an answer makes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from textual.screen import Screen

from radonc_tui.screens.cases.wizard_state import MEANINGS, Draft, field_options
from radonc_tui.widgets.dialogs import AskText, Choose, Confirm

Change = Callable[[Draft], None]
BY_NAME = "by name"
PROFILES = (
    (BY_NAME, "by the names of the files"),
    ("table", "table: a clinic's own columns"),
    ("tcga", "tcga: clinical tables of The Cancer Genome Atlas"),
)


def ask_field(screen: Screen[Any], draft: Draft, column: str, change: Change) -> None:
    """Ask which field a column is."""

    def answered(name: str | None) -> None:
        if name is not None:
            change(draft.assign(column, name))

    question = f"What is in the column {column!r}?   * a case needs it"
    screen.app.push_screen(Choose(question, field_options(draft, column)), answered)


def ask_same(screen: Screen[Any], draft: Draft, change: Change) -> None:
    """Ask which field is the same in every row, then its value."""

    def answered(name: str | None) -> None:
        if name is not None:
            ask_value(screen, draft, name, change)

    options = [(name, f"{name}: {meaning}") for name, meaning in MEANINGS.items()]
    screen.app.push_screen(Choose("Which field is the same in every row?", options), answered)


def ask_value(screen: Screen[Any], draft: Draft, name: str, change: Change) -> None:
    """Ask for the value that a field has in every row; nothing takes it back."""
    if name == "patient":
        _ask_patient(screen, draft, change)
        return

    def answered(value: str | None) -> None:
        if value is not None:
            change(draft.same(name, value.strip()))

    before = draft.chosen.get(name, "")
    text = before[1:] if before.startswith("@") else ""
    hint = f"{MEANINGS[name]}; empty: not the same in every row"
    screen.app.push_screen(AskText(f"The {name} of every row:", text, hint), answered)


def _ask_patient(screen: Screen[Any], draft: Draft, change: Change) -> None:
    """No value fits all rows here: either every row is another patient, or a column says who."""

    def answered(sure: bool | None) -> None:
        change(draft.same("patient", "row" if sure else ""))

    question = "Is every row another patient?"
    hint = "If not, one person's rows could lie on both sides of a split: then name the column."
    screen.app.push_screen(Confirm(question, "every row is another", hint), answered)


def ask_profile(screen: Screen[Any], draft: Draft, change: Change) -> None:
    """Ask under which profile the files are read."""

    def answered(name: str | None) -> None:
        if name is not None:
            change(replace(draft, profile="" if name == BY_NAME else name))

    screen.app.push_screen(Choose("What kind of files are these?", PROFILES), answered)
