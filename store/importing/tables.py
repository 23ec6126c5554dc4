"""Tables as clinics export them: CSV, TSV, XLSX, Parquet and JSON lines, row by row.

Cells come as text, and a row only with the columns that are asked for, so that what is not
mapped is never held. A file that is not what its name says is refused from its first bytes, and
a table that names a column twice is refused, because nobody could say which was meant.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from store.errors import BadUsage, RadoncError
from store.importing.delimited import open_delimited
from store.importing.sheets import column_names, open_jsonl, open_parquet, open_xlsx

Row: TypeAlias = tuple[int, Mapping[str, str]]
"""A row's number as a person counts it (a header is row 1) and its cells by column."""

Reader: TypeAlias = Callable[[Sequence[str]], Iterator[Row]]

_OPENERS: Mapping[str, Callable[[Path, bytes], tuple[tuple[str, ...], Reader]]] = {
    ".csv": open_delimited,
    ".tsv": open_delimited,
    ".txt": open_delimited,
    ".xlsx": open_xlsx,
    ".parquet": open_parquet,
    ".jsonl": open_jsonl,
    ".ndjson": open_jsonl,
}
ENDINGS = tuple(_OPENERS)
SNIFFED = 1 << 16


@dataclass(frozen=True)
class Table:
    """A table that was looked at and found readable.

    ``read`` gives every row with the wanted columns, an absent cell as "". It raises a
    ``RadoncError`` that names file and row where the file turns out to be damaged.
    """

    path: Path
    columns: tuple[str, ...]
    read: Reader


def open_table(path: Path) -> Table:
    """Look at a table's kind, encoding and columns; quick, whatever the size of the file.

    Raises:
        BadUsage: the name's ending is none that can be read.
        RadoncError: the file is absent, empty, damaged, or not what its name says.
    """
    opener = _OPENERS.get(path.suffix.casefold())
    if opener is None:
        raise BadUsage(
            f"{path.name} has no ending that says what kind of table it is.",
            f"Tables that can be read end in {', '.join(ENDINGS)}.",
        )
    try:
        with path.open("rb") as file:
            head = file.read(SNIFFED)
    except OSError as error:
        raise RadoncError(
            f"{path} cannot be read: {error.strerror}.", "Look at the name and its permissions."
        ) from error
    if not head.strip():
        raise RadoncError(f"{path.name} is empty.", "Export it again.")
    names, read = opener(path, head)
    columns = column_names(names)
    first: dict[str, int] = {}
    for number, name in enumerate(columns, 1):
        # told by number: in a file without a header these are a patient's cells
        if first.setdefault(name, number) != number:
            raise RadoncError(
                f"{path.name}, row 1 gives columns {first[name]} and {number} the same name.",
                "Rename one of them, so that it is clear which is meant.",
            )
    return Table(path, columns, read)
