"""The keys of an encrypted home: 32 random bytes, wrapped by what a person knows or holds.

``radonc-keys.json`` lies in the home and tells nobody a key: each is wrapped (AES-GCM) by a key
that scrypt makes of the secret, a passphrase or the content of a key file. While a home is being
encrypted, decrypted or given another key, the box holds every key that some file may still need.
What was opened is remembered by this process alone; nothing here asks anybody or writes a key.
"""

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from store.errors import RadoncError
from store.home import Home
from store.json_files import read_json, write_json

FILE = "radonc-keys.json"
COST = 1 << 17
"""scrypt's N with r = 8: 128 MB and about 0.4 s a guess."""


class Locked(RadoncError):
    """The home is encrypted, and this process has no key, or a wrong one was given."""

    kind = "locked"


@dataclass(frozen=True)
class Lock:
    """How the secret is come by: ``passphrase``, ``environment``, ``file`` or ``keyring``.

    ``name`` is the key file's path or the name in the keyring. ``cost`` is scrypt's N.
    """

    how: str = "passphrase"
    name: str = ""
    cost: int = COST
    salt: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True)
class Box:
    """What the key box says: wrapped keys by id; ``current`` seals what is written ("": none).

    ``changing`` names the change that is under way; "" where none is.
    """

    lock: Lock
    keys: dict[str, str]
    current: str
    changing: str = ""


_opened: dict[Path, dict[str, bytes]] = {}


def read_box(home: Home) -> Box | None:
    """The box of the home; None where the home is not encrypted."""
    path = home.path / FILE
    if not path.exists():
        return None
    kept: dict[str, Any] = read_json(path)
    try:
        lock = Lock(**kept["lock"])
        return Box(lock, dict(kept["keys"]), kept["current"], kept["changing"])
    except (TypeError, KeyError) as error:
        raise RadoncError(f"{path} is damaged.", "Restore it from a backup.") from error


def write_box(home: Home, box: Box) -> None:
    write_json(home.path / FILE, asdict(box))


def new_key() -> tuple[str, bytes]:
    """A new key and its id, which tells nothing of it."""
    key = secrets.token_bytes(32)
    return key_id(key), key


def key_id(key: bytes) -> str:
    return subkey(key, "id").hex()[:16]


def subkey(key: bytes, purpose: str) -> bytes:
    """A key for one purpose: who has it learns nothing of the others."""
    return hmac.new(key, f"radonc {purpose}".encode(), hashlib.sha256).digest()


def locked(lock: Lock, secret: bytes, keys: dict[str, bytes], current: str) -> Box:
    """A box of ``keys`` under the secret."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(_stretched(lock, secret))
    wrapped: dict[str, str] = {}
    for name, key in keys.items():
        nonce = secrets.token_bytes(12)
        wrapped[name] = (nonce + cipher.encrypt(nonce, key, name.encode())).hex()
    return Box(lock, wrapped, current)


def unlock(home: Home, secret: bytes) -> None:
    """Open the home's box with the secret, for this process.

    Raises:
        Locked: it is another secret.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    box = read_box(home)
    if box is None:
        return
    cipher = AESGCM(_stretched(box.lock, secret))
    found: dict[str, bytes] = {}
    try:
        for name, wrapped in box.keys.items():
            data = bytes.fromhex(wrapped)
            found[name] = cipher.decrypt(data[:12], data[12:], name.encode())
    except (InvalidTag, ValueError) as error:
        raise Locked(
            f"That is not the key of the home {home.path}.", "Nothing was changed; try again."
        ) from error
    _opened[home.path] = found


def unlock_with(home: Home, key: bytes) -> None:
    """Open the home for this process with the key itself, as a worker is given it.

    Raises:
        Locked: the home is sealed with another key.
    """
    box = read_box(home)
    if box is None or key_id(key) != box.current:
        raise Locked(f"The key given is not that of the home {home.path}.", "Start it again.")
    _opened[home.path] = {box.current: key}


def remember(home: Home, keys: dict[str, bytes]) -> None:
    """Take ``keys`` for those of the home, as whoever just made them knows them."""
    _opened[home.path] = dict(keys)


def forget(home: Home) -> None:
    """Forget the keys of the home, so that it must be opened again."""
    _opened.pop(home.path, None)


def known_keys(home: Home) -> dict[str, bytes]:
    """The keys of the home that this process has, by id."""
    return _opened.get(home.path, {})


def key_of(home: Home, name: str) -> bytes:
    """The key of this id.

    Raises:
        Locked: this process does not have it.
    """
    key = known_keys(home).get(name)
    if key is None:
        raise Locked(
            f"The home {home.path} is encrypted, and its key was not given.",
            "Start radonc again, on a terminal or with RADONC_KEY or RADONC_KEY_FILE.",
        )
    return key


def current_key(home: Home) -> tuple[str, bytes] | None:
    """The id and the key that seal what is written now; None in a home that is not encrypted.

    Raises:
        Locked: it is encrypted and this process has no key.
    """
    box = read_box(home)
    if box is None or not box.current:
        return None
    return box.current, key_of(home, box.current)


def changed(box: Box, **values: Any) -> Box:
    return replace(box, **values)


def _stretched(lock: Lock, secret: bytes) -> bytes:
    """RFC 7914 scrypt with r = 8, p = 1: 32 bytes."""
    salt = bytes.fromhex(lock.salt)
    return hashlib.scrypt(secret, salt=salt, n=lock.cost, r=8, p=1, maxmem=1 << 28, dklen=32)
