"""The home backed up and brought back: functions over the screen of the home."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from radonc_tui.actions import store_keeping as actions
from radonc_tui.actions.progress import Action
from radonc_tui.performing import perform
from radonc_tui.screens.home.asking import AskBackup, AskPassphrase, AskPath, BackupWanted
from radonc_tui.screens.models.state import size
from store.backup import Backup
from store.errors import RadoncError
from store.home import Home

if TYPE_CHECKING:
    from radonc_tui.screens.home.area import HomeArea

NOT_EMPTY = (
    "! This home is not empty, and a backup comes back into an empty one only. Start "
    "radonc --home FOLDER with a new folder, and restore there."
)
FOLDER = "/media/backup/radonc-2026-11-23"


def back_up(area: "HomeArea") -> None:
    """Ask for a folder and about the key, then write the backup."""

    def answered(wanted: BackupWanted | None) -> None:
        if wanted:
            make = partial(actions.back_up_store, area.radonc.home, wanted.out, wanted.with_key)
            area.begin("back up", make, partial(_backed_up, area, wanted))

    area.app.push_screen(AskBackup(area.kept.key.encrypted), answered)


def _backed_up(area: "HomeArea", wanted: BackupWanted, made: Backup) -> None:
    left_out = f" Left out, still going on: {', '.join(made.skipped)}." if made.skipped else ""
    key = "with the key" if wanted.with_key else "without the key: keep that apart"
    area.say(f"✓ {len(made.files)} files, {size(made.size)}, in {wanted.out}, {key}.{left_out}")


def restore(area: "HomeArea") -> None:
    """Ask for a backup, and where it needs one for its passphrase, then bring it back."""
    if area.kept.newest:
        area.say(NOT_EMPTY, bad=True)
        return
    home = area.radonc.home

    def named(source: Path | None) -> None:
        if source:
            make = partial(actions.look_at_backup, source)
            perform(area, make, partial(offered, source), failed=area.fail)

    def offered(source: Path, found: actions.Offered) -> None:
        if found.typed:
            _ask_secret(area, source, "")
        else:
            _begin(area, source, None)

    hint = f"The folder that a backup wrote. It comes into {home.path}."
    area.app.push_screen(AskPath("Restore which backup?", hint, FOLDER), named)


def _ask_secret(area: "HomeArea", source: Path, why: str) -> None:
    def typed(secret: str | None) -> None:
        if secret:
            _begin(area, source, secret.encode())

    hint = f"{source} is encrypted and has its key box with it. Nothing is written yet."
    ask = AskPassphrase("The passphrase of the backup", hint, again=False, refusal=why)
    area.app.push_screen(ask, typed)


def _begin(area: "HomeArea", source: Path, secret: bytes | None) -> None:
    def failed(error: RadoncError) -> None:
        if error.kind == "locked" and secret is not None:
            _ask_secret(area, source, str(error))
        else:
            area.fail(error)

    make = partial(_restored, area.radonc.home, source, secret)
    area.begin("restore", make, partial(_brought_back, area), failed)


def _restored(home: Home, source: Path, secret: bytes | None) -> Action[Backup]:
    """Brought back, and the store opened and its log verified."""
    kept = yield from actions.restore_store(home, source, secret)
    yield from actions.check_restored(home, source, secret)
    return kept


def _brought_back(area: "HomeArea", kept: Backup) -> None:
    area.say(
        f"✓ {len(kept.files)} files of {kept.made[:16].replace('T', ' ')} are here, all as they "
        "were; the audit log is whole."
    )
