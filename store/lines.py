"""Files of one JSON object a line, written so that a reader never sees half of one.

Every file with text made from cases goes through ``write_lines`` and ``read_lines``, so that
there is one place where such a file is opened; in an encrypted home that is where it is sealed
(``sealing``).
"""

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from store.errors import RadoncError
from store.json_files import dumps, read_json, write_json
from store.points import reached
from store.sealing import is_sealed, sealer_for, unsealed

__all__ = [
    "PIECE",
    "dumps",
    "line_writer",
    "read_json",
    "read_lines",
    "read_texts",
    "sha256_content",
    "sha256_file",
    "write_json",
    "write_lines",
]


@contextmanager
def line_writer(path: Path) -> Generator[Callable[[Any], object]]:
    """A function that writes one object as a line; the file appears at the end, or not at all.

    Raises:
        Locked: the file lies in an encrypted home, and this process has no key.
    """
    sealer = sealer_for(path)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            if sealer:
                file.write(sealer.head)
                yield lambda row: file.write(sealer.line(dumps(row)))
                file.write(sealer.end())
            else:
                yield lambda row: file.write(dumps(row).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        reached(path.name)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_lines(path: Path, rows: Iterable[Any]) -> int:
    """Write one JSON object a line, whole or not at all; returns the number of lines."""
    count = 0
    with line_writer(path) as write:
        for row in rows:
            write(row)
            count += 1
    return count


def read_lines(path: Path) -> Iterator[Any]:
    """The objects of a file of JSON lines, one at a time.

    Raises:
        RadoncError: a line is no JSON, or not what was sealed (named by its number).
        Locked: it is sealed, and this process has no key.
    """
    for number, text in enumerate(read_texts(path), 1):
        try:
            yield json.loads(text)
        except ValueError as error:
            raise RadoncError(
                f"{path} is damaged at line {number}.", "Make it again from its source."
            ) from error


def read_texts(path: Path) -> Iterator[str]:
    """The lines of such a file as they were written, unsealed; without their newlines."""
    if is_sealed(path):
        yield from unsealed(path)
        return
    number = 0
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                number += 1
                yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise RadoncError(
            f"{path} is damaged after line {number}.", "Make it again from its source."
        ) from error


PIECE = 1 << 22
"""Bytes of a file that are hashed at once."""


def sha256_file(path: Path, told: Callable[[int], object] | None = None) -> str:
    """SHA-256 of a file's bytes, in hex; ``told`` of the number of bytes of each piece read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            if told:
                told(len(piece))
    return digest.hexdigest()


def sha256_content(path: Path) -> str:
    """SHA-256 of what was written: of a sealed file, of its lines before they were sealed.

    So a hash in a manifest holds when the home is encrypted, or given another key.
    """
    if not is_sealed(path):
        return sha256_file(path)
    digest = hashlib.sha256()
    for text in unsealed(path):
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()
