"""Restoring: a backup brought back into a home that has no store, each file checked twice.

A home that has something is never written over. While it is under way a marker stands in the
home, and nothing opens the store: what is half restored is never seen.
"""

import os
import shutil
from pathlib import Path

from store.backup import Backup, Report, read_backup, secret_id
from store.errors import RadoncError, Refused
from store.holding import hold
from store.home import FOLDERS, Home
from store.keys import KEY_FILES, SECRET_FILE
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
    kept = check_backup(folder, report)
    with hold(home, alone=True):
        _check_home(home, kept)
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
    if not (home.path / RESTORING).exists():
        works = [f for f in FOLDERS if f not in ("tmp", "models") and any(home.folder(f).iterdir())]
        if home.database.exists() or works:
            raise Refused(
                f"The home {home.path} is not empty.",
                "Restore into a new one: radonc --home FOLDER store restore FROM.",
            )
    missing = [n for n in KEY_FILES[: 1 + kept.encrypted] if not (home.path / n).exists()]
    if not kept.with_key and missing:
        raise RadoncError(
            "The backup was made without the key, and the home has none.",
            f"Copy {' and '.join(missing)} of the old home there first.",
        )
    has_key = (home.path / SECRET_FILE).exists()
    if has_key and not kept.with_key and secret_id(home) != kept.secret_id:
        raise Refused(f"The backup is of another home than {home.path}.", "Name that home's copy.")
