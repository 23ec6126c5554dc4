"""The store encrypted, decrypted, or given another key; each goes on where it was interrupted.

A secret that opens nothing any more is taken out of the system's keyring.
"""

from dataclasses import dataclass

from radonc_tui.actions.progress import Action
from radonc_tui.actions.reported import reported
from radonc_tui.actions.stored import lease
from store import home_size, keybox, locks, rekeying
from store.home import Home
from store.keybox import Lock


@dataclass(frozen=True)
class KeyState:
    """Whether the home is encrypted, by what it is opened, and what was interrupted."""

    encrypted: bool
    how: str = ""
    changing: str = ""


def key_state(home: Home) -> Action[KeyState]:
    """How the home is kept."""
    yield from ()
    box = keybox.read_box(home)
    if box is None:
        return KeyState(False)
    return KeyState(bool(box.current), box.lock.how, box.changing)


def home_sizes(home: Home) -> Action[dict[str, int]]:
    """Bytes of each part of the home that has any."""
    yield from ()
    return home_size.sizes(home)


def encrypt_store(home: Home, lock: Lock, secret: bytes) -> Action[str]:
    """Encrypt the store and seal every file with case text; returns which change was finished.

    Closing it leaves the home usable, half changed; asked again, it goes on.

    Raises:
        BadUsage: it is encrypted already.
        HomeBusy: the home is in use.
    """
    lease(home).close()
    return (yield from reported(lambda told: rekeying.encrypt(home, lock, secret, told), "encrypt"))


def rekey_store(home: Home, lock: Lock, secret: bytes) -> Action[str]:
    """Encrypt everything anew under another key and secret; returns which change was finished.

    Raises:
        BadUsage: it is not encrypted.
        HomeBusy: the home is in use.
    """
    before = keybox.read_box(home)
    lease(home).close()
    done = yield from reported(lambda told: rekeying.rekey(home, lock, secret, told), "rekey")
    if before and not before.changing:
        locks.drop(before.lock)
    return done


def decrypt_store(home: Home) -> Action[str]:
    """Write everything as plain files again; returns which change was finished.

    Raises:
        BadUsage: it is not encrypted.
        HomeBusy: the home is in use.
    """
    before = keybox.read_box(home)
    lease(home).close()
    done = yield from reported(lambda told: rekeying.decrypt(home, told), "decrypt")
    if before and done == "decrypt":
        locks.drop(before.lock)
    return done


DONE = {
    "encrypt": "The home is encrypted. Without its key nobody can read it, you included.",
    "decrypt": "The home is no longer encrypted.",
    "rekey": "The home is encrypted under the new key; the old one opens nothing here.",
}
"""What is said of a change that was finished."""
