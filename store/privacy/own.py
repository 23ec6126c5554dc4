"""A row's own identifiers, wherever they occur in its text.

The name, number, birth date or address of the very patient is known from the row, so it needs no
guessing: it is looked for in any case, order and punctuation, also by its parts and initials.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from store.privacy.groups import words
from store.privacy.kinds import Kind, Span
from store.privacy.lexicon import Lexicon
from store.privacy.reading import names_a_disease

_PART = re.compile(r"[^\W_]+")
_JOINT = r"[\W_]{0,3}"
_CUE = r"(?:(?:mrn|patient|pt|id|number|no|case|record|chart|file|ur|hospital|unit)\b[ .:#]*)"
_SHORT_NUMBER = 4
_LONGEST = 200
"""Characters; more is a cell that ran over, of which only the whole is looked for."""
_TITLES = words("mr mrs ms miss dr prof sir jr sr ii iii iv md phd")


def find_own(text: str, own: Sequence[str], lexicon: Lexicon) -> Iterator[Span]:
    """Every occurrence of the identifiers ``own`` in ``text``."""
    for value in own:
        if len(value) > _LONGEST:
            at = text.find(value)
            if at >= 0:
                yield Span(at, at + len(value), _kind(value), 1.0, _kind(value).marker)
            continue
        found = _pattern(value)
        if found is None:
            continue
        exact, parts = found
        for match in exact.finditer(text):
            yield Span(*match.span("v"), _kind(value), 1.0, _kind(value).marker)
        if parts is None:
            continue
        for match in parts.finditer(text):
            word = match.group()
            ordinary = lexicon.is_word(word.casefold()) or word.casefold() in lexicon.eponyms
            if ordinary and (not word[0].isupper() or names_a_disease(text, match.end())):
                continue
            yield Span(*match.span(), Kind.NAME, 1.0, Kind.NAME.marker)


def _kind(value: str) -> Kind:
    if "@" in value:
        return Kind.EMAIL
    return Kind.MRN if any(char.isdigit() for char in value) else Kind.NAME


@lru_cache(maxsize=4096)
def _pattern(value: str) -> tuple[re.Pattern[str], re.Pattern[str] | None] | None:
    """For the value as a whole, and for the parts of a name; None where it is too short to tell."""
    parts = [part for part in _PART.findall(value) if part.casefold() not in _TITLES]
    if not parts:
        return None
    has_digit = any(char.isdigit() for char in value)
    joined = "".join(parts)
    if has_digit:
        return _numbered(parts, joined), None
    if len(joined) < 2:
        return None
    options = [_JOINT.join(map(re.escape, parts)), _JOINT.join(map(re.escape, reversed(parts)))]
    if len(parts) > 1:
        initials = [re.escape(part[0]) for part in parts]
        for last in (parts[-1], parts[0]):
            others = [re.escape(part[0]) + r"\.?" for part in parts if part != last]
            options.append(r"\s?".join(others) + r"[\s,]{0,2}" + re.escape(last))
            options.append(re.escape(last) + r"[\s,]{1,2}" + r"\s?".join(others))
        dotted = r"\.\s?".join(initials) + r"\."
        options.append(f"(?-i:{dotted})")
    whole = re.compile(rf"(?<![^\W_])(?P<v>{'|'.join(options)})(?![^\W_])", re.IGNORECASE)
    ordered = sorted({part for part in parts if len(part) > 1}, key=len, reverse=True)
    short = [word for word in ordered if len(word) < 3]
    long = [word for word in ordered if len(word) >= 3]
    pieces = [f"(?i:{re.escape(word)})" for word in long]
    pieces += [f"{re.escape(word.capitalize())}|{re.escape(word.upper())}" for word in short]
    single = re.compile(rf"(?<![^\W_])(?:{'|'.join(pieces)})(?![^\W_])") if pieces else None
    return whole, single


def _numbered(parts: Sequence[str], joined: str) -> re.Pattern[str]:
    """An identifier with figures; a short one only after a word that says what it is."""
    digits = "".join(char for char in joined if char.isdigit())
    if joined.isdigit():
        bare = joined.lstrip("0") or joined
        regex = "0*" + _JOINT_DIGITS.join(bare)
    else:
        regex = _JOINT.join(map(re.escape, parts))
        if len(digits) > 3 and len(parts) > 1:
            regex += "|0*" + _JOINT_DIGITS.join(digits.lstrip("0") or digits)
    needs_cue = len(joined) <= _SHORT_NUMBER or (joined.isdigit() and len(joined) <= _SHORT_NUMBER)
    if needs_cue or re.fullmatch(r"(?:19|20)\d\d", joined):
        return re.compile(rf"(?<![^\W_]){_CUE}(?P<v>{regex})(?![^\W_])", re.IGNORECASE)
    return re.compile(rf"(?<![^\W_])(?P<v>{regex})(?![^\W_]|[.,]\d)", re.IGNORECASE)


_JOINT_DIGITS = r"[ ./-]?"
