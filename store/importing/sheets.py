"""XLSX, Parquet and JSON lines.

An XLSX sheet holds a million rows at most and is read whole; the other kinds are read in
batches. Messages of the reader library quote cells, which may name a patient, and are not shown.
"""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, cast

from store.errors import RadoncError

BATCH = 2000
LARGEST_SHEET = 1 << 30
LOOKED_AT = 1000

Rows = Iterator[tuple[int, Mapping[str, str]]]
Opened = tuple[tuple[str, ...], Callable[[Sequence[str]], Rows]]


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """The names by which columns are asked for: without spaces around, nameless ones numbered."""
    return tuple(name.strip() or f"column {n}" for n, name in enumerate(header, 1))


def open_xlsx(path: Path, head: bytes) -> Opened:
    """The columns of the first sheet, from its first row, and the reader of its rows.

    Raises:
        RadoncError: the file is no XLSX, is cut short, or is too large.
    """
    import polars as pl

    _check_archive(path, head)
    try:
        sheet = pl.read_excel(
            path,
            engine="calamine",
            has_header=False,
            infer_schema_length=0,
            raise_if_empty=False,
            drop_empty_rows=False,
            drop_empty_cols=False,
        )
    except Exception as error:  # the two libraries below raise errors of their own kinds
        raise _damaged(path, "XLSX") from error
    if sheet.is_empty():
        raise RadoncError(f"The first sheet of {path.name} is empty.", "Move the table there.")
    header = tuple(str(cell or "") for cell in sheet.row(0))
    names = column_names(header)

    def read(wanted: Sequence[str]) -> Rows:
        places = [(name, names.index(name)) for name in wanted]
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if number > 1 and any(cells):
                yield number, {name: _text(cells[place]) for name, place in places}

    return header, read


def _check_archive(path: Path, head: bytes) -> None:
    if not head.startswith(b"PK\x03\x04"):
        raise _damaged(path, "XLSX")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise _damaged(path, "XLSX") from error
    if size > LARGEST_SHEET:
        raise RadoncError(
            f"{path.name} is over a gigabyte when it is unpacked.", "Export it as CSV or Parquet."
        )


def open_parquet(path: Path, head: bytes) -> Opened:
    """The columns of a Parquet file and the reader of its rows, which count from 1.

    Raises:
        RadoncError: the file is no Parquet or is cut short.
    """
    import polars as pl

    if not head.startswith(b"PAR1"):
        raise _damaged(path, "Parquet")
    frame = pl.scan_parquet(path, glob=False)
    try:
        schema = frame.collect_schema()
    except pl.exceptions.PolarsError as error:
        raise _damaged(path, "Parquet") from error

    stored = dict(zip(column_names(schema.names()), schema.names(), strict=True))

    def read(wanted: Sequence[str]) -> Rows:
        for name in wanted:
            kind = schema[stored[name]]
            if kind.is_nested() or kind == pl.Binary:
                raise RadoncError(
                    f"{path.name}, column {name!r} holds {kind}, not text or numbers.",
                    "Map another column.",
                )
        texts = frame.select(pl.col(stored[name]).cast(pl.String).alias(name) for name in wanted)
        number = 0
        try:
            for batch in texts.collect_batches(chunk_size=BATCH, maintain_order=True):
                for cells in batch.iter_rows(named=True):
                    number += 1
                    yield number, {name: _text(cell) for name, cell in cells.items()}
        except pl.exceptions.PolarsError as error:
            raise _damaged(path, "Parquet") from error

    return tuple(schema.names()), read


def open_jsonl(path: Path, head: bytes) -> Opened:
    """The keys of the first thousand objects and the reader of all lines, counted from 1.

    Raises:
        RadoncError: a line is no JSON object, or names a key twice; it is named by its number.
    """
    columns: dict[str, None] = {}
    for _, record in islice(_objects(path), LOOKED_AT):
        columns.update(dict.fromkeys(record))
    if not columns:
        raise RadoncError(f"{path.name} holds no JSON objects.", "Export it again.")

    def read(wanted: Sequence[str]) -> Rows:
        for number, record in _objects(path):
            yield number, {name: _text(record.get(name)) for name in wanted}

    return tuple(columns), read


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(1 << 22):
            number += 1
            if not line.strip():
                continue
            try:
                record: object = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
                if b"\\u" in line:  # half of a surrogate pair is legal in JSON and no text
                    json.dumps(record, ensure_ascii=False).encode()
            except (ValueError, RecursionError) as error:
                raise RadoncError(
                    f"{path.name}, row {number} is no JSON object in UTF-8.",
                    'Each line has to be one object, such as {"MRN": "1", "Dx": "..."}.',
                ) from error
            if not isinstance(record, dict):
                raise RadoncError(
                    f"{path.name}, row {number} is no JSON object.", "Export one object a line."
                )
            cells = {key.strip(): value for key, value in cast(dict[str, Any], record).items()}
            if len(cells) < len(cast(dict[str, Any], record)):
                raise RadoncError(
                    f"{path.name}, row {number} has two keys that differ only in spaces.",
                    "Rename one of them, so that it is clear which is meant.",
                )
            yield number, cells


def _text(value: object) -> str:
    """A cell as text; a whole number that was stored as a float is printed without ``.0``."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _damaged(path: Path, kind: str) -> RadoncError:
    return RadoncError(
        f"{path.name} is no {kind} file, or is cut short.", "Export or copy it again."
    )
