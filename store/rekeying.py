"""A home encrypted, decrypted, or given another key, so that a crash at any moment loses nothing.

First the key box is written with every key that any file may need until the end, the old and the
new; then each file is replaced whole, the store's among them; last the box forgets the old key.
Whatever is killed between is readable as before, half under one key and half under the other, and
goes on where it ended when asked again. ``report`` is called before each write.
"""

import os
import shutil
from pathlib import Path

import duckdb

from store import keybox
from store.audit import chain, end_of_log, record
from store.audit_head import Head
from store.crosswalk import drop_all, drop_staged
from store.database import open_store
from store.errors import BadUsage
from store.holding import hold
from store.home import FOLDERS, Home
from store.keybox import Box, Lock
from store.keys import SECRET_FILE, home_secret, secret_bytes
from store.line_edits import line_files
from store.lines import read_texts
from store.opening import NAME, Connection, key_clause, quoted, settings, with_extension
from store.rewriting import Report, rewrite_store
from store.sealing import sealed_with, sealer_for

DONE = {"encrypt": "store encrypted", "decrypt": "store decrypted", "rekey": "store rekeyed"}


def encrypt(home: Home, lock: Lock, secret: bytes, report: Report) -> str:
    """Encrypt the store and seal every file with case text; returns what was done.

    Raises:
        BadUsage: the home is encrypted already.
        HomeBusy: somebody is using it.
    """
    with hold(home, alone=True):
        box = keybox.read_box(home)
        if box and not box.changing:
            raise BadUsage(f"The home {home.path} is encrypted.", "Change its key by store rekey.")
        if box is None:
            # made if absent, so that the log is there to say that it was encrypted
            open_store(home).close()
            _begin(home, lock, secret, "encrypt", report)
        return _carry_out(home, report)


def rekey(home: Home, lock: Lock, secret: bytes, report: Report) -> str:
    """Seal everything with a new key under a new secret; returns what was done.

    Raises:
        BadUsage: the home is not encrypted.
        Locked: it was not opened by this process.
        HomeBusy: somebody is using it.
    """
    with hold(home, alone=True):
        if not _encrypted(home).changing:
            _begin(home, lock, secret, "rekey", report)
        return _carry_out(home, report)


def decrypt(home: Home, report: Report) -> str:
    """Write everything as plain files, without the crosswalk; returns what was done.

    Raises:
        BadUsage: the home is not encrypted.
        Locked: it was not opened by this process.
        HomeBusy: somebody is using it.
    """
    with hold(home, alone=True):
        box = _encrypted(home)
        for name in box.keys:
            keybox.key_of(home, name)
        if not box.changing:
            report("key box", 0, 1, "")
            keybox.write_box(home, keybox.changed(box, current="", changing="decrypt"))
        return _carry_out(home, report)


def _encrypted(home: Home) -> Box:
    box = keybox.read_box(home)
    if box is None:
        raise BadUsage(f"The home {home.path} is not encrypted.", "Encrypt it by store encrypt.")
    return box


def _begin(home: Home, lock: Lock, secret: bytes, change: str, report: Report) -> None:
    """Write the box with the old keys and a new one, which seals from here on."""
    box = keybox.read_box(home)
    keys = {name: keybox.key_of(home, name) for name in box.keys} if box else {}
    name, key = keybox.new_key()
    keys[name] = key
    made = keybox.changed(keybox.locked(lock, secret, keys, name), changing=change)
    report("key box", 0, 1, "")
    keybox.write_box(home, made)
    keybox.remember(home, keys)


def _carry_out(home: Home, report: Report) -> str:
    """Do the change that the box names, from wherever it is; returns its name."""
    box = _encrypted(home)
    _drop_leftovers(home)
    if not box.current:
        drop_staged(home)
    _change_store(home, box, report)
    files = [path for path in line_files(home) if sealed_with(path) != box.current]
    for number, path in enumerate(files):
        report("files", number, len(files), "files")
        _rewrite(path)
    # another process may have been writing a file as this began
    for path in line_files(home):
        if sealed_with(path) != box.current:
            _rewrite(path)
    report("secret", 0, 1, "")
    _rewrite_secret(home)
    report("key box", 1, 1, "")
    if box.current:
        kept = {box.current: box.keys[box.current]}
        keybox.write_box(home, keybox.changed(box, keys=kept, changing=""))
        keybox.remember(home, {box.current: keybox.key_of(home, box.current)})
    else:
        (home.path / keybox.FILE).unlink()
        keybox.forget(home)
    return box.changing


def _drop_leftovers(home: Home) -> None:
    """Remove halves that killed processes left, and what DuckDB spilled: nobody is at work."""
    for folder in FOLDERS:
        if folder != "models":
            for path in home.folder(folder).rglob("*.part"):
                if path.is_file():
                    path.unlink()
    shutil.rmtree(home.tmp / "duckdb", ignore_errors=True)


def _rewrite(path: Path) -> None:
    """Write a file of lines anew, under the current key or plain, whole or not at all."""
    sealer = sealer_for(path)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        if sealer:
            file.write(sealer.head)
        for text in read_texts(path):
            file.write(sealer.line(text) if sealer else text.encode() + b"\n")
        if sealer:
            file.write(sealer.end())
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _rewrite_secret(home: Home) -> None:
    secret = home_secret(home)
    path = home.path / SECRET_FILE
    part = home.path / f"{SECRET_FILE}.part"
    with part.open("wb") as file:
        file.write(secret_bytes(home, secret))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _change_store(home: Home, box: Box, report: Report) -> None:
    """Replace the store by a copy under the current key, with the change in its audit log."""
    if not home.database.exists() or _is_current(home, box):
        return
    if not box.current:
        _drop_crosswalk(home)

    def log(copy: Connection) -> Head:
        record(copy, DONE[box.changing], "store")
        return chain(copy, end_of_log(copy), home_secret(home))

    rewrite_store(home, keybox.key_of(home, box.current) if box.current else None, report, log)


def _drop_crosswalk(home: Home) -> None:
    """Empty it while it still is encrypted, so that no block of the plain file ever holds it."""
    store = open_store(home)
    drop_all(store)
    store.close()


def _is_current(home: Home, box: Box) -> bool:
    """Whether the store is already under the current key, or plain where there is none."""
    key = keybox.key_of(home, box.current) if box.current else None
    with duckdb.connect(":memory:", config=settings(home)) as connection:
        with_extension(connection)
        try:
            connection.execute(f"ATTACH {quoted(home.database)} AS {NAME} {key_clause(key)}")
        except (duckdb.InvalidInputException, duckdb.CatalogException):
            return False
        # an attached store with work in its log writes that now
        connection.execute(f"DETACH {NAME}")
    return True
