"""The store's file, plain or encrypted by DuckDB itself, opened for one process.

DuckDB's extension that can write encrypted files (httpfs, for its OpenSSL) is loaded from the
installed packages, signed; nothing is ever fetched. The database is always attached under the
name ``store``, so that the same SQL works on both. What tables there are is not known here.
"""

import re
import time
from collections.abc import Collection, Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from store.errors import RadoncError, refused_by_system
from store.home import Home
from store.keybox import Box, current_key, key_of, read_box, subkey

Connection = duckdb.DuckDBPyConnection

NAME = "store"
RESTORING = "restoring"
"""The marker in a home into which a backup is being restored."""


class StoreBusy(RadoncError):
    """Another process holds the store."""

    kind = "busy"


def connect(home: Home, wait: float = 0.0) -> Connection:
    """The store's file, opened whatever its schema, made if absent.

    Raises:
        StoreBusy: another process holds it for longer than ``wait`` seconds.
        Locked: the home is encrypted, and this process has no key.
        RadoncError: it cannot be read, or a restore of it was interrupted.
    """
    if (home.path / RESTORING).exists():
        raise RadoncError(
            f"A restore into the home {home.path} was interrupted.",
            "Do it again: radonc store restore FROM.",
        )
    box = read_box(home)
    is_new = not home.database.exists()
    until = time.monotonic() + wait
    while True:
        try:
            return _opened(home, box)
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise _not_opened(home.database, error, is_new) from error
            if time.monotonic() >= until:
                raise _busy(home.database, str(error)) from error
            time.sleep(0.1)
        except duckdb.Error as error:
            raise _not_opened(home.database, error, is_new) from error


def cursor_of(connection: Connection) -> Connection:
    """Another cursor on the same store, outside of any transaction."""
    cursor = connection.cursor()
    cursor.execute(f"USE {NAME}")
    return cursor


@contextmanager
def copied(
    home: Home, connection: Connection, target: Path, leave_out: Collection[str] = ()
) -> Generator[Connection]:
    """Write a whole copy of the store, encrypted as the home is now; yields a cursor on the copy.

    The copy is consistent whatever other threads write meanwhile, and is closed at the end. Tables
    to be left out are there without a row, and no block of the file ever held one.
    """
    with_extension(connection)
    cursor = connection.cursor()
    cursor.execute(f"ATTACH {quoted(target)} AS copy {key_clause(_current(home))}")
    try:
        if leave_out:
            _copy_tables(cursor, leave_out)
        else:
            cursor.execute(f"COPY FROM DATABASE {NAME} TO copy")
        cursor.execute("USE copy")
        yield cursor
        cursor.execute("CHECKPOINT copy")
    finally:
        cursor.execute(f"USE {NAME}")
        cursor.execute("DETACH copy")
        cursor.close()


def _copy_tables(cursor: Connection, leave_out: Collection[str]) -> None:
    """Copy the schema, then table by table the rows, of one moment."""
    cursor.execute("BEGIN")
    cursor.execute(f"COPY FROM DATABASE {NAME} TO copy (SCHEMA)")
    names = cursor.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND NOT temporary", [NAME]
    ).fetchall()
    for (name,) in sorted(names):
        if name not in leave_out:
            cursor.execute(f'INSERT INTO copy."{name}" SELECT * FROM {NAME}."{name}"')
    cursor.execute("COMMIT")


def database_key(key: bytes) -> str:
    """The key of the store's file, made of the home's."""
    return subkey(key, "store").hex()


def key_clause(key: bytes | None) -> str:
    return f"(ENCRYPTION_KEY '{database_key(key)}')" if key else ""


def quoted(path: Path) -> str:
    text = str(path).replace("'", "''")
    return f"'{text}'"


def settings(home: Home) -> dict[str, Any]:
    """Nothing is fetched, and what spills to disk stays in the home, encrypted where it is."""
    encrypted = {"temp_file_encryption": True} if read_box(home) else {}
    return {
        "temp_directory": str(home.tmp / "duckdb"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        **encrypted,
    }


def with_extension(connection: Connection) -> None:
    """Load what writes encrypted files."""
    found = find_spec("duckdb_extension_httpfs")
    folder = Path(found.origin).parent if found and found.origin else Path()
    files = sorted(folder.rglob(f"v{duckdb.__version__}/httpfs.duckdb_extension"))
    if not files:
        raise RadoncError(
            "The part of DuckDB that encrypts is not installed.",
            f"Install duckdb-extension-httpfs=={duckdb.__version__}.",
        )
    connection.execute(f"LOAD {quoted(files[0])}")


def _current(home: Home) -> bytes | None:
    current = current_key(home)
    return current[1] if current else None


def _opened(home: Home, box: Box | None) -> Connection:
    if box is None:
        return duckdb.connect(str(home.database), config=settings(home))
    # the current key first; while the keys change, the file may still be under the one before
    names = sorted(box.keys, key=lambda name: name != box.current)
    keys: list[bytes | None] = [key_of(home, name) for name in names]
    if box.changing in ("encrypt", "decrypt"):
        keys = [None, *keys] if not box.current else [*keys, None]
    if not home.database.exists():
        keys = keys[:1]
    connection = duckdb.connect(":memory:", config=settings(home))
    try:
        with_extension(connection)
        for key in keys[:-1]:
            if _attached(connection, home, key):
                return connection
        connection.execute(f"ATTACH {quoted(home.database)} AS {NAME} {key_clause(keys[-1])}")
        connection.execute(f"USE {NAME}")
    except BaseException:
        connection.close()
        raise
    return connection


def _attached(connection: Connection, home: Home, key: bytes | None) -> bool:
    """Attach with this key; False where the file is under another, or under none."""
    try:
        connection.execute(f"ATTACH {quoted(home.database)} AS {NAME} {key_clause(key)}")
    except (duckdb.InvalidInputException, duckdb.CatalogException) as error:
        if "encrypt" in str(error):
            return False
        raise
    connection.execute(f"USE {NAME}")
    return True


def _busy(path: Path, text: str) -> StoreBusy:
    holder = re.search(r"held in (.+?) \(PID (\d+)\)", text)
    who = f"process {holder[2]} ({Path(holder[1]).name})" if holder else "another process"
    return StoreBusy(
        f"The store {path} is in use by {who}.",
        "Close it there, or give --wait SECONDS to wait for it.",
    )


def _not_opened(path: Path, error: Exception, is_new: bool) -> RadoncError:
    """Why: the system's refusal, or damage. What is left of a store that could not be made goes."""
    if refused := refused_by_system(str(error), str(path)):
        if is_new:
            # it would be no store once there is room
            path.unlink(missing_ok=True)
        return refused
    first = str(error).splitlines()[0]
    return RadoncError(
        f"The store {path} cannot be opened: {first}", "Restore it from a backup, or move it away."
    )
