"""JSON sealed by a passphrase, in a form that a browser's own WebCrypto opens and makes.

PBKDF2-SHA256 (RFC 8018) makes the key, AES-256-GCM (NIST SP 800-38D) seals; what a box is for is
bound to it, so that answers cannot stand in for cards. Nothing here knows what is sealed.
"""

import base64
import json
import secrets
import unicodedata
from collections.abc import Mapping
from typing import Any

from store.errors import BadUsage, RadoncError

ITERATIONS = 600_000
"""What OWASP's Password Storage Cheat Sheet asks of PBKDF2-HMAC-SHA256, 2023."""
MOST_ITERATIONS = 10_000_000
SHORTEST = 12


def seal(value: Any, passphrase: str, purpose: str) -> dict[str, Any]:
    """A box with ``value`` as JSON.

    Raises:
        BadUsage: the passphrase is too short for a file that leaves the house.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(passphrase) < SHORTEST:
        raise BadUsage(f"The passphrase of a page has at least {SHORTEST} characters.")
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    plain = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    sealed = AESGCM(_key(passphrase, salt, ITERATIONS)).encrypt(nonce, plain, purpose.encode())
    return {
        "radonc": purpose,
        "iterations": ITERATIONS,
        **{
            name: base64.b64encode(data).decode()
            for name, data in (("salt", salt), ("nonce", nonce), ("sealed", sealed))
        },
    }


def unseal(box: Mapping[str, Any], passphrase: str, purpose: str, name: str) -> Any:
    """What was sealed in a box for this purpose; ``name`` is what errors call it.

    Raises:
        BadUsage: it is no such box.
        RadoncError: the passphrase is another, or the box was changed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        salt, nonce, sealed = (
            base64.b64decode(box[name], validate=True) for name in ("salt", "nonce", "sealed")
        )
        iterations = int(box["iterations"])
        known = box["radonc"] == purpose and len(nonce) == 12 and len(salt) == 16
    except (KeyError, TypeError, ValueError):
        known, iterations, salt, nonce, sealed = False, 0, b"", b"", b""
    if not known or not ITERATIONS <= iterations <= MOST_ITERATIONS:
        raise BadUsage(
            f"{name} holds no answers of a review page.", "Take the file that the page gave back."
        )
    try:
        plain = AESGCM(_key(passphrase, salt, iterations)).decrypt(nonce, sealed, purpose.encode())
    except InvalidTag as error:
        raise RadoncError(
            f"{name} does not open: the passphrase is another, or the file was changed.",
            "Try again with the passphrase that the page was sent with.",
        ) from error
    return json.loads(plain)


def _key(passphrase: str, salt: bytes, iterations: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    # a browser composes what is typed in the same way
    typed = unicodedata.normalize("NFC", passphrase).encode()
    return PBKDF2HMAC(SHA256(), 32, salt, iterations).derive(typed)
