"""Where the key of an encrypted home comes from: terminal, environment, key file or keyring.

Asked before any screen opens. What was read leaves the environment, so that no process that is
started later inherits it; processes of the program get the key over a pipe (``store.key_pipe``).
"""

import os
import secrets
import sys
from pathlib import Path

import click

from store.errors import BadUsage, RadoncError
from store.home import Home
from store.key_pipe import VARIABLE, take_key
from store.keybox import Lock, Locked, known_keys, read_box, unlock

KEY, KEY_FILE, NEW_KEY = "RADONC_KEY", "RADONC_KEY_FILE", "RADONC_NEW_KEY"
SERVICE = "radonc"
SHORTEST = 12
"""Characters of a passphrase."""


def environment_secret() -> bytes | None:
    """The secret in ``RADONC_KEY`` or in the file that ``RADONC_KEY_FILE`` names, taken out."""
    given, path = os.environ.pop(KEY, ""), os.environ.pop(KEY_FILE, "")
    if given:
        return given.encode()
    return read_key_file(Path(path)) if path else None


def open_keys(home: Home, given: bytes | None) -> None:
    """Open an encrypted home for this process; nothing happens where it is not encrypted.

    Raises:
        Locked: the key is wrong, or there is nowhere to get it from.
    """
    box = read_box(home)
    if os.environ.pop(VARIABLE, ""):
        take_key(home)
    elif box is not None and (given is not None or not known_keys(home)):
        unlock(home, given if given is not None else _known_secret(home, box.lock))


def new_lock(
    home: Home, key_file: Path | None, keyring: bool, given: bytes | None
) -> tuple[Lock, bytes]:
    """The lock and the secret of a home to be encrypted, made where there is none yet.

    ``given`` is a secret from the environment; ``RADONC_NEW_KEY`` goes before it.

    Raises:
        BadUsage: the passphrase is too short, or the key file lies in the home.
    """
    if key_file is not None:
        path = key_file.expanduser().resolve()
        if path.is_relative_to(home.path):
            raise BadUsage("A key file in the home locks nothing.", "Name one on another medium.")
        if not path.exists():
            _make_key_file(path)
        return Lock("file", str(path)), read_key_file(path)
    if keyring:
        name, secret = secrets.token_hex(8), secrets.token_hex(32)
        _keyring("set_password", name, secret)
        return Lock("keyring", name), secret.encode()
    new = os.environ.pop(NEW_KEY, "").encode() or given
    if new is not None:
        return Lock("environment"), new
    asked = _ask(home, "New passphrase", confirm=True)
    if len(asked) < SHORTEST:
        raise BadUsage(
            f"A passphrase has at least {SHORTEST} characters.", "Four or five words do well."
        )
    return Lock("passphrase"), asked.encode()


def drop_lock(lock: Lock) -> None:
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
        raise Locked(f"The key file {path} cannot be read: {error.strerror}.") from error
    if not secret:
        raise Locked(f"The key file {path} is empty.", "Name another.")
    return secret


def _known_secret(home: Home, lock: Lock) -> bytes:
    if lock.how == "file":
        return read_key_file(Path(lock.name))
    if lock.how == "keyring":
        kept = _keyring("get_password", lock.name)
        if kept is None:
            raise Locked(f"The keyring has no key for the home {home.path}.", "Unlock the keyring.")
        return kept.encode()
    return _ask(home, "Passphrase").encode()


def _make_key_file(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise RadoncError(f"The key file {path} cannot be made: {error.strerror}.") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _ask(home: Home, what: str, confirm: bool = False) -> str:
    if not sys.stdin.isatty():
        raise Locked(
            f"The home {home.path} needs a passphrase, and there is no terminal to ask on.",
            f"Set {NEW_KEY if confirm else KEY}, or name a key file.",
        )
    return click.prompt(what, hide_input=True, confirmation_prompt=confirm, err=True)


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
