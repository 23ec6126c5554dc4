"""The home's secret, and the keyed hashes made with it.

A patient's identifier becomes a keyed hash before anything is kept, so that records of one
person can be grouped and nobody without the home's secret can test a guess. The secret never
leaves the home: not in runs, bundles or reports. In an encrypted home it is sealed as well.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile

from store.errors import RadoncError
from store.home import Home
from store.keybox import FILE as BOX_FILE
from store.sealing import is_sealed, sealer_for, unsealed

SECRET_FILE = "secret.key"
KEY_FILES = (SECRET_FILE, BOX_FILE)
"""What of a home must be kept apart from a copy of it."""


def home_secret(home: Home) -> bytes:
    """The home's 32 secret bytes, made on first use (``home/secret.key``, mode 0600).

    Raises:
        RadoncError: the file is not whole; patients could not be recognised again with another.
    """
    path = home.path / SECRET_FILE
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=home.tmp, prefix="secret-") as file:
            file.write(secret_bytes(home, secrets.token_bytes(32)))
            file.flush()
            os.fsync(file.fileno())
            # a link appears whole or not at all, and only one process can be first
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    secret = bytes.fromhex("".join(unsealed(path))) if is_sealed(path) else path.read_bytes()
    if len(secret) != 32:
        raise RadoncError(
            f"The home's secret {path} is damaged.", "Restore it from the backup of this home."
        )
    return secret


def secret_bytes(home: Home, secret: bytes) -> bytes:
    """The content of the secret's file: sealed in an encrypted home, and else as it is."""
    sealer = sealer_for(home.path / SECRET_FILE)
    return sealer.head + sealer.line(secret.hex()) + sealer.end() if sealer else secret


def keyed_hash(secret: bytes, purpose: str, *parts: str) -> str:
    """HMAC-SHA256 over the purpose and the parts, as 64 hex digits.

    Parts are length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    """
    message = b"".join(
        len(part.encode()).to_bytes(8, "big") + part.encode() for part in (purpose, *parts)
    )
    return hmac.new(secret, message, hashlib.sha256).hexdigest()
