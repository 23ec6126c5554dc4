"""Files of one JSON object a line, and whole JSON files, written so that a reader never sees half.

Every file with text made from cases goes through ``write_lines`` and ``read_lines``, so that
there is one place where such a file is opened.
"""

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from store.errors import RadoncError


def dumps(value: Any) -> str:
    """JSON with sorted keys; NaN and infinity are errors, never written."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` whole or not at all: another name, fsync, rename."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_json(path: Path) -> Any:
    """The JSON in ``path``.

    Raises:
        RadoncError: the file is absent or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RadoncError(
            f"{path} cannot be read ({error}).", "It was cut short or edited; make it again."
        ) from error


@contextmanager
def line_writer(path: Path) -> Generator[Callable[[Any], object]]:
    """A function that writes one object as a line; the file appears at the end, or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            yield lambda row: file.write(dumps(row) + "\n")
            file.flush()
            os.fsync(file.fileno())
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
        RadoncError: a line is no JSON (named by its number).
    """
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise RadoncError(
                    f"{path} is damaged at line {number}.", "Make it again from its source."
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
