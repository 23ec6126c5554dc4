"""The store's schema as numbered SQL files, applied in order and never edited once released."""

from importlib.resources import files

import duckdb

from store.errors import RadoncError

AUDITED = 5
"""The version from which on the store has an audit log."""


def steps() -> list[tuple[int, str]]:
    """(number, SQL) of every migration, in order; the number is the file name's first part."""
    found = [
        (int(entry.name.split("_")[0]), entry.read_text(encoding="utf-8"))
        for entry in files(__name__).iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(found)


def version_of(connection: duckdb.DuckDBPyConnection) -> int:
    """The version of the schema that the store has; 0 of one that was just made."""
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)")
    row = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
    return int(row[0]) if row else 0


def migrate(connection: duckdb.DuckDBPyConnection) -> int:
    """Bring the schema to the newest version, one transaction a step; returns that version.

    Raises:
        RadoncError: the store was written by a newer version of the program.
    """
    version = version_of(connection)
    newest = steps()[-1][0]
    if version > newest:
        raise RadoncError(
            f"The store has schema {version}, this program knows {newest}.",
            "Use the newer radonc that wrote it.",
        )
    # DuckDB 1.5.5 cannot replay an ALTER of a table with a sequence from its log, so that a
    # process killed at the wrong moment would lock the store for good: go past the log
    connection.execute("SET checkpoint_threshold='0b'")
    for number, sql in steps():
        if number > version:
            connection.execute("BEGIN")
            connection.execute(sql)
            connection.execute("INSERT INTO schema_version VALUES (?)", [number])
            connection.execute("COMMIT")
    connection.execute("RESET checkpoint_threshold")
    return newest
