"""The wizard's second step: which column is which field, beside the first rows."""

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from radonc_tui.screens.cases.wizard_state import (
    EVERY_ROW,
    ColumnRow,
    Draft,
    column_rows,
    size_in_words,
)
from radonc_tui.widgets.window import Column, WindowTable
from store.importing.mapping import kind_of

FIELDS = (
    Column("column", "column of the file", least=14),
    Column("field", "is the", 18),
    Column("values", "its first values", least=12),
)
NARROWEST = 16


class ColumnsTable(WindowTable):
    """The columns of one file; ``enter`` says what one is."""

    HELP: ClassVar[str | None] = (
        "**Columns.** `enter` says which field the column under the cursor is. What was guessed "
        "is guessed by the column's name alone. `v` gives a field the same value in every row, "
        "`r` goes back to the guess, `p` chooses the profile."
    )
    BINDINGS = [Binding("enter", "choose", "Say what it is", id="import.field")]


class ColumnsStep(Vertical):
    """The columns of the shown file with their fields, and its first rows."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.draft = Draft()

    def compose(self) -> ComposeResult:
        yield Static(id="file", markup=False)
        yield Static(id="needs", markup=False)
        with Horizontal():
            yield ColumnsTable(FIELDS, empty="This file has no columns.", id="columns-table")
            yield WindowTable((), empty="This file has no rows.", id="rows")

    def show(self, draft: Draft) -> None:
        """Show the draft's file; the cursor stays on its row."""
        self.draft = draft
        self.query_one("#file", Static).update(file_line(draft))
        problems = draft.problems()
        needs = self.query_one("#needs", Static)
        needs.update(_needs(draft, problems))
        needs.set_class(bool(problems), "-bad")
        self.query_one(ColumnsTable).show_rows([_cells(row) for row in column_rows(draft)])

    @on(WindowTable.RowHighlighted, "#columns-table")
    def show_values(self, event: WindowTable.RowHighlighted) -> None:
        """The first rows, beginning with the column under the cursor."""
        event.stop()
        file = self.draft.file
        if file is None:
            return
        names = list(file.columns)
        here = str(event.row["name"]) if event.row else ""
        start = names.index(here) if here in names else 0
        rows = self.query_one("#rows", WindowTable)
        rows.columns = row_columns(names[start:] + names[:start])
        rows.show_rows(
            [
                {"row number": number, **{f"={n}": c for n, c in row.items()}}
                for number, row in file.rows
            ]
        )


def row_columns(names: Sequence[str]) -> tuple[Column, ...]:
    """The row's number, then the columns of a file; as many are drawn as fit."""
    # the keys of a person's columns are kept apart from that of the number
    return (
        Column("row number", "row", 5, "right"),
        *(Column(f"={name}", name, least=NARROWEST) for name in names),
    )


def file_line(draft: Draft) -> str:
    """What the shown file is."""
    file, preview = draft.file, draft.preview
    if file is None or preview is None:
        return ""
    several = len(preview.files) > 1
    which = f"   file {draft.at + 1} of {len(preview.files)}, [ ] turns" if several else ""
    return f"{file.path.name}: {size_in_words(file.size)}, {file.form}{which}"


def _needs(draft: Draft, problems: Sequence[str]) -> str:
    if problems:
        return "! " + "; ".join(problems)
    said = "✓ every field that a case needs has a column"
    if draft.fixed:
        said = f"✓ {draft.preview.known.about}: what they hold is known" if draft.preview else ""
    left = len(draft.preview.left_alone) if draft.preview else 0
    return f"{said}; {left} other file{'s are' if left > 1 else ' is'} left alone" if left else said


def _cells(row: ColumnRow) -> dict[str, Any]:
    said = Text("·", "dim")
    if row.field:
        field = kind_of(row.field)
        said = Text(f"{field} (set)" if row.by_hand else field, "bold")
    column = Text(row.column, "italic") if row.column == EVERY_ROW else row.column
    return {
        "column": column,
        "field": said,
        "values": row.values,
        "name": row.column,
        "is": row.field,
    }
