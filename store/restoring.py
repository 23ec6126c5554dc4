"""Restoring: a backup brought back into a home that has no store, each file checked twice.

A home that has something is never written over. While it is under way a marker stands in the
home, and nothing opens the store: what is half restored is never seen.
"""

import os
import shutil
from pathlib import Path

from store.backup import Backup, Report, read_backup, secret_id
from store.counts import is_empty
from store.database import open_store
from store.errors import RadoncError, Refused
from store.holding import hold
from store.home import FOLDERS, Home
from store.keys import KEY_FILES
from store.lines import sha256_file
from store.opening import RESTORING


def check_backup(folder: Path, report: Report) -> Backup:
    """The backup in ``folder``, after every file of it was read and compared with its hash.

    Raises:
        BadUsage: there is no backup.
        RadoncError: a file is missing, changed, or was not there when it was made.
    """
    kept = read_backup(folder)
    for number, (name, entry) in enumerate(kept.files.items()):
        report("check", number, len(kept.files), "files")
        path = folder / name
        inside = path.resolve().is_relative_to(folder.resolve())
        if not inside or not path.is_file() or sha256_file(path) != entry["sha256"]:
            raise RadoncError(
                f"{name} of the backup {folder} is missing or not what was written.",
                "Restore from another backup.",
            )
    return kept


def restore(home: Home, folder: Path, report: Report) -> Backup:
    """Bring the backup in ``folder`` into ``home``; begun again, it goes on where it ended.

    Raises:
        Refused: the home holds a store or works already, or another home's secret.
        RadoncError: the backup is not whole, or has no key and the home has none either.
    """
    kept = read_backup(folder)
    with hold(home, alone=True):
        _check_home(home, kept)
        check_backup(folder, report)
        _bring(home, folder, kept, report)
    return kept


def _bring(home: Home, folder: Path, kept: Backup, report: Report) -> None:
    marker = home.path / RESTORING
    marker.touch()
    # the store last: without it there is nothing to be seen
    names = sorted(kept.files, key=lambda name: (name == home.database.name, name))
    for number, name in enumerate(names):
        report("restore", number, len(names), "files")
        target = home.path / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        shutil.copyfile(folder / name, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        if sha256_file(part) != kept.files[name]["sha256"]:
            raise RadoncError(f"{name} was not written as it was read.", "Look at the disk.")
        part.replace(target)
    report("restore", len(names), len(names), "files")
    marker.unlink()


def _check_home(home: Home, kept: Backup) -> None:
    unused = home.database.exists() and _is_unused(home)
    if not (home.path / RESTORING).exists():
        works = [f for f in FOLDERS if f not in ("tmp", "models") and any(home.folder(f).iterdir())]
        if works or (home.database.exists() and not unused):
            raise Refused(
                f"The home {home.path} is not empty.",
                "Restore into a new one: radonc --home FOLDER store restore FROM.",
            )
    if not kept.with_key:
        _check_key(home, kept, unused)


def _check_key(home: Home, kept: Backup, unused: bool) -> None:
    """Whether the home has what a backup without its key needs."""
    needed = KEY_FILES[: 1 + kept.encrypted]
    missing = [name for name in needed if not (home.path / name).exists()]
    foreign = not missing and secret_id(home) != kept.secret_id
    if foreign and unused:
        # the secret that the home made for itself when it was first opened
        missing = list(needed)
    if missing:
        raise RadoncError(
            "The backup was made without the key, and the home has none.",
            f"Copy {' and '.join(missing)} of the old home there first.",
        )
    if foreign:
        raise Refused(f"The backup is of another home than {home.path}.", "Name that home's copy.")


def _is_unused(home: Home) -> bool:
    """Whether the store was opened but nothing was ever put into it."""
    if (home.path / RESTORING).exists():
        return False
    store = open_store(home)
    try:
        return is_empty(store)
    finally:
        store.close()
