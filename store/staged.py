"""Staged files of an import as something that a query can read, sealed or not.

DuckDB reads a plain file itself. A sealed one is unsealed a piece at a time into a temporary
table, which lies in memory and, where it must spill, in DuckDB's encrypted temporary files.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import duckdb

from store.lines import read_texts
from store.sealing import is_sealed

Connection = duckdb.DuckDBPyConnection

PIECE = 2000


def source(connection: Connection, path: Path, columns: Mapping[str, str]) -> str:
    """A table expression over a staged file, its columns named and typed.

    Raises:
        RadoncError: the file is sealed and was changed or cut short.
    """
    if is_sealed(path):
        return _unsealed_table(connection, path, columns)
    types = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    quoted = str(path).replace("'", "''")
    return (
        f"read_json('{quoted}', format='newline_delimited', columns={{{types}}},"
        " maximum_object_size=4194304)"
    )


def drop(connection: Connection, directory: Path) -> None:
    """Let go of what ``source`` unsealed of the files of a directory."""
    for path in directory.glob("*.jsonl"):
        connection.execute(f'DROP TABLE IF EXISTS temp."{_name(path)}"')


def _unsealed_table(connection: Connection, path: Path, columns: Mapping[str, str]) -> str:
    name = _name(path)
    table = f'temp."{name}"'
    known = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE temporary AND table_name = ?", [name]
    )
    if known.fetchone():
        return table
    typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    connection.execute(f"CREATE TEMP TABLE {table} ({typed})")
    for piece in _pieces(read_texts(path)):
        connection.execute(
            f"INSERT INTO {table} SELECT unnest(from_json(?::JSON, ?), max_depth := 2)",
            [f"[{','.join(piece)}]", json.dumps([dict(columns)])],
        )
    return table


def _pieces(texts: Iterator[str]) -> Iterator[list[str]]:
    while piece := list(islice(texts, PIECE)):
        yield piece


def _name(path: Path) -> str:
    """The name of a file's table: of its import too, since one transaction may take in several."""
    return f"{path.parent.name} {path.stem}"
