"""The store's file replaced by a fresh copy: under another key, or without what was deleted.

DuckDB leaves deleted rows in the free blocks of its file; a copy has none of them. The copy takes
the file's place whole, or the file stays what it was.
"""

import os
from collections.abc import Callable
from typing import TypeAlias

from store.audit_head import Head, write_head
from store.database import open_store
from store.errors import RadoncError
from store.home import Home
from store.opening import NAME, Connection, key_clause, quoted, with_extension

Report: TypeAlias = Callable[[str, int, int, str], None]


def rewrite_store(
    home: Home,
    key: bytes | None,
    report: Report,
    finish: Callable[[Connection], Head] | None = None,
) -> None:
    """Copy the store into a fresh file under ``key`` (None: plain), and put that in its place.

    ``finish`` writes to the copy before it counts, and returns the end of its audit log. Hold
    the home alone around this.

    Raises:
        RadoncError: a file could not be closed.
    """
    fresh = home.database.with_suffix(".new")
    for path in (fresh, fresh.with_name(fresh.name + ".wal")):
        path.unlink(missing_ok=True)
    head: Head | None = None
    old = open_store(home)
    try:
        # what waits in its log must be in the file before another takes its place
        old.execute(f"CHECKPOINT {NAME}")
        report("copy store", 0, 1, "")
        with_extension(old)
        old.execute(f"ATTACH {quoted(fresh)} AS fresh {key_clause(key)}")
        old.execute(f"COPY FROM DATABASE {NAME} TO fresh")
        if finish:
            old.execute("USE fresh")
            old.execute("BEGIN")
            head = finish(old)
            old.execute("COMMIT")
        old.execute("CHECKPOINT fresh")
        old.execute(f"USE {NAME}")
        old.execute("DETACH fresh")
    finally:
        old.close()
    for path in (home.database, fresh):
        if path.with_name(path.name + ".wal").exists():
            raise RadoncError(f"The store {path} could not be closed.", "Do this again.")
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    report("replace store", 0, 1, "")
    fresh.replace(home.database)
    if head:
        report("audit head", 0, 1, "")
        write_head(home, head)
