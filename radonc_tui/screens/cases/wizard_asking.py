"""What the wizard asks about fields, and the draft that an answer makes."""

from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from radonc_tui.screens.cases.wizard_state import MEANINGS, Draft, field_options
from radonc_tui.widgets.dialogs import AskText, Choose, Confirm
from store.importing.mapping import IDENTIFIER

Change = Callable[[Draft], None]


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

    known = [(n, meaning) for n, meaning in MEANINGS.items() if n != IDENTIFIER]
    options = [(name, f"{name}: {meaning}") for name, meaning in known]
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
