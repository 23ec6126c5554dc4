"""The whole table: the one that comes with the program, or the department's own in its home.

Its hash is over the rows' hashes, so that a copy of a table is the table. What a row may say is in
``rows``; who has signed it is in ``signatures``.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from store.department.rows import COLUMNS, Row, TableError, read_row
from store.home import Home

FILE = "table.csv"
EMBEDDED, DEPARTMENT = "embedded", "department"


@dataclass(frozen=True)
class Table:
    """All rows, and whether they are the department's own or those that come with the program."""

    rows: tuple[Row, ...]
    origin: str

    @property
    def sha256(self) -> str:
        """Hash over the rows' hashes, whatever their order."""
        hashes = sorted(row.sha256 for row in self.rows)
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    def row(self, name: str) -> Row | None:
        """The row of this name."""
        return next((row for row in self.rows if row.name == name), None)


@cache
def embedded_table() -> Table:
    """The table that comes with the program."""
    return parse_table(embedded_text(), EMBEDDED)


def embedded_text() -> str:
    """The file that comes with the program."""
    return (files("store.department") / FILE).read_text(encoding="utf-8")


def own_path(home: Home) -> Path:
    """Where the department's own table lies, if there is one."""
    return home.folder("department") / FILE


def load_table(home: Home) -> Table:
    """The department's own table if the home has one, else the embedded one.

    Raises:
        TableError: the department's table cannot be read; the sentence names row and cell.
    """
    path = own_path(home)
    return read_table(path) if path.exists() else embedded_table()


def read_table(path: Path) -> Table:
    """The table in a file.

    Raises:
        TableError: it is no table, or a row of it says something that cannot be.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(
            f"The table {path} cannot be read ({error}).", "Save it as CSV in UTF-8."
        ) from error
    return parse_table(text, DEPARTMENT)


def parse_table(text: str, origin: str) -> Table:
    """The table in a text.

    Raises:
        TableError: the first thing that is wrong with it.
    """
    rows: list[Row] = []
    for row in _each(text):
        if isinstance(row, TableError):
            raise row
        rows.append(row)
    if not rows:
        raise _empty()
    return Table(tuple(rows), origin)


def problems(text: str) -> list[TableError]:
    """Everything that is wrong with a table, row by row."""
    found = list(_each(text))
    wrong = [row for row in found if isinstance(row, TableError)]
    return wrong or ([] if found else [_empty()])


def _empty() -> TableError:
    return TableError("The table has no row.", "`radonc department init` makes one to edit.")


def _each(text: str) -> Iterator[Row | TableError]:
    lines = text.splitlines()
    # a spreadsheet may have saved it with semicolons; no column's name holds either
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(lines, delimiter=delimiter)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        yield TableError(
            f"The table has no column {missing[0]}.", f"Its columns are {', '.join(COLUMNS)}."
        )
        return
    seen: set[str] = set()
    for cells in reader:
        try:
            row = read_row(cells)
        except TableError as error:
            yield error
            continue
        if row.name in seen:
            yield TableError(f"Two rows are called {row.name}.", "Give each row its own name.")
            continue
        seen.add(row.name)
        yield row
