"""Where the key of an encrypted home comes from: terminal, environment, key file or keyring.

Asked before any screen opens. What was read leaves the environment, so that no process that is
started later inherits it; processes of the program get the key over a pipe (``store.key_pipe``).
"""

import os
import sys
from pathlib import Path

import click

from store.home import Home
from store.key_pipe import VARIABLE, take_key
from store.keybox import Lock, Locked, known_keys, read_box, unlock
from store.locks import file_lock, kept_secret, keyring_lock, passphrase_lock, read_key_file

KEY, KEY_FILE, NEW_KEY = "RADONC_KEY", "RADONC_KEY_FILE", "RADONC_NEW_KEY"


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
        return file_lock(home, key_file)
    if keyring:
        return keyring_lock()
    new = os.environ.pop(NEW_KEY, "").encode() or given
    if new is not None:
        return Lock("environment"), new
    return passphrase_lock(_ask(home, "New passphrase", confirm=True))


def _known_secret(home: Home, lock: Lock) -> bytes:
    kept = kept_secret(home, lock)
    return _ask(home, "Passphrase").encode() if kept is None else kept


def _ask(home: Home, what: str, confirm: bool = False) -> str:
    if not sys.stdin.isatty():
        raise Locked(
            f"The home {home.path} needs a passphrase, and there is no terminal to ask on.",
            f"Set {NEW_KEY if confirm else KEY}, or name a key file.",
        )
    return click.prompt(what, hide_input=True, confirmation_prompt=confirm, err=True)
