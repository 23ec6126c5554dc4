"""Under which name a file is kept, so that a name such as ``szegi_anna.json`` is kept nowhere.

A file of DICOM or FHIR is mostly of one patient, and is called after them: it is kept under the
beginning of its SHA-256. A table has many, and its name says something: it stays, unless an
identifier of one of its rows is in it.
"""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from store.privacy.own import find_own
from store.privacy.scrubber import make_scrubber

DIGITS = 12
"""Of the SHA-256, as hex: 48 bits, which no two files of a clinic share by chance."""

_MOST = 200
_LONGEST = 200
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d(?:[-_./ ]?\d)*")
_SHORTEST = 5
"""Figures; a shorter number is no identifier without a word that says so."""


def alias(path: Path, sha256: str, endings: Sequence[str]) -> str:
    """``3fa91c0d12ab.dcm``: a file's name by what it holds; of endings only those that are known.

    Args:
        sha256: of the file's bytes, in hex; it is kept whole beside the name.
    """
    ending = path.suffix.casefold()
    return sha256[:DIGITS] + (ending if ending in endings else "")


class TableName:
    """The name of a table, and the identifiers of its rows that may be in it.

    ``look`` is asked of each row and costs a few microseconds; ``kept`` is the name when all rows
    were looked at.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._spaced = " ".join(_words(path.stem))
        self._words = [word for word in _WORD.findall(self._spaced.casefold()) if len(word) > 1]
        whole = [_bare(number) for number in _NUMBER.findall(self._spaced)]
        numbers = {*whole, *re.findall(r"\d+", self._spaced)}
        self._numbers = [number for number in numbers if len(number) >= _SHORTEST]
        self._own: dict[str, None] = {}

    def look(self, own: Collection[str]) -> None:
        """Remember those identifiers of a row that have something in common with the name."""
        if self._is_near("\n".join(own)) and len(self._own) < _MOST:
            near = (value for value in own if len(value) <= _LONGEST and self._is_near(value))
            self._own.update(dict.fromkeys(near))

    def _is_near(self, text: str) -> bool:
        low = text.casefold()
        if any(word in low for word in self._words):
            return True
        bare = _bare(low) if self._numbers else ""
        return any(number in bare for number in self._numbers)

    @property
    def kept(self) -> str:
        """The name, without the identifiers of rows: ``[name] export.csv``."""
        if not self._own:
            return self._path.name
        scrubber, own = make_scrubber(b""), tuple(self._own)
        # what any text would lose, such as the day of an export, is no reason of its own
        if not any(True for _ in find_own(self._spaced, own, scrubber.lexicon)):
            return self._path.name
        return scrubber.scrub(self._spaced, own).text + self._path.suffix


def _bare(number: str) -> str:
    """A number as it is in one place where another has hyphens."""
    for sign in "-/. _":
        number = number.replace(sign, "")
    return number


def _words(stem: str) -> list[str]:
    """The words and numbers of a name, also where a capital or a figure alone divides them."""
    divided = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|(?<=[a-z])(?=[A-Z])", " ", stem)
    return re.split(r"[\s_]+", divided)
