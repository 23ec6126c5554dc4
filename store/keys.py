"""The home's secret, and the keyed hashes made with it.

A patient's identifier becomes a keyed hash before anything is kept, so that records of one
person can be grouped and nobody without the home's secret can test a guess. The secret never
leaves the home: not in runs, bundles or reports.
"""

import hashlib
import hmac
import os
import secrets

from store.home import Home


def home_secret(home: Home) -> bytes:
    """The home's 32 secret bytes, made on first use (``home/secret.key``, mode 0600)."""
    path = home.path / "secret.key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass  # made earlier, which is what is wanted
    return path.read_bytes()


def keyed_hash(secret: bytes, purpose: str, *parts: str) -> str:
    """HMAC-SHA256 over the purpose and the parts, as 64 hex digits.

    Parts are length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    """
    message = b"".join(
        len(part.encode()).to_bytes(8, "big") + part.encode() for part in (purpose, *parts)
    )
    return hmac.new(secret, message, hashlib.sha256).hexdigest()
