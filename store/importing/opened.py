"""What every opener of a kind of file gives, and how far its reader is.

Nothing is read here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = tuple[int, Mapping[str, str]]
"""A row's number as a person counts it (a header is row 1) and its cells by column."""


@dataclass
class Meter:
    """Bytes of a file that were read so far, roughly; of a file that is no text, the like share."""

    bytes_read: int = 0


Reader: TypeAlias = Callable[[Sequence[str], Meter], Iterator[Row]]
"""Reads the rows with the columns that are asked for, and counts the meter up as it goes."""


@dataclass(frozen=True)
class Opened:
    """A file that was looked at: its first row, its reader, and in words what it is.

    ``closed`` are columns that hold neither text nor numbers and that cannot be asked for;
    ``note`` is said of each record with letters that are not ASCII.
    """

    header: tuple[str, ...]
    read: Reader
    form: str
    closed: frozenset[str] = frozenset()
    note: str = ""
