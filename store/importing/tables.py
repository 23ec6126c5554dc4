"""Tables as clinics export them: CSV, TSV, XLSX, Parquet and JSON lines, row by row.

Cells come as text, and a row only with the columns that are asked for, so that what is not
mapped is never held. A file that is not what its name says is refused from its first bytes.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from store.errors import BadUsage, RadoncError
from store.importing.delimited import open_delimited
from store.importing.header import column_names
from store.importing.opened import Meter, Opened, Reader, Row
from store.importing.sheets import open_jsonl, open_parquet, open_xlsx

_OPENERS: Mapping[str, Callable[[Path, bytes, int | None], Opened]] = {
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

    ``size`` is in bytes; ``form`` says in words what the file is (encoding, separator, sheet);
    columns that are ``closed`` hold neither text nor numbers and cannot be read; ``note`` is said
    of each record with letters that are not ASCII.
    """

    path: Path
    columns: tuple[str, ...]
    size: int
    form: str
    closed: frozenset[str]
    reader: Reader
    note: str = ""

    def read(self, wanted: Sequence[str], meter: Meter | None = None) -> Iterator[Row]:
        """Every row with the wanted columns, an absent cell as ""; ``meter`` says how far it is.

        Raises:
            RadoncError: the file turns out to be damaged; the sentence names file and row.
        """
        return self.reader(wanted, meter or Meter())


def open_table(path: Path, most: int | None = None) -> Table:
    """Look at a table's kind, encoding and columns, to read ``most`` rows of it (None: all).

    It is quick, whatever the size of the file; only an XLSX is unpacked first.

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
            size = file.seek(0, os.SEEK_END)
    except OSError as error:
        raise RadoncError(
            f"{path} cannot be read: {error.strerror}.", "Look at the name and its permissions."
        ) from error
    if not head.strip():
        raise RadoncError(f"{path.name} is empty.", "Export it again.")
    opened = opener(path, head, most)
    columns = column_names(opened.header)
    return Table(path, columns, size, opened.form, opened.closed, opened.read, opened.note)
