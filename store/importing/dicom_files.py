"""Opening DICOM files one by one, whatever they turn out to be, and only as far as a plan needs.

A file is recognised by what is in it, not by its name. Pixel data is not read, a compressed file
is not unpacked beyond a bound, and what a file says of other files is never opened. The library's
messages quote values, which may name a patient: they are neither shown nor logged.
"""

import logging
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from store.reasons import Lost

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

LARGEST_PLAN = 1 << 27
_DEFLATED = "1.2.840.10008.1.2.1.99"
_MAGIC = b"DICM"
_GROUP_LENGTH = 144
"""Bytes before those that the meta group counts: preamble, magic word, the length's element."""


def open_dicom(path: Path) -> "FileDataset | None":
    """The data of a DICOM file without pixels; None for a file that is no DICOM.

    Raises:
        Lost: it is DICOM, or says so by its name, and cannot be read.
    """
    from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType]

    with path.open("rb") as file:
        head = file.read(_GROUP_LENGTH)
        size = file.seek(0, 2)
    marked = head[128:132] == _MAGIC
    if not marked and path.suffix.casefold() != ".dcm":
        return None
    if not size:
        raise Lost("damaged_file", "The file is empty.")
    if size > LARGEST_PLAN and b"RTPLAN" not in _beginning(path):
        return None
    with quiet():
        try:
            if marked:
                _check_packed(path)
            dataset = dcmread(path, stop_before_pixels=True, force=not marked)
            return dataset if "SOPClassUID" in dataset else _no_dicom()
        except Lost:
            raise
        except Exception as error:  # the library raises errors of a dozen kinds
            raise Lost("damaged_file", "The DICOM file is damaged or cut short.") from error


@contextmanager
def quiet() -> Generator[None]:
    """No warning and no log line of the library for the time of a read."""
    log = logging.getLogger("pydicom")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)


def _no_dicom() -> None:
    raise Lost("damaged_file", "The file ends in .dcm and is no DICOM, or is cut short.")


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1 << 14)


def _check_packed(path: Path) -> None:
    """Refuse a deflated file that unpacks to more than any plan holds.

    Raises:
        Lost: it does.
    """
    head = _beginning(path)
    if _DEFLATED.encode() not in head[:1024]:
        return
    start = _GROUP_LENGTH + int.from_bytes(head[140:144], "little")
    with path.open("rb") as file:
        file.seek(start)
        unpack = zlib.decompressobj(-zlib.MAX_WBITS)
        total = 0
        while chunk := file.read(1 << 16):
            while chunk:
                total += len(unpack.decompress(chunk, 1 << 20))
                chunk = unpack.unconsumed_tail
                if total > LARGEST_PLAN:
                    raise Lost("damaged_file", "The file unpacks to more than any plan holds.")
