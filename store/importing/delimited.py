"""CSV and TSV: text tables, whatever separates their cells.

The text is UTF-8, UTF-16 or plainly Windows-1252 (``encoding``) and is decoded as it is read; no
copy of it is made. Another encoding is refused and not guessed: a wrong guess would pass unseen
into the names of diseases. Sentences about a damaged file say where it is damaged and never what
stands there, which may name a patient.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path

from store.errors import RadoncError
from store.importing.encoding import NOTE, find_encoding
from store.importing.header import LOOKED_AT, Header, find_header
from store.importing.opened import Meter, Opened, Row

LONGEST_LINE = 1 << 20
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_COUNTED_EVERY = 64
_SAVE_AS = "Save it again as CSV in UTF-8, or as XLSX."


def open_delimited(path: Path, head: bytes, most: int | None) -> Opened:
    """The columns of a text table and the reader of its rows, which reads as far as it is asked.

    Raises:
        RadoncError: it is no text, in no known encoding, or has no header line.
    """
    encoding = find_encoding(path, head, whole=most is None)
    if not encoding and b"\0" in head:
        raise RadoncError(f"{path.name} is no text: it holds zero bytes.", _SAVE_AS)
    if not encoding:
        raise _not_text(path, "utf-8", 1, _SEPARATORS)
    lines = _first_lines(path, encoding)
    if not lines:
        raise RadoncError(f"{path.name} is empty.", "Export it again.")
    tried = [(_header(lines, separator), separator) for separator in _SEPARATORS]
    found = [(header, separator) for header, separator in tried if header]
    if not found:
        raise _no_row(path, 1)
    header, separator = max(found, key=lambda one: (one[0].known, lines[0].count(one[1])))
    if all(name == f"column {n}" for n, name in enumerate(header.names, 1)):
        raise RadoncError(f"{path.name}, row 1 names no columns.", _SAVE_AS)
    read = DelimitedReader(path, header, encoding, separator)
    name = {"cp1252": "Windows-1252"}.get(encoding, encoding.removesuffix("-sig").upper())
    form = f"text in {name}, cells parted by {_SEPARATORS[separator]}"
    return Opened(header.names, read, form, note=NOTE if encoding == "cp1252" else "")


def _first_lines(path: Path, encoding: str) -> list[str]:
    """The first lines; a later one that is damaged is left to whoever reads it."""
    lines: list[str] = []
    with path.open(encoding=encoding, newline="") as file:
        try:
            while len(lines) < 100 and (line := file.readline(LONGEST_LINE)):
                if len(line) >= LONGEST_LINE and not lines:
                    raise RadoncError(
                        f"{path.name} is no table: its first line has over a million characters.",
                        _SAVE_AS,
                    )
                lines.append(line)
                if sum(map(len, lines)) > LONGEST_LINE:
                    break
        except UnicodeError as error:
            if not lines:
                raise _not_text(path, encoding, 1, _SEPARATORS) from error
    return lines


def _header(lines: Sequence[str], separator: str) -> Header | None:
    """The header if this separates the cells; None where the first row cannot be read so."""
    rows: list[list[str]] = []
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        while len(rows) < LOOKED_AT and (row := next(reader, None)) is not None:
            rows.append(row)
    except csv.Error:
        if not rows:
            return None
    return find_header(rows or [[""]])


class DelimitedReader:
    """Reads the rows of one text table one by one; rows that are blank are passed over."""

    def __init__(self, path: Path, header: Header, encoding: str, separator: str) -> None:
        self.path = path
        self.names = header.names
        self.first = header.first
        self.encoding = encoding
        self.separator = separator

    def __call__(self, wanted: Sequence[str], meter: Meter) -> Iterator[Row]:
        """The rows with the ``wanted`` columns; ``meter`` counts the bytes.

        Raises:
            RadoncError: a row has more cells than the header, a quote is open, or the text is
                damaged; the sentence names the row.
        """
        at = {name: place for place, name in reversed([*enumerate(self.names)])}
        places = [(name, at[name]) for name in wanted]
        number, width = 0, len(self.names)
        with (
            self.path.open("rb") as source,
            TextIOWrapper(source, encoding=self.encoding, newline="") as file,
        ):
            lines = csv.reader(file, delimiter=self.separator, strict=True)
            try:
                for number, cells in enumerate(lines, 1):
                    if number % _COUNTED_EVERY == 0:
                        meter.bytes_read = source.tell()
                    if number < self.first:
                        continue
                    if len(cells) > width and any(cells[width:]):
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


def _not_text(path: Path, encoding: str, row: int, separators: Iterable[str]) -> RadoncError:
    """Where a file stops being text; in UTF-8 by its first bad byte, else near ``row``."""
    if encoding.startswith("utf-16"):
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
