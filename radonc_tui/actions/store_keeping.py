"""The store kept safe: copied into a backup, and brought back from one."""

from dataclasses import dataclass
from pathlib import Path

from radonc_tui.actions.audit import verify_audit
from radonc_tui.actions.progress import Action
from radonc_tui.actions.reported import reported
from radonc_tui.actions.stored import lease
from store import backup, restoring
from store.audit import record
from store.audit_check import Checked
from store.backup import Backup
from store.errors import RadoncError
from store.home import Home
from store.keybox import forget, known_keys, read_box, unlock
from store.locks import TYPED, kept_secret


def back_up_store(home: Home, out: Path, with_key: bool = False) -> Action[Backup]:
    """Write everything that the home made into the new folder ``out``; the key only if asked.

    Closing it leaves no backup.

    Raises:
        BadUsage: ``out`` exists already, or lies in the home.
    """
    use = lease(home).use
    return (
        yield from reported(lambda told: backup.back_up(home, use, out, with_key, told), "store")
    )


@dataclass(frozen=True)
class Offered:
    """What a backup says of itself; ``typed``: a person must type the secret that opens it."""

    backup: Backup
    typed: bool


def look_at_backup(source: Path) -> Action[Offered]:
    """What the folder ``source`` would bring back.

    Raises:
        BadUsage: it is no backup.
    """
    yield from ()
    kept = backup.read_backup(source)
    box = read_box(Home(source)) if kept.with_key else None
    return Offered(kept, box is not None and box.lock.how in TYPED)


def restore_store(home: Home, source: Path, secret: bytes | None = None) -> Action[Backup]:
    """Bring a backup into a home that has no store, every file checked by its hash.

    Begun again after it was interrupted or closed, it goes on. ``secret`` is what a person typed
    to open the backup; it is tried before anything is written.

    Raises:
        Locked: it is another secret.
        Refused: the home is not empty, or the backup is of another home.
        RadoncError: the backup is not whole, or the key is missing.
    """
    if secret is not None:
        unlock(Home(source), secret)
        forget(Home(source))
    lease(home).close()
    return (yield from reported(lambda told: restoring.restore(home, source, told), "check"))


def check_restored(home: Home, source: Path, secret: bytes | None = None) -> Action[Checked]:
    """Whether the restored store opens and its audit log is whole; the log says it was restored.

    ``secret`` is what a person typed to open a home that came back encrypted; where a key file or
    the keyring has it, or the process has the key, nobody need type.

    Raises:
        Locked: the backup is encrypted, and this process has no key, or the secret is wrong.
        RadoncError: the log was broken when the backup was made, or since.
    """
    _open_restored(home, secret)
    log = yield from verify_audit(home)
    if not log.whole:
        raise RadoncError(
            f"The backup is restored as it was made, but its audit log is broken: {log.why}",
            "`radonc audit list` shows what is left of it.",
        )
    with lease(home).use() as connection:
        record(connection, "store restored", str(source), after={"entries": log.entries})
    return log


def _open_restored(home: Home, secret: bytes | None) -> None:
    box = read_box(home)
    if box is None or known_keys(home):
        return
    kept = kept_secret(home, box.lock) if secret is None else secret
    if kept is not None:
        unlock(home, kept)
