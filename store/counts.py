"""What the store holds, counted: for the status line, and to know whether it was ever used."""

from store.case_table import Connection


def count_all(connection: Connection) -> tuple[int, int]:
    """The number of cases, and how many of them are synthetic."""
    row = connection.execute("SELECT count(*), count(*) FILTER (synthetic) FROM cases").fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def is_empty(connection: Connection) -> bool:
    """Whether no table has a row but the one that says which schema the store has."""
    tables = connection.execute(
        """SELECT table_name FROM duckdb_tables()
           WHERE database_name = current_database() AND table_name != 'schema_version'"""
    ).fetchall()
    return not any(
        connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for (name,) in tables
    )
