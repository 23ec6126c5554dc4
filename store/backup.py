"""Backup: everything that this home made, in one folder, with the hash of each file.

The store goes in as one consistent copy, encrypted where the store is, the rest as it lies
there; base models do not, they are taken from where they came. The home's secret and its key
file, without which patients cannot be recognised and an encrypted store cannot be opened, go in
only when asked for, and so does the way back to the chart. ``restoring`` brings a backup back.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from store import crosswalk
from store.audit import Connection, end_of_log, record
from store.audit_check import verify
from store.audit_head import FILE as HEAD_FILE, has_head, sealed_head
from store.errors import BadUsage, RadoncError
from store.home import FOLDERS, Home
from store.keybox import read_box
from store.keys import KEY_FILES, home_secret, keyed_hash
from store.lines import read_json, sha256_file, write_json
from store.opening import copied
from store.work import FOLDER_OF, Work

Report: TypeAlias = Callable[[str, int, int, str], None]
Opened: TypeAlias = Callable[[], AbstractContextManager[Connection]]

MANIFEST = "backup.json"
LEFT_OUT = ("models", "tmp")
"""Folders of a home that are not its own work."""
_NOT_KEPT = {"lock", "pid", "cache"}


@dataclass(frozen=True)
class Backup:
    """What a backup holds: ``files`` has bytes and SHA-256 by path.

    ``secret_id`` tells the homes apart without telling their secrets; ``skipped`` are works that
    were still going on.
    """

    made: str
    with_key: bool
    encrypted: bool
    secret_id: str
    audit: dict[str, Any]
    files: dict[str, dict[str, Any]]
    skipped: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(int(entry["bytes"]) for entry in self.files.values())


def back_up(home: Home, opened: Opened, out: Path, with_key: bool, report: Report) -> Backup:
    """Write a backup into the new folder ``out``; it is there whole or not at all.

    The store is held (by ``opened``, the lease's) only while it is copied.

    Raises:
        BadUsage: ``out`` exists, lies in the home, or its folder does not exist.
    """
    part = _check_out(home, out)
    left_out = () if with_key else (crosswalk.TABLE,)
    try:
        part.mkdir(mode=0o700)
        report("store", 0, 1, "")
        with (
            opened() as connection,
            copied(home, connection, part / home.database.name, left_out) as copy,
        ):
            head = _write_head(home, connection, copy, part)
        sources, skipped = _files(home, with_key)
        for number, source in enumerate(sources):
            report("copy", number, len(sources), "files")
            target = part / source.relative_to(home.path)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        made = Backup(
            datetime.now(UTC).isoformat(timespec="seconds"),
            with_key,
            read_box(home) is not None,
            secret_id(home),
            head,
            _hashed(part, report),
            tuple(skipped),
        )
        write_json(part / MANIFEST, {"schema": 1, "version": version("radonc-tui"), **vars(made)})
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    with opened() as connection:
        after = {"files": len(made.files), "with_key": with_key}
        record(connection, "store backed up", str(out), after=after)
    return made


def secret_id(home: Home) -> str:
    """What tells the homes apart that a backup may belong to."""
    return keyed_hash(home_secret(home), "backup")[:16]


def read_backup(folder: Path) -> Backup:
    """What the backup in ``folder`` holds, as it says.

    Raises:
        BadUsage: there is no backup.
        RadoncError: it was made by another version.
    """
    if not (folder / MANIFEST).is_file():
        raise BadUsage(f"{folder} is no backup.", "Name a folder that `store backup` wrote.")
    kept = read_json(folder / MANIFEST)
    if kept.get("schema") != 1:
        raise RadoncError(f"{folder} was made by another version of radonc.", "Use that version.")
    names = ("made", "with_key", "encrypted", "secret_id", "audit", "files")
    return Backup(*(kept[name] for name in names), skipped=tuple(kept["skipped"]))


def _check_out(home: Home, out: Path) -> Path:
    out = out.resolve()
    if out.exists():
        raise BadUsage(f"{out} exists already.", "Name a new folder.")
    if out.is_relative_to(home.path):
        raise BadUsage(f"{out} is in the home itself.", "Name a folder on another disk.")
    if not out.parent.is_dir():
        raise BadUsage(f"There is no folder {out.parent}.", "Make it first.")
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    return part


def _write_head(home: Home, connection: Connection, copy: Connection, part: Path) -> dict[str, Any]:
    """Put the head of the copied log beside it; of a log that is broken, the head as it is."""
    head: dict[str, Any] = sealed_head(home, end_of_log(copy))
    if not verify(connection, home).whole:
        head = read_json(home.path / HEAD_FILE) if has_head(home) else {}
    write_json(part / HEAD_FILE, head)
    return head


def _files(home: Home, with_key: bool) -> tuple[list[Path], list[str]]:
    """The files of the home that are copied as they are, and the works left out."""
    found = [home.path / name for name in KEY_FILES if with_key]
    found += [home.path / "settings.toml"]
    skipped: list[str] = []
    works = set(FOLDER_OF.values())
    for folder in (home.folder(name) for name in FOLDERS if name not in LEFT_OUT):
        for entry in sorted(folder.iterdir()):
            if folder.name in works and entry.is_dir() and Work(entry).alive():
                skipped.append(entry.name)
            else:
                found += _inside(entry)
    if not with_key:
        found = [path for path in found if path.name != crosswalk.FILE]
    return [path for path in found if path.is_file()], skipped


def _inside(path: Path) -> Iterator[Path]:
    """The files under ``path`` without links, locks, caches and halves."""
    if path.is_symlink() or path.name in _NOT_KEPT or path.suffix == ".part":
        return
    if path.is_dir():
        for entry in sorted(path.iterdir()):
            yield from _inside(entry)
    elif path.is_file():
        yield path


def _hashed(part: Path, report: Report) -> dict[str, dict[str, Any]]:
    files = [Path(folder) / name for folder, _, names in os.walk(part) for name in names]
    found: dict[str, dict[str, Any]] = {}
    for number, path in enumerate(sorted(files)):
        report("hash", number, len(files), "files")
        with path.open("rb") as file:
            os.fsync(file.fileno())
        entry = {"bytes": path.stat().st_size, "sha256": sha256_file(path)}
        found[str(path.relative_to(part))] = entry
    return found
