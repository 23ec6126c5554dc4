"""Names that nothing announces: words that are none, and the words beside them.

Eponyms stay where a disease, a score or a device is named after somebody.
"""

import re

from store.privacy.groups import (
    BEFORE_A_NAME,
    BEFORE_SHOUTED,
    DOES,
    FUNCTION_WORDS,
    INSTITUTIONS,
    MONTHS,
    PARTICLES,
    PLACES_KEPT,
    TITLES,
    TOWN_WORDS,
)
from store.privacy.kinds import Doubt, Kind
from store.privacy.places import after_place_cue, mark_town
from store.privacy.reading import VOWEL, Reading, Token, mark, names_a_disease

_ROLES = TITLES | BEFORE_A_NAME | INSTITUTIONS | PLACES_KEPT
"""What stands beside a name and is none."""


def mark_strange(reading: Reading) -> None:
    """Capital words that are no words."""
    lexicon = reading.lexicon
    for index, token in enumerate(reading.tokens):
        if token.taken or not token.capital:
            continue
        if reading.strange(token):
            named = lexicon.is_name(token.low)
            if not named and reading.begins(index) and lexicon.is_slip(token.low):
                continue
            if after_place_cue(reading, token):
                mark_town(reading, index)
            mark(token, Kind.NAME, 0.9 if named else 0.7)
        elif after_place_cue(reading, token):
            mark_town(reading, index)
        elif token.low in lexicon.eponyms:
            _eponym(reading, index)


def _eponym(reading: Reading, index: int) -> None:
    """An eponym beside a first name is a person, unless a disease follows."""
    tokens, lexicon = reading.tokens, reading.lexicon
    if index == 0 or not reading.joined(index):
        return
    before = tokens[index - 1]
    if (
        before.capital
        and (
            before.low in lexicon.first_names
            or (len(before.text) == 1 and "." in reading.between(index))
        )
        and before.low not in lexicon.clinical
        and before.low not in lexicon.eponyms
        and not names_a_disease(reading.text, tokens[index].end)
    ):
        mark(before, Kind.NAME, 0.8)
        mark(tokens[index], Kind.NAME, 0.8)


def mark_shouted(reading: Reading) -> None:
    """Names in capitals amid a text that is not: two such words, or one that does something."""
    tokens, lexicon = reading.tokens, reading.lexicon

    def shouted(index: int, least: int) -> bool:
        if not 0 <= index < len(tokens):
            return False
        token = tokens[index]
        return (
            token.text.isupper()
            and len(token.low) >= least
            and bool(VOWEL.search(token.low))
            and not lexicon.is_word(token.low)
            and token.low not in lexicon.eponyms
        )

    for index, token in enumerate(tokens):
        if token.taken or not shouted(index, 3):
            continue
        beside = (shouted(index + 1, 3) and reading.joined(index + 1)) or (
            shouted(index - 1, 3) and reading.joined(index)
        )
        after = tokens[index + 1].low if index + 1 < len(tokens) else ""
        particle = after in PARTICLES and tokens[index + 1].text.isupper()
        if index and tokens[index - 1].text.isupper() and reading.joined(index):
            beside = beside or tokens[index - 1].low in lexicon.first_names
        met = index > 0 and tokens[index - 1].low in BEFORE_SHOUTED and len(token.low) > 4
        if (
            beside
            or particle
            or met
            or (len(token.low) > 3 and after in DOES and reading.begins(index))
        ):
            mark(token, Kind.NAME, 0.6)


def mark_pairs(reading: Reading) -> None:
    """Two words that are known and yet a first and a last name side by side: Grace Hall."""
    tokens, lexicon = reading.tokens, reading.lexicon
    for index in range(1, len(tokens)):
        first, last = tokens[index - 1], tokens[index]
        if first.taken or last.taken or not (first.capital and last.capital):
            continue
        if first.text.isupper() or last.text.isupper() or reading.between(index) not in (" ", ", "):
            continue
        pair = (first.low, last.low) if reading.between(index) == " " else (last.low, first.low)
        if (
            pair[0] in lexicon.first_names
            and pair[1] in lexicon.last_names
            and not {*pair} & (FUNCTION_WORDS | lexicon.clinical | PLACES_KEPT | lexicon.eponyms)
            and last.low not in INSTITUTIONS
        ):
            mark(first, Kind.NAME, 0.6)
            mark(last, Kind.NAME, 0.6)
            continue
    for index, token in enumerate(tokens):
        if (
            not token.taken
            and token.capital
            and token.text[1:].islower()
            and len(token.low) > 2
            and token.low in lexicon.first_names
            and token.low not in (FUNCTION_WORDS | PLACES_KEPT)
            and token.low not in MONTHS
            and token.low not in lexicon.clinical
            and token.low not in lexicon.eponyms
            and not reading.begins(index)
        ):
            reading.doubts.append(Doubt(token.text, "a word that is also a first name"))


