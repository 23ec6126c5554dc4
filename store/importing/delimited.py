"""CSV and TSV: text tables, whatever separates their cells.

The text is UTF-8, or UTF-16 with its byte-order mark. Another encoding (Windows-1252, say) is
refused and not guessed: nearly any bytes decode as Windows-1252, so a wrong guess would pass
unseen into the names of diseases. Sentences about a damaged file are made here from its own
bytes; the reader library's messages quote cells, which may name a patient, and are not shown.
"""

import codecs
import csv
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from store.errors import RadoncError

BATCH = 2000
LONGEST_LINE = 1 << 20
_SEPARATORS = ",;\t|"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE_AS = "Save it again as CSV in UTF-8, or as XLSX."

Rows = Iterator[tuple[int, Mapping[str, str]]]


def open_delimited(path: Path, head: bytes) -> tuple[tuple[str, ...], "DelimitedReader"]:
    """The columns of a text table and the reader of its rows.

    Raises:
        RadoncError: it is no text, in no known encoding, or has no header line.
    """
    encoding = _encoding(path, head)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(LONGEST_LINE)
        if len(first) >= LONGEST_LINE:
            raise RadoncError(
                f"{path.name} is no table: its first line has over a million characters.", _SAVE_AS
            )
        separator = max(_SEPARATORS, key=first.count)
        file.seek(0)
        header = next(csv.reader(islice(file, 100), delimiter=separator), list[str]())
    if not any(name.strip() for name in header):
        raise RadoncError(f"{path.name}, row 1 names no columns.", _SAVE_AS)
    return tuple(header), DelimitedReader(path, tuple(header), encoding, separator)


class DelimitedReader:
    """Reads the rows of one text table in batches; rows that are blank are passed over."""

    def __init__(self, path: Path, header: tuple[str, ...], encoding: str, separator: str) -> None:
        self.path = path
        self.names = [name.strip() or f"column {n}" for n, name in enumerate(header, 1)]
        self.encoding = encoding
        self.separator = separator

    def __call__(self, wanted: Sequence[str]) -> Rows:
        """The rows with the ``wanted`` columns.

        Raises:
            RadoncError: a row has more cells than the header, a quote is open, or the text is
                damaged; the sentence names the row.
        """
        import polars as pl

        with self._as_utf8() as path:
            frame = pl.scan_csv(
                path,
                separator=self.separator,
                infer_schema=False,
                empty_string_is_null=False,
                with_column_names=lambda _: self.names,
                glob=False,
            )
            batches = frame.collect_batches(chunk_size=BATCH, maintain_order=True)
            number = 1
            try:
                for batch in batches:
                    for cells in batch.iter_rows(named=True):
                        number += 1
                        if any(cells.values()):
                            yield number, {name: cells[name] or "" for name in wanted}
            except pl.exceptions.PolarsError as error:
                raise self._damage(path, number) from error

    @contextmanager
    def _as_utf8(self) -> Generator[Path]:
        """A path to the table in UTF-8: its own, or a copy in the home's temporary folder."""
        if self.encoding != "utf-16":
            yield self.path
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "table.csv"
            with (
                self.path.open(encoding="utf-16", newline="") as source,
                copy.open("w", encoding="utf-8", newline="") as target,
            ):
                try:
                    shutil.copyfileobj(source, target)
                except UnicodeError as error:
                    raise RadoncError(f"{self.path.name} is cut short.", _SAVE_AS) from error
            yield copy

    def _damage(self, path: Path, after: int) -> RadoncError:
        """What is wrong with the table, found by looking at it again line by line."""
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    column = line[: error.start].count(self.separator.encode()) + 1
                    return _not_utf8(self.path, number, column, line[error.start])
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, cells in enumerate(csv.reader(file, delimiter=self.separator), 1):
                if len(cells) > len(self.names):
                    return RadoncError(
                        f"{self.path.name}, row {number} has {len(cells)} cells where the header "
                        f"has {len(self.names)} columns.",
                        "Put cells that hold the separator into double quotes.",
                    )
        return RadoncError(
            f"{self.path.name} cannot be read as a table after row {after}.",
            "Look for a double quote that is not closed, or export it as XLSX.",
        )


def _encoding(path: Path, head: bytes) -> str:
    """The encoding of a text file, judged by its first bytes."""
    if head.startswith(_UTF16):
        return "utf-16"
    if b"\0" in head:
        raise RadoncError(f"{path.name} is no text: it holds zero bytes.", _SAVE_AS)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        before = head[: error.start]
        line = before[before.rfind(b"\n") + 1 :]
        columns = max(line.count(separator.encode()) for separator in _SEPARATORS)
        row = before.count(b"\n") + 1
        raise _not_utf8(path, row, columns + 1, head[error.start]) from error
    return "utf-8-sig"


def _not_utf8(path: Path, row: int, column: int, byte: int) -> RadoncError:
    return RadoncError(
        f"{path.name}, row {row}, column {column} is not UTF-8 text (byte 0x{byte:02x}).", _SAVE_AS
    )
