"""Whether a workbook's cells span more than can be held, told before the reader spans it.

The reader of sheets makes room for the whole rectangle between the first cell and the last. One
cell in the last corner of an otherwise small sheet asks it for 500 GB, upon which the process is
aborted and not told. Nothing is unpacked to disk here, and no cell is read.
"""

import re
from zipfile import ZipFile

MOST_CELLS = 1 << 27
"""Of the rectangle, at 32 bytes each in the reader: four times a million rows of 32 columns."""

_CHUNK = 1 << 20
_OVERLAP = 64
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]{0,200}?\sr\s*=\s*["'](\d{1,10})["']""")
_FAR = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{2,4})(\d{1,10})["']""")
_LEFT = 26
"""Columns that are named by one letter; that there are so many is taken for granted."""


def reaches_too_far(archive: ZipFile) -> bool:
    """Whether a sheet of the workbook spans more than ``MOST_CELLS``.

    Raises:
        zipfile.BadZipFile: an entry is damaged, or is not as long as the directory says.
    """
    names = [name for name in archive.namelist() if name.casefold().endswith(".xml")]
    return any(
        _sheet_reaches(archive, name)
        for name in names
        if not name.casefold().endswith(("sharedstrings.xml", "styles.xml"))
    )


def _sheet_reaches(archive: ZipFile, name: str) -> bool:
    rows, columns, before = 1, _LEFT, b""
    with archive.open(name) as sheet:
        while chunk := sheet.read(_CHUNK):
            part = before + chunk
            for match in _ROW.finditer(part):
                rows = max(rows, int(match[1]))
            for match in _FAR.finditer(part):
                columns = max(columns, _number(match[1]))
                rows = max(rows, int(match[2]))
            if rows * columns > MOST_CELLS:
                return True
            before = part[-_OVERLAP:]
    return False


def _number(letters: bytes) -> int:
    """The number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
