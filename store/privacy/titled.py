"""Names that are announced: by a title, a relative, a role, ``seen by`` or ``Name:``."""

import re
from collections.abc import Sequence

from store.privacy.groups import (
    BEFORE_A_NAME,
    DONE_BY,
    FUNCTION_WORDS,
    INSTITUTIONS,
    NEVER_SHORT,
    PARTICLES,
    PLACES_KEPT,
    TITLES,
    TITLES_ALONE,
)
from store.privacy.kinds import Kind
from store.privacy.reading import Reading, Token, mark

_CUED = re.compile(
    r"[ \t]*(?:[:=,(-]|\(s\)|is|was|named|called|,? ?(?:whose|the)? name is)?[ \t]*$"
)


def mark_titled(reading: Reading) -> None:
    """Whatever follows a title."""
    tokens = reading.tokens
    for index, token in enumerate(tokens[:-1]):
        if token.low not in TITLES:
            continue
        after = reading.text[token.end : tokens[index + 1].start]
        if after not in (" ", ". ", ".", "  ", ".  "):
            continue
        dotted = after.startswith(".")
        if dotted and token.low in NEVER_SHORT:
            continue
        if token.low in TITLES_ALONE and not (dotted or token.text.istitle()):
            continue
        nearest = tokens[index + 1]
        if not nearest.capital and (
            nearest.low in FUNCTION_WORDS
            or nearest.low in reading.lexicon.clinical
            or (reading.lexicon.is_word(nearest.low) and nearest.low not in PARTICLES)
        ):
            continue
        if token.low in TITLES_ALONE and nearest.low in reading.lexicon.clinical and not dotted:
            continue
        _run(reading, index + 1, strict=False)


def _run(reading: Reading, index: int, strict: bool) -> None:
    """Take the name that begins at a word: capitals, initials and particles as far as they go.

    ``strict`` takes a known word only where it is also on a list of names.
    """
    tokens, lexicon = reading.tokens, reading.lexicon
    last = index
    for at in range(index, min(index + 5, len(tokens))):
        token = tokens[at]
        if at > index and not reading.joined(at):
            break
        if at > index and "," in reading.between(at) and not reading.strange(token):
            break
        particle = token.low in PARTICLES and at + 1 < len(tokens) and tokens[at + 1].capital
        if particle and not token.capital:
            continue
        initial = len(token.text) == 1 and token.capital
        if (
            at > index
            and token.low in (FUNCTION_WORDS | lexicon.clinical)
            and not initial
            and not reading.strange(token)
        ):
            break
        if token.capital:
            if (
                strict
                and lexicon.is_word(token.low)
                and not lexicon.is_name(token.low)
                and not initial
            ):
                break
            if (
                at > index
                and lexicon.is_word(token.low)
                and not lexicon.is_name(token.low)
                and not initial
            ):
                break
        elif not _plain_name(reading, at, index):
            break
        for inside in tokens[last : at + 1]:
            mark(inside, Kind.NAME, 0.95)
        last = at + 1


def _plain_name(reading: Reading, at: int, index: int) -> bool:
    """A name without a capital: only where its word is none."""
    low = reading.tokens[at].low
    if at > index + 1 or len(low) < 3:
        return False
    return not reading.lexicon.is_word(low) and not reading.lexicon.is_slip(low)


def mark_cued(reading: Reading) -> None:
    """Capitals after a relative, a role, ``seen by`` or ``Name:``."""
    tokens, lexicon = reading.tokens, reading.lexicon
    for index in range(1, len(tokens)):
        token, before, gap = tokens[index], tokens[index - 1], reading.between(index)
        if token.taken or before.taken or before.low not in BEFORE_A_NAME:
            continue
        if "\n" in gap or len(gap) > 4 or "." in gap or not _CUED.match(gap):
            continue
        if token.capital:
            if _may_be_cued(reading, index):
                _run(reading, index, strict=not _is_announced(reading, index))
        elif token.low in PARTICLES and ":" in gap and _is_capital(tokens, index + 1):
            mark(token, Kind.NAME, 0.8)
            _run(reading, index + 1, strict=False)
        elif (
            lexicon.is_name(token.low)
            and not lexicon.is_word(token.low)
            and len(token.low) > 2
            and token.low not in lexicon.eponyms
            and "-" not in gap
        ):
            _run(reading, index, strict=True)


def _may_be_cued(reading: Reading, index: int) -> bool:
    """Whether a capital after a word such as ``wife`` may be a name."""
    tokens, lexicon = reading.tokens, reading.lexicon
    token, before = tokens[index], tokens[index - 1]
    colon, word = ":" in reading.between(index), lexicon.is_word(token.low)
    if token.low in FUNCTION_WORDS or token.low in INSTITUTIONS or token.low in PLACES_KEPT:
        return False
    shouting = reading.shouting or (before.text.isupper() and len(before.text) > 3)
    abbreviation = token.text.isupper() and len(token.text) > 1 and not shouting
    if abbreviation and (word or len(token.low) < 3):
        return False
    if not colon and token.low in lexicon.clinical:
        return False
    if not colon and token.low in lexicon.eponyms and not _done(tokens, index):
        return False
    if word and not lexicon.is_name(token.low) and not _is_announced(reading, index):
        return False
    return len(token.text) > 1 or (index + 1 < len(tokens) and reading.joined(index + 1))


def _is_announced(reading: Reading, index: int) -> bool:
    """``Name:``, or a colon and a word that goes on like a name: whatever it is, it is one."""
    before = reading.tokens[index - 1].low
    named = before in ("name", "names", "surname", "forename") or _goes_on(reading, index)
    return ":" in reading.between(index) and named


def _is_capital(tokens: Sequence[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].capital


def _goes_on(reading: Reading, index: int) -> bool:
    """Whether the next word belongs to a name that would begin with this one."""
    if index + 1 >= len(reading.tokens) or not reading.joined(index + 1):
        return False
    after = reading.tokens[index + 1]
    initial = len(after.text) == 1 and after.capital
    return initial or (
        after.capital
        and (reading.strange(after) or reading.lexicon.is_name(after.low))
        and after.low not in reading.lexicon.clinical
    )


def _done(tokens: Sequence[Token], index: int) -> bool:
    """``seen by``, ``signed by``: whoever follows is a person and no eponym."""
    return index > 1 and tokens[index - 2].low in DONE_BY
