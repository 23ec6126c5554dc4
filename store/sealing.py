"""Sealed files of lines: each line encrypted and bound to its file, its place and its end.

A sealed file begins with a line that names the key and 16 random bytes; of these, the key and the
file's place in the home its own key is made. Line ``n`` is AES-GCM with nonce ``n``, in base64; a
last line says how many there were. So a line that was changed, moved, taken from another file
or cut off is an error and never a value. Which file is sealed is told by its first bytes.
"""

import base64
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from store.errors import RadoncError
from store.home import Home
from store.keybox import FILE, current_key, key_of, subkey

MARK = b"radonc-sealed 1 "
_LINE, _END = b"line", b"end"


def home_of(path: Path) -> Home | None:
    """The encrypted home that the file lies in, found by its key box; None without one."""
    for folder in path.resolve().parents:
        if (folder / FILE).exists():
            return Home(folder)
    return None


def is_sealed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK


def sealed_with(path: Path) -> str:
    """The id of the key that a file is sealed with; "" of one that is not sealed."""
    with path.open("rb") as file:
        head = file.readline(200)
    return head.split()[2].decode() if head.startswith(MARK) else ""


class Sealer:
    """Makes the lines of one sealed file, to be written in this order: head, lines, end."""

    def __init__(self, home: Home, path: Path, name: str, key: bytes) -> None:
        salt = secrets.token_bytes(16)
        self.head = MARK + f"{name} {salt.hex()}\n".encode()
        self._seal = _file_cipher(home, path, key, salt)[0]
        self._count = 0

    def line(self, text: str) -> bytes:
        """One line, without its newline, sealed as the next."""
        sealed = self._seal(self._count, text.encode(), _LINE)
        self._count += 1
        return base64.b64encode(sealed) + b"\n"

    def end(self) -> bytes:
        return base64.b64encode(self._seal(self._count, b"", _END)) + b"\n"


def sealer_for(path: Path) -> Sealer | None:
    """The sealer of a file about to be written at ``path``; None where nothing is sealed.

    Raises:
        Locked: the file lies in an encrypted home, and this process has no key.
    """
    home = home_of(path)
    current = current_key(home) if home else None
    return Sealer(home, path, *current) if home and current else None


def unsealed(path: Path) -> Iterator[str]:
    """The lines of a sealed file, without their newlines.

    Raises:
        Locked: this process has not the key.
        RadoncError: a line is not what was written there, or lines are missing at the end.
    """
    from cryptography.exceptions import InvalidTag

    home = home_of(path)
    with path.open("rb") as file:
        name, salt = _read_head(path, file.readline())
        if home is None:
            raise RadoncError(f"{path} is sealed and lies in no encrypted home.", "Put it back.")
        unseal = _file_cipher(home, path, key_of(home, name), salt)[1]
        count, lines = 0, iter(file)
        held = next(lines, None)
        while held is not None:
            following = next(lines, None)
            try:
                text = unseal(
                    count, base64.b64decode(held.strip()), _LINE if following is not None else _END
                )
            except (InvalidTag, ValueError) as error:
                raise _damaged(path, count + 1) from error
            if following is None:
                return
            yield text.decode()
            count, held = count + 1, following
    raise _damaged(path, count + 1)


def _read_head(path: Path, head: bytes) -> tuple[str, bytes]:
    try:
        name, salt = head[len(MARK) :].split()
        return name.decode(), bytes.fromhex(salt.decode())
    except ValueError as error:
        raise _damaged(path, 0) from error


def _damaged(path: Path, number: int) -> RadoncError:
    return RadoncError(
        f"{path} was changed or cut short at line {number}.", "Make it again from its source."
    )


_Crypt = Callable[[int, bytes, bytes], bytes]


def _file_cipher(home: Home, path: Path, key: bytes, salt: bytes) -> tuple[_Crypt, _Crypt]:
    """Encrypt and decrypt line n of one file with what is bound to it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    place = path.resolve().relative_to(home.path).as_posix()
    cipher = AESGCM(subkey(subkey(key, "lines"), f"{salt.hex()} {place}"))

    def seal(number: int, data: bytes, kind: bytes) -> bytes:
        return cipher.encrypt(number.to_bytes(12, "big"), data, kind)

    def unseal(number: int, data: bytes, kind: bytes) -> bytes:
        return cipher.decrypt(number.to_bytes(12, "big"), data, kind)

    return seal, unseal
