"""Under which name a file is kept, so that a name such as ``szegi_anna.json`` is kept nowhere.

A file of DICOM or FHIR is mostly of one patient, and is called after them: it is kept under the
beginning of its SHA-256. A table has many, and its name says something: it stays, unless an
identifier of one of its rows is in it.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from store.privacy.own import find_own
from store.privacy.scrubber import make_scrubber

DIGITS = 12
"""Of the SHA-256, as hex; 16 million million million files would hardly share them."""

_MOST = 200
_LONGEST = 200
_PART = re.compile(r"[^\W\d_]+|\d+")
_SHORTEST = {True: 4, False: 2}
_PUNCTUATION = re.compile(r"[\W_]+")


def alias(path: Path, sha256: str, endings: Sequence[str]) -> str:
    """``3fa91c0d12ab.dcm``: a file's name by what it holds; of endings only those that are known.

    Args:
        sha256: of the file's bytes, in hex; it is kept whole beside the name.
    """
    ending = path.suffix.casefold()
    return sha256[:DIGITS] + (ending if ending in endings else "")


class TableName:
    """The name of a table, and the identifiers of its rows that may be in it.

    ``look`` is asked of each row and costs about a microsecond an identifier; ``kept`` is the
    name when all rows were looked at.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._spaced = " ".join(_words(path.stem))
        found = _PART.findall(self._spaced)
        parts = {part for part in found if len(part) >= _SHORTEST[part.isdigit()]}
        self._near = re.compile("|".join(map(re.escape, sorted(parts))), re.IGNORECASE)
        self._named = bool(parts)
        self._own: dict[str, None] = {}

    def look(self, own: Iterable[str]) -> None:
        """Remember those identifiers of a row that have something in common with the name."""
        if not self._named or len(self._own) >= _MOST:
            return
        for value in own:
            if value and len(value) <= _LONGEST and self._is_near(value):
                self._own[value] = None

    def _is_near(self, value: str) -> bool:
        return bool(
            self._near.search(value)
            or (not value.isalnum() and self._near.search(_PUNCTUATION.sub("", value)))
        )

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


def _words(stem: str) -> list[str]:
    """The words and numbers of a name, also where a capital or a figure alone divides them."""
    divided = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|(?<=[a-z])(?=[A-Z])", " ", stem)
    return re.split(r"[\s_]+", divided)
