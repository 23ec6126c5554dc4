"""XLSX, Parquet and JSON lines.

An XLSX sheet holds a million rows at most and is read whole; the other kinds are read in
batches. An opener's ``most`` is how many rows will be asked for at most (None: all). Messages of
the reader library quote cells, which may name a patient, and are not shown.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, cast

from store.errors import RadoncError
from store.importing.header import LOOKED_AT as HEADER_ROWS, column_names, find_header
from store.importing.opened import Meter, Opened, Row
from store.importing.sheet_size import reaches_too_far

BATCH = 2000
LARGEST_SHEET = 1 << 30
LOOKED_AT = 1000


def open_xlsx(path: Path, head: bytes, most: int | None) -> Opened:
    """The columns of the first sheet, from its first row, and the reader of its rows.

    Raises:
        RadoncError: the file is no XLSX, is cut short, or is too large.
    """
    import fastexcel
    import polars as pl

    _check_archive(path, head)
    try:
        names_of_sheets = fastexcel.read_excel(path).sheet_names
        sheet = pl.read_excel(
            path,
            engine="calamine",
            has_header=False,
            infer_schema_length=0,
            raise_if_empty=False,
            drop_empty_rows=False,
            drop_empty_cols=False,
            read_options={} if most is None else {"n_rows": most + 1},
        )
    except Exception as error:  # the two libraries below raise errors of their own kinds
        raise _damaged(path, "XLSX") from error
    if sheet.is_empty():
        raise RadoncError(f"The first sheet of {path.name} is empty.", "Move the table there.")
    beginning = sheet.head(HEADER_ROWS).rows()
    header = find_header([[_text(cell) for cell in row] for row in beginning])
    names = header.names
    size = path.stat().st_size

    def read(wanted: Sequence[str], meter: Meter) -> Iterator[Row]:
        at = {name: place for place, name in reversed([*enumerate(names)])}
        places = [(name, at[name]) for name in wanted]
        for number, cells in enumerate(sheet.iter_rows(), 1):
            meter.bytes_read = size * number // sheet.height
            if number >= header.first and any(cells):
                yield number, {name: _text(cells[place]) for name, place in places}

    others = len(names_of_sheets) - 1
    which = f", the first of {others + 1}" if others else ""
    return Opened(names, read, f"XLSX, sheet {names_of_sheets[0]!r}{which}")


def _check_archive(path: Path, head: bytes) -> None:
    if not head.startswith(b"PK\x03\x04"):
        raise _damaged(path, "XLSX")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            far = size <= LARGEST_SHEET and reaches_too_far(archive)
    except Exception as error:  # a damaged archive raises errors of a dozen kinds
        raise _damaged(path, "XLSX") from error
    if far:
        raise RadoncError(
            f"{path.name} has a cell so far from the others that the sheet cannot be held.",
            "Delete what stands far right or far below the table, or export it as CSV.",
        )
    if size > LARGEST_SHEET:
        raise RadoncError(
            f"{path.name} is over a gigabyte when it is unpacked.", "Export it as CSV or Parquet."
        )


def open_parquet(path: Path, head: bytes, most: int | None) -> Opened:
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

    names = column_names(schema.names())
    stored = dict(zip(names, schema.names(), strict=True))
    closed = frozenset(
        name
        for name, kind in zip(names, schema.dtypes(), strict=True)
        if kind.is_nested() or kind == pl.Binary
    )
    size = path.stat().st_size

    def read(wanted: Sequence[str], meter: Meter) -> Iterator[Row]:
        for name in wanted:
            if name in closed:
                raise RadoncError(
                    f"{path.name}, column {name!r} holds {schema[stored[name]]}, "
                    "not text or numbers.",
                    "Map another column.",
                )
        texts = frame.select(pl.col(stored[name]).cast(pl.String).alias(name) for name in wanted)
        number = 0
        try:
            rows = frame.select(pl.len()).collect().item() if most is None else most
            texts = texts if most is None else texts.head(most)
            for batch in texts.collect_batches(chunk_size=BATCH, maintain_order=True):
                meter.bytes_read = size * min(number, rows) // max(rows, 1)
                for cells in batch.iter_rows(named=True):
                    number += 1
                    yield number, {name: _text(cell) for name, cell in cells.items()}
        except pl.exceptions.PolarsError as error:
            raise _damaged(path, "Parquet") from error

    return Opened(tuple(schema.names()), read, "Parquet", closed)


def open_jsonl(path: Path, head: bytes, most: int | None) -> Opened:
    """The keys of the first thousand objects and the reader of all lines, counted from 1.

    Raises:
        RadoncError: a line is no JSON object, or names a key twice; it is named by its number.
    """
    columns: dict[str, None] = {}
    for _, record in islice(_objects(path, Meter()), LOOKED_AT):
        columns.update(dict.fromkeys(record))
    if not columns:
        raise RadoncError(f"{path.name} holds no JSON objects.", "Export it again.")

    def read(wanted: Sequence[str], meter: Meter) -> Iterator[Row]:
        for number, record in _objects(path, meter):
            yield number, {name: _text(record.get(name)) for name in wanted}

    return Opened(tuple(columns), read, "JSON lines in UTF-8")


def _objects(path: Path, meter: Meter) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(1 << 22):
            number += 1
            meter.bytes_read += len(line)
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
