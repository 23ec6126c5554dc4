"""CSV and TSV: text tables, whatever separates their cells.

The text is UTF-8, or UTF-16 with its byte-order mark, and is decoded as it is read; no copy of
it is made. Another encoding (Windows-1252, say) is refused and not guessed: nearly any bytes
decode as Windows-1252, so a wrong guess would pass unseen into the names of diseases. Sentences
about a damaged file say where it is damaged and never what stands there, which may name a patient.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

from store.errors import RadoncError
from store.importing.opened import Meter, Opened, Row
from store.importing.sheets import column_names

LONGEST_LINE = 1 << 20
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_COUNTED_EVERY = 64
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE_AS = "Save it again as CSV in UTF-8, or as XLSX."


def open_delimited(path: Path, head: bytes, most: int | None) -> Opened:
    """The columns of a text table and the reader of its rows, which reads as far as it is asked.

    Raises:
        RadoncError: it is no text, in no known encoding, or has no header line.
    """
    encoding = _encoding(path, head)
    with path.open(encoding=encoding, newline="") as file:
        try:
            first = file.readline(LONGEST_LINE)
            if len(first) >= LONGEST_LINE:
                raise RadoncError(
                    f"{path.name} is no table: its first line has over a million characters.",
                    _SAVE_AS,
                )
            separator = max(_SEPARATORS, key=first.count)
            file.seek(0)
            lines = csv.reader(islice(file, 100), delimiter=separator, strict=True)
            header = next(lines, list[str]())
        except UnicodeError as error:
            raise _not_text(path, encoding, 1, _SEPARATORS) from error
        except csv.Error as error:
            raise _no_row(path, 1) from error
    if not any(name.strip() for name in header):
        raise RadoncError(f"{path.name}, row 1 names no columns.", _SAVE_AS)
    read = DelimitedReader(path, column_names(header), encoding, separator)
    name = encoding.removesuffix("-sig").upper()
    return Opened(tuple(header), read, f"text in {name}, cells parted by {_SEPARATORS[separator]}")


class DelimitedReader:
    """Reads the rows of one text table one by one; rows that are blank are passed over."""

    def __init__(self, path: Path, names: tuple[str, ...], encoding: str, separator: str) -> None:
        self.path = path
        self.names = names
        self.encoding = encoding
        self.separator = separator

    def __call__(self, wanted: Sequence[str], meter: Meter) -> Iterator[Row]:
        """The rows with the ``wanted`` columns; ``meter`` counts the bytes.

        Raises:
            RadoncError: a row has more cells than the header, a quote is open, or the text is
                damaged; the sentence names the row.
        """
        places = [(name, self.names.index(name)) for name in wanted]
        number = 1
        with (
            self.path.open("rb") as source,
            TextIOWrapper(source, encoding=self.encoding, newline="") as file,
        ):
            lines = csv.reader(file, delimiter=self.separator, strict=True)
            try:
                next(lines)
                for number, cells in enumerate(lines, 2):
                    if number % _COUNTED_EVERY == 0:
                        meter.bytes_read = source.tell()
                    if len(cells) > len(self.names):
                        raise self._too_wide(number, len(cells))
                    if any(cells):
                        yield number, {n: cells[p] if p < len(cells) else "" for n, p in places}
            except UnicodeError as error:
                raise _not_text(self.path, self.encoding, number + 1, self.separator) from error
            except csv.Error as error:
                raise _no_row(self.path, number + 1) from error

    def _too_wide(self, number: int, count: int) -> RadoncError:
        return RadoncError(
            f"{self.path.name}, row {number} has {count} cells where the header "
            f"has {len(self.names)} columns.",
            "Put cells that hold the separator into double quotes.",
        )


def _no_row(path: Path, number: int) -> RadoncError:
    return RadoncError(
        f"{path.name}, row {number} cannot be read: a double quote is not closed or stands inside "
        f"a cell, or a cell has over {csv.field_size_limit() // 1024} thousand characters.",
        "Mend the row, or export the table as XLSX.",
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
        raise _not_text(path, "utf-8", 1, _SEPARATORS) from error
    return "utf-8-sig"


def _not_text(path: Path, encoding: str, row: int, separators: Iterable[str]) -> RadoncError:
    """Where a file stops being text; in UTF-8 by its first bad byte, else near ``row``."""
    if encoding == "utf-16":
        return RadoncError(f"{path.name} is not UTF-16 text at or after row {row}.", _SAVE_AS)
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                before = line[: error.start]
                column = max(before.count(separator.encode()) for separator in separators) + 1
                return RadoncError(
                    f"{path.name}, row {number}, column {column} is not UTF-8 text "
                    f"(byte 0x{line[error.start]:02x}).",
                    _SAVE_AS,
                )
    return RadoncError(f"{path.name} is not UTF-8 text at or after row {row}.", _SAVE_AS)
