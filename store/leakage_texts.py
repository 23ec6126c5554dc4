"""Free texts that are nearly the same, found among many in bounded time.

A long text is the set of its runs of three words, numbers kept, so that two dictations from one
template with other findings stay apart. Pairs are looked for by the smallest hashes of each set
(Broder, *On the resemblance and containment of documents*, 1997) and then compared exactly, so
nothing is reported that is not near. Structured descriptions (``Site: breast | Stage: IIA``) are
alike by nature and are left out. Pure functions, no store.
"""

import re
import string
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import count
from typing import Any, TypeAlias

LONG = 40
"""Words; a shorter text may well be that of another person too."""

NEAR = 0.7
"""Share of word runs in common (Jaccard) from which two long texts are near-duplicates; four
words changed in a text of a hundred leave about 0.77."""

RUN = 3
LONG_RUN = 6
"""Words of the runs by which texts are looked for: a phrase that thousands share is shorter."""

SKETCH = 16
"""Hashes kept of a text. Of two texts that share 0.7 of their runs of three some 8 are common;
fewer than ``LEAST_COMMON`` in one pair of five hundred."""
LEAST_COMMON = 3
MOST_AT_ONE_HASH = 512
"""Texts remembered for one hash: of those that share a long phrase the first ones are enough."""
MOST_COMPARED = 12
EVERY = 500
"""Texts between two reports of progress."""

Numbers: TypeAlias = defaultdict[str, int]
"""A number for each word, given out as words are met."""

_BREAKS = str.maketrans(dict.fromkeys(string.punctuation, " "))
_LABELLED = re.compile(r"[\w )%][:=|]")


@dataclass(frozen=True)
class NearTexts:
    """Two long texts on two sides; ``share`` is that of word runs in common, 0 to 1."""

    case: Mapping[str, Any]
    other: Mapping[str, Any]
    share: float


def words_of(text: str) -> list[str]:
    """The words and numbers of a text, in small letters; a decimal number is two."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_BREAKS).split()


def is_structured(text: str, words: int) -> bool:
    """Whether a text is fields with labels rather than sentences: one label in six words."""
    return 6 * len(_LABELLED.findall(text)) >= words


def near_texts(
    one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]], least: float = NEAR
) -> Generator[tuple[int, int], None, list[NearTexts]]:
    """For each case of ``one`` the case of ``other`` with the most similar long text.

    Yields (texts read, texts in all) now and then.

    Returns:
        the pairs whose share is at least ``least``, in the order of ``one``.
    """
    total = len(one) + len(other)
    numbers: Numbers = defaultdict(count().__next__)
    known: dict[int, list[int]] = defaultdict(list)
    exact: dict[tuple[int, ...], int] = {}
    for number, case in enumerate(other):
        if number % EVERY == 0:
            yield number, total
        sketch = _sketch(case, numbers)
        if sketch and exact.setdefault(sketch, number) == number:
            for mark in sketch:
                if len(known[mark]) < MOST_AT_ONE_HASH:
                    known[mark].append(number)
    found: list[NearTexts] = []
    for number, case in enumerate(one):
        if number % EVERY == 0:
            yield len(other) + number, total
        if sketch := _sketch(case, numbers):
            alike = _alike(sketch, known, exact)
            shares = ((_share(case, other[n], numbers), n) for n in alike)
            share, best = max(shares, default=(0.0, 0))
            if share >= least:
                found.append(NearTexts(case, other[best], round(share, 3)))
    return found


def _alike(
    sketch: tuple[int, ...],
    known: Mapping[int, Sequence[int]],
    exact: Mapping[tuple[int, ...], int],
) -> list[int]:
    """The few texts that may be near: those with most hashes in common."""
    if sketch in exact:
        return [exact[sketch]]
    common = Counter(n for mark in sketch for n in known.get(mark, ()))
    return [n for n, times in common.most_common(MOST_COMPARED) if times >= LEAST_COMMON]


def _sketch(case: Mapping[str, Any], numbers: Numbers) -> tuple[int, ...]:
    """The smallest hashes of a long free text's longer runs; empty for any other text."""
    text = str(case["diagnosis"])
    if len(text) < 2 * LONG:
        return ()
    words = words_of(text)
    if len(words) < LONG or is_structured(text, len(words)):
        return ()
    return tuple(nsmallest(SKETCH, _runs(words, LONG_RUN, numbers)))


def _runs(words: Sequence[str], length: int, numbers: Numbers) -> set[int]:
    """The hashes of all runs of so many words."""
    told = [numbers[word] for word in words]
    return set(map(hash, zip(*(told[shift:] for shift in range(length)), strict=False)))


def _share(one: Mapping[str, Any], other: Mapping[str, Any], numbers: Numbers) -> float:
    """The share of runs of ``RUN`` words that two texts have in common."""
    first, second = (_runs(words_of(c["diagnosis"]), RUN, numbers) for c in (one, other))
    return len(first & second) / len(first | second)