def widen(reading: Reading) -> None:
    """Initials, particles and neighbours with a capital belong to the name beside them."""
    tokens = reading.tokens
    for index in range(1, len(tokens)):
        if tokens[index - 1].taken is Kind.NAME and not tokens[index].taken:
            _join(reading, index, index - 1, index)
    for index in range(len(tokens) - 2, -1, -1):
        if tokens[index + 1].taken is Kind.NAME and not tokens[index].taken:
            _join(reading, index, index + 1, index + 1)


def _join(reading: Reading, index: int, beside: int, gap: int) -> None:
    """Take the word at ``index`` for a part of the name ``beside`` it, if it looks like one."""
    token, left = reading.tokens[index], index < beside
    if not reading.joined(gap):
        return
    if token.low in PARTICLES and not left:
        _join_particle(reading, index, gap)
    elif token.low in PARTICLES and token.low not in FUNCTION_WORDS:
        mark(token, Kind.NAME, 0.8)
    elif token.capital and len(token.text) == 1:
        if "." in reading.between(gap) or not (left and token.low in ("a", "i")):
            mark(token, Kind.NAME, 0.8)
    elif token.capital and _belongs(reading, index, beside, gap):
        mark(token, Kind.NAME, 0.7)


def _join_particle(reading: Reading, index: int, gap: int) -> None:
    """``van de`` after a name: with the capital that follows, or at the end after a comma."""
    tokens, token = reading.tokens, reading.tokens[index]
    ended = reading.text[token.end : token.end + 1]
    if "," in reading.between(gap) and ended in (".", "\n", ",", ""):
        mark(token, Kind.NAME, 0.8)
        return
    at = index + 1
    while at < len(tokens) and tokens[at].low in PARTICLES and at < index + 4:
        at += 1
    inside = tokens[index : at + 1]
    whole = at < len(tokens) and all(reading.joined(i) for i in range(index + 1, at + 1))
    if whole and inside[-1].capital:
        for each in inside:
            mark(each, Kind.NAME, 0.8)


def _belongs(reading: Reading, index: int, beside: int, gap: int) -> bool:
    """Whether a capital word beside a name is a part of it."""
    token, lexicon = reading.tokens[index], reading.lexicon
    left, between = index < beside, reading.between(gap)
    shouted = token.text.isupper() and reading.tokens[beside].text.isupper()
    listed = lexicon.is_name(token.low)
    if left and token.low in TOWN_WORDS and between == " ":
        return True
    alone = "," in between and not listed and not _ends(reading, token, left)
    if alone or token.low in _ROLES:
        return False
    if token.low in FUNCTION_WORDS or token.low in MONTHS:
        inner = (left and not reading.begins(index)) or "," in between
        first = token.low in lexicon.first_names
        return between == "-" or (first and (shouted or (inner and not _dated(reading, token))))
    if between == "-" and token.text[1:].islower():
        return True
    if token.text.isupper() and not reading.shouting and not shouted:
        return False
    first = shouted and token.low in lexicon.first_names
    clinical = token.low in lexicon.clinical and not (listed and (len(token.low) > 3 or not left))
    lead = left and reading.begins(index) and lexicon.is_word(token.low) and not listed
    eponym = not left and token.low in lexicon.eponyms and names_a_disease(reading.text, token.end)
    return first or not (clinical or lead or eponym)


def _ends(reading: Reading, token: Token, left: bool) -> bool:
    """``Okonkwo, Ties.``: what follows a comma and ends there may be a first name on no list."""
    ended = reading.text[token.end : token.end + 1]
    return not left and ended in (".", "\n", "") and token.low not in reading.lexicon.clinical


def _dated(reading: Reading, token: Token) -> bool:
    """Whether figures follow, so that ``Jan`` is a month."""
    return bool(re.match(r"\.? ?'?\d", reading.text[token.end : token.end + 4]))
