"""The secret that opens a home: made, found again and dropped, wherever it is kept.

A passphrase is kept by a person, a key file on another medium, a random secret in the system's
keyring. Nothing here asks anybody: where a person must type, that is the caller's to do.
"""

import os
import secrets
from pathlib import Path

from store.errors import BadUsage, RadoncError
from store.home import Home
from store.keybox import Lock, Locked

SERVICE = "radonc"
TYPED = ("passphrase", "environment")
"""The locks whose secret no machine keeps."""
SHORTEST = 12
"""Characters of a passphrase."""


def passphrase_lock(typed: str) -> tuple[Lock, bytes]:
    """The lock and the secret of a passphrase.

    Raises:
        BadUsage: it is too short.
    """
    if len(typed) < SHORTEST:
        raise BadUsage(
            f"A passphrase has at least {SHORTEST} characters.", "Four or five words do well."
        )
    return Lock("passphrase"), typed.encode()


def file_lock(home: Home, path: Path) -> tuple[Lock, bytes]:
    """The lock and the secret of a key file, which is made where there is none.

    Raises:
        BadUsage: it lies in the home.
        RadoncError: it cannot be made, or cannot be read.
    """
    path = path.expanduser().resolve()
    if path.is_relative_to(home.path):
        raise BadUsage("A key file in the home locks nothing.", "Name one on another medium.")
    if not path.exists():
        _make_key_file(path)
    return Lock("file", str(path)), read_key_file(path)


def keyring_lock() -> tuple[Lock, bytes]:
    """The lock and the secret of a new key in the system's keyring.

    Raises:
        RadoncError: the system has no keyring that can be used.
    """
    name, secret = secrets.token_hex(8), secrets.token_hex(32)
    _keyring("set_password", name, secret)
    return Lock("keyring", name), secret.encode()


def kept_secret(home: Home, lock: Lock) -> bytes | None:
    """The secret where a machine keeps it; None where a person must type it.

    Raises:
        Locked: the key file or the keyring does not have it.
    """
    if lock.how in TYPED:
        return None
    if lock.how == "file":
        return read_key_file(Path(lock.name))
    kept = _keyring("get_password", lock.name)
    if kept is None:
        raise Locked(f"The keyring has no key for the home {home.path}.", "Unlock the keyring.")
    return kept.encode()


def drop(lock: Lock) -> None:
    """Take the secret of a lock that is no longer used out of the keyring; a file stays."""
    if lock.how == "keyring":
        _keyring("delete_password", lock.name)


def read_key_file(path: Path) -> bytes:
    """The secret in a key file: its content without white space at the ends.

    Raises:
        Locked: it cannot be read, or is empty.
    """
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise Locked(
            f"The key file {path} cannot be read: {error.strerror}.", "Name one that can."
        ) from error
    if not secret:
        raise Locked(f"The key file {path} is empty.", "Name another.")
    return secret


def _make_key_file(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise RadoncError(
            f"The key file {path} cannot be made: {error.strerror}.", "Name another place."
        ) from error
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _keyring(done: str, *values: str) -> str | None:
    """Call a function of the system's keyring; its errors as a sentence."""
    import keyring
    from keyring.errors import KeyringError

    try:
        return getattr(keyring, done)(SERVICE, *values)
    except KeyringError as error:
        raise RadoncError(
            f"The system's keyring cannot be used: {error}", "Use a passphrase instead."
        ) from error
