"""Counting what the scrubber finds and what it takes that it should not.

An identifier counts as found only where none of its letters and figures is left, but for what may
stay: the year of a date, and in an address words that name no place (``Suite``, a state).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from store.cases import RawCase
from store.importing.tcga import find_cohorts, read_cohort
from store.privacy.scrubber import Scrubber
from tests.privacy.notes import KINDS, Note, Planted

_STAYS = frozenset(
    (
        "St",
        "Medical",
        "Center",
        "Hospital",
        "University",
        "Cancer",
        "Institute",
        "Apt",
        "Suite",
        "of",
    )
)


@dataclass
class Count:
    """By kind: planted, missed, and tokens taken that are none (``wrong``, as which kind)."""

    planted: Counter[str] = field(default_factory=Counter[str])
    missed: Counter[str] = field(default_factory=Counter[str])
    tokens: int = 0
    wrong: Counter[str] = field(default_factory=Counter[str])
    examples: list[str] = field(default_factory=list[str])

    def recall(self, kind: str) -> float:
        """The share of the planted that was found; 1 where none was planted."""
        return 1 - self.missed[kind] / self.planted[kind] if self.planted[kind] else 1.0

    @property
    def overall(self) -> tuple[int, int]:
        """Found and planted, of all eighteen kinds."""
        planted = sum(self.planted[kind] for kind in KINDS)
        return planted - sum(self.missed[kind] for kind in KINDS), planted

    @property
    def false_removal(self) -> float:
        """The share of tokens without identifiers of which something was taken out."""
        return self.wrong.total() / max(1, self.tokens)


def wilson_low(found: int, planted: int, z: float = 1.959964) -> float:
    """The lower end of Wilson's 95 % interval of a share (Wilson 1927, eq. 4)."""
    if not planted:
        return 0.0
    share = found / planted
    middle = share + z * z / (2 * planted)
    spread = z * math.sqrt(share * (1 - share) / planted + z * z / (4 * planted * planted))
    return (middle - spread) / (1 + z * z / planted)


def measure(scrubber: Scrubber, notes: Iterable[Note], listed: frozenset[str]) -> Count:
    """Scrub every note and count; ``listed`` are the names that the scrubber has lists of."""
    count = Count()
    for note in notes:
        covered = _covered(note.text, scrubber)
        for planted in note.planted:
            kinds = [planted.kind]
            if planted.kind == "name" and _unlisted(planted.value, listed):
                kinds.append("name in no list")
            missed = _missed(note.text, planted, covered)
            for kind in kinds:
                count.planted[kind] += 1
                count.missed[kind] += missed
            if missed and len(count.examples) < 200:
                count.examples.append(f"{planted.kind}: {planted.value}")
        for start, end in note.clinical:
            _count_tokens(note.text[start:end], covered[start:end], count)
    return count


def removed_from(scrubber: Scrubber, texts: Sequence[str]) -> Count:
    """What is taken out of texts that hold no identifier."""
    count = Count()
    for text in texts:
        _count_tokens(text, _covered(text, scrubber), count)
    return count


def tcga_cases(data: Path) -> list[RawCase]:
    """The records of the TCGA tables that lie beside the project; [] where they do not."""
    files = sorted((data / "tcga").glob("*.txt"))
    return [raw for pair in find_cohorts(files) for raw in read_cohort(*pair)] if files else []


def _covered(text: str, scrubber: Scrubber) -> list[str]:
    """Of each character the kind as which it was taken, "" where it was left."""
    covered = [""] * len(text)
    for span in scrubber.scrub(text).spans:
        covered[span.start : span.end] = [span.kind] * (span.end - span.start)
    return covered


def _missed(text: str, planted: Planted, covered: list[str]) -> bool:
    left = "".join(" " if covered[at] else text[at] for at in range(planted.start, planted.end))
    words = re.findall(r"[^\W_]+", left)
    if planted.kind == "place":
        words = [w for w in words if w not in _STAYS and not (len(w) == 2 and w.isupper())]
    return bool(words)


def _unlisted(name: str, listed: frozenset[str]) -> bool:
    words = [word.lower() for word in re.findall(r"[^\W\d_]{2,}", name)]
    return not any(word in listed for word in words)


def _count_tokens(text: str, covered: list[str], count: Count) -> None:
    for match in re.finditer(r"\S+", text):
        count.tokens += 1
        taken = next(filter(None, covered[match.start() : match.end()]), "")
        if taken:
            count.wrong[taken] += 1
            if len(count.examples) < 200:
                count.examples.append(f"taken: {match.group()}")
