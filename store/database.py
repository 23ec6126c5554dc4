"""One process, one open store: the lease.

DuckDB lets one process at a time hold the file open for writing. So the store is opened late,
closed after about a second of idleness, and never held while something parses, trains or waits
for a person. Threads of this process share the one instance through cursors. SQL of single
tables lives in the modules beside this one and nowhere else.
"""

import atexit
import re
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from store.errors import RadoncError
from store.home import Home
from store.migrations import migrate

IDLE_SECONDS = 1.0


class StoreBusy(RadoncError):
    """Another process holds the store."""

    kind = "busy"


class Lease:
    """The right of this process to the store of one home; opened when used, closed when idle."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.wait = 0.0
        self._guard = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._users = 0
        self._timer: threading.Timer | None = None
        # the timer's thread must not be inside DuckDB while Python ends: the process would abort
        atexit.register(self.close)

    @contextmanager
    def use(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A cursor on the open store, in one transaction: committed at the end, or rolled back.

        Raises:
            StoreBusy: another process still holds the store after ``wait`` seconds.
        """
        cursor = self._enter()
        try:
            cursor.execute("BEGIN")
            yield cursor
            cursor.execute("COMMIT")
        except BaseException:
            _rollback(cursor)
            raise
        finally:
            cursor.close()
            self._leave()

    def close(self) -> None:
        """Close now, unless some thread is still using the store."""
        with self._guard:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if self._connection and not self._users:
                self._connection.close()
                self._connection = None

    def _enter(self) -> duckdb.DuckDBPyConnection:
        with self._guard:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if self._connection is None:
                self._connection = open_store(self._home, self.wait)
            self._users += 1
            return self._connection.cursor()

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
        RadoncError: the file is no store, or is damaged.
    """
    until = time.monotonic() + wait
    while True:
        try:
            connection = duckdb.connect(str(home.database), config=_settings(home.tmp))
            break
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise _damaged(home.database, error) from error
            if time.monotonic() >= until:
                raise _busy(home.database, str(error)) from error
            time.sleep(0.1)
        except duckdb.Error as error:
            raise _damaged(home.database, error) from error
    migrate(connection)
    return connection


def _settings(tmp: Path) -> dict[str, Any]:
    """Nothing is fetched, and what spills to disk stays in the home."""
    return {
        "temp_directory": str(tmp / "duckdb"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _busy(path: Path, text: str) -> StoreBusy:
    holder = re.search(r"held in (.+?) \(PID (\d+)\)", text)
    who = f"process {holder[2]} ({Path(holder[1]).name})" if holder else "another process"
    return StoreBusy(
        f"The store {path} is in use by {who}.",
        "Close it there, or give --wait SECONDS to wait for it.",
    )


def _damaged(path: Path, error: Exception) -> RadoncError:
    first = str(error).splitlines()[0]
    return RadoncError(
        f"The store {path} cannot be opened: {first}", "Restore it from a backup, or move it away."
    )


def _rollback(cursor: duckdb.DuckDBPyConnection) -> None:
    """Undo what the transaction did; an error inside one may have ended it already."""
    try:
        cursor.execute("ROLLBACK")
    except duckdb.TransactionException:
        return
