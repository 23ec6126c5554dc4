"""How many cases the store holds; what the status line asks again and again."""

from store.case_table import Connection


def count_all(connection: Connection) -> tuple[int, int]:
    """The number of cases, and how many of them are synthetic."""
    row = connection.execute("SELECT count(*), count(*) FILTER (synthetic) FROM cases").fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
