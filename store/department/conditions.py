"""The small language of a row's key cells: which words a case must say, and which it must not.

``T1-2; N0; not G3`` asks for one word of T1 and T2, for N0, and that G3 is not said; ``|`` parts
alternatives: ``T3-4 | N+``. An empty cell asks for nothing. A word that is not said is never
taken as said, and ``not`` means no more than that the word is not said. Which words there are is
known to whoever reads them from the text.
"""

import re
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass

ROMAN = ("0", "I", "II", "III", "IV")
_RANGE = re.compile(r"(?P<letter>[TNG])(?P<low>[0-4])-(?P<high>[0-4])")
_STAGES = re.compile(rf"(?P<low>{'|'.join(ROMAN)})-(?P<high>{'|'.join(ROMAN)})")


@dataclass(frozen=True)
class Term:
    """One demand: that one of ``words`` is said, or that none is."""

    words: frozenset[str]
    negated: bool

    def holds(self, said: Set[str]) -> bool:
        return bool(self.words & said) is not self.negated


@dataclass(frozen=True)
class Condition:
    """The alternatives of a cell, each a list of demands; none at all holds for everybody."""

    alternatives: tuple[tuple[Term, ...], ...] = ()

    def holds(self, said: Set[str]) -> bool:
        """Whether a case that says these words fulfils an alternative."""
        if not self.alternatives:
            return True
        return any(all(term.holds(said) for term in terms) for terms in self.alternatives)

    @property
    def words(self) -> frozenset[str]:
        """Every word that the cell names."""
        found = (term.words for terms in self.alternatives for term in terms)
        return frozenset[str]().union(*found)


def read_condition(cell: str, known: Callable[[str], bool]) -> Condition:
    """The condition in a cell.

    Args:
        known: whether a word is one that can be read from a question.

    Raises:
        ValueError: a part of the cell is empty, a range runs backwards, or a word is unknown.
    """
    if not cell.strip():
        return Condition()
    return Condition(tuple(tuple(_terms(part, known)) for part in cell.split("|")))


def _terms(part: str, known: Callable[[str], bool]) -> Iterable[Term]:
    for text in part.split(";"):
        words = " ".join(text.split())
        if not words:
            raise ValueError("a part is empty")
        negated = words.startswith("not ")
        asked = _expanded(words.removeprefix("not "))
        for word in asked:
            if not known(word):
                raise ValueError(f"{word!r} is not known")
        yield Term(frozenset(asked), negated)


def _expanded(word: str) -> tuple[str, ...]:
    """``T1-2`` as T1 and T2, ``I-III`` as I, II and III; any other word as it is."""
    numbered, staged = _RANGE.fullmatch(word), _STAGES.fullmatch(word)
    if numbered:
        low, high = int(numbered["low"]), int(numbered["high"])
        found = tuple(f"{numbered['letter']}{number}" for number in range(low, high + 1))
    elif staged:
        low, high = ROMAN.index(staged["low"]), ROMAN.index(staged["high"])
        found = ROMAN[low : high + 1]
    else:
        return (word,)
    if len(found) < 2:
        raise ValueError(f"{word!r} runs backwards")
    return found
