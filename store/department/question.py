"""The question's text in parts that can be searched: clauses, and what is only denied or planned.

A family's history is no fact of the patient and is taken out first. Nothing here knows a disease.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

_FAMILY = re.compile(
    r"\b(?:mother|father|sister|brother|aunt|uncle|grand(?:mother|father)|daughter|son|cousin)s?"
    r"(?:'s)?\b(?:(?! - )[^,.;:\n])*|\b(?:family history|FHx?)\b(?:(?! - )[^,.;\n])*",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:\n]| - |\.(?![0-9])|\bbut\b", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:no|not|never|without|nor|den(?:y|ies|ied)|exclud(?:ed|es)|absent|free of|clear of)\b",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"^\W*(?:is |was |are |were )?(?:absent|neg\b|negative|excluded|ruled out|not (?:seen|present))"
    r"|^ (?:not )?(?:compression )?excluded",
    re.IGNORECASE,
)
_NUMBER = r"(?P<value>[0-9]+(?:\.[0-9]+)?)"
LENGTH = rf"{_NUMBER} ?(?P<unit>mm|cm)\b(?!2)"
"""A length, as a pattern with the groups value and unit."""


@lru_cache(maxsize=64)
def prepare(diagnosis: str) -> str:
    """The text on one line with plain dashes, without the family's history."""
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", diagnosis)
    text = re.sub(r"[^\S\n]+", " ", text)
    return _FAMILY.sub(" ", text).strip()


@lru_cache(maxsize=64)
def clauses(text: str) -> tuple[str, ...]:
    """The text's clauses, in order; a decimal point parts nothing."""
    return tuple(part.strip() for part in _CLAUSE.split(text) if part.strip())


def matches(text: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """What ``pattern`` finds in each clause and the clause does not deny."""
    for clause in clauses(text):
        for match in pattern.finditer(clause):
            before, after = clause[: match.start()], clause[match.end() :]
            if not _DENIED.search(before) and not _DENIED_AFTER.search(after):
                yield match


def says(text: str, pattern: re.Pattern[str]) -> bool:
    """Whether some clause says it and does not deny it."""
    return next(matches(text, pattern), None) is not None


def millimetres(match: re.Match[str]) -> float:
    """The length of a match of a pattern that holds ``LENGTH``, in mm."""
    scale = 10 if match["unit"].casefold() == "cm" else 1
    return float(match["value"]) * scale
