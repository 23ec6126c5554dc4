"""One process, one open store: the lease.

DuckDB lets one process at a time hold the file open for writing. So the store is opened late,
closed after about a second of idleness, and never held while something parses, trains or waits
for a person. Threads of this process share the one instance through cursors. SQL of single
tables lives in the modules beside this one and nowhere else. What a transaction laid down for
the audit log is chained into it when the transaction ends. How the file itself is opened, plain
or encrypted, is in ``opening``.
"""

import atexit
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO

import duckdb

from store.audit import START, chain, end_of_log, is_pending
from store.audit_head import has_head, write_head
from store.holding import hold
from store.home import Home
from store.keys import home_secret
from store.migrations import AUDITED, migrate, version_of
from store.opening import StoreBusy, connect, cursor_of
from store.points import reached

__all__ = ["IDLE_SECONDS", "Lease", "StoreBusy", "open_store"]

IDLE_SECONDS = 1.0


class Lease:
    """The right of this process to the store of one home; opened when used, closed when idle."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.wait = 0.0
        self._guard = threading.Lock()
        self._chaining = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._held: IO[bytes] | None = None
        self._users = 0
        self._timer: threading.Timer | None = None
        # the timer's thread must not be inside DuckDB while Python ends: the process would abort
        atexit.register(self.close)

    @contextmanager
    def use(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A cursor on the open store, in one transaction: committed at the end, or rolled back.

        Raises:
            StoreBusy: another process still holds the store after ``wait`` seconds.
            Locked: the home is encrypted, and this process has no key.
        """
        cursor = self._enter()
        try:
            cursor.execute("BEGIN")
            yield cursor
            self._commit(cursor)
        except BaseException:
            _rollback(cursor)
            raise
        finally:
            cursor.close()
            self._leave()

    def _commit(self, cursor: duckdb.DuckDBPyConnection) -> None:
        if not is_pending(cursor):
            reached("commit")
            cursor.execute("COMMIT")
            return
        # one at a time, each after the end that the one before committed
        with self._chaining:
            reached("chain")
            newest = cursor_of(cursor)
            head = chain(cursor, end_of_log(newest), home_secret(self._home))
            newest.close()
            reached("commit")
            cursor.execute("COMMIT")
            reached("head")
            write_head(self._home, head)

    def close(self) -> None:
        """Close now, unless some thread is still using the store."""
        with self._guard:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if self._connection and not self._users:
                self._connection.close()
                self._connection = None
                if self._held:
                    self._held.close()

    def _enter(self) -> duckdb.DuckDBPyConnection:
        with self._guard:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if self._connection is None:
                self._open()
            self._users += 1
            assert self._connection is not None
            return cursor_of(self._connection)

    def _open(self) -> None:
        held = hold(self._home)
        try:
            self._connection = open_store(self._home, self.wait)
        except BaseException:
            held.close()
            raise
        self._held = held

    def _leave(self) -> None:
        with self._guard:
            self._users -= 1
            if not self._users:
                self._timer = threading.Timer(IDLE_SECONDS, self.close)
                self._timer.daemon = True
                self._timer.start()


def open_store(home: Home, wait: float = 0.0) -> duckdb.DuckDBPyConnection:
    """Open the store of ``home``, made if absent, at the newest schema.

    Raises:
        StoreBusy: another process holds it for longer than ``wait`` seconds.
        Locked: the home is encrypted, and this process has no key.
        RadoncError: the file is no store, or is damaged.
    """
    connection = connect(home, wait)
    if version_of(connection) < AUDITED and not has_head(home):
        # from here on a home without a head has lost it
        write_head(home, START)
    migrate(connection)
    return connection


def _rollback(cursor: duckdb.DuckDBPyConnection) -> None:
    """Undo what the transaction did; an error inside one may have ended it already."""
    try:
        cursor.execute("ROLLBACK")
    except duckdb.TransactionException:
        return
