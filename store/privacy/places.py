"""Towns and institutions by name; a country, a state and a plain ``pain clinic`` stay."""

import re

from store.privacy.groups import (
    BEFORE_A_NAME,
    FUNCTION_WORDS,
    INSTITUTIONS,
    MONTHS,
    ORDINARY_BEFORE_INSTITUTION,
    PLACES_KEPT,
    TITLES,
    TOWN_WORDS,
    WEAK_INSTITUTIONS,
)
from store.privacy.kinds import Kind
from store.privacy.reading import Reading, Token, mark

_PLACE_CUE = re.compile(
    r"(?:\b(?:liv(?:es?|ed|ing)|resid(?:es?|ed|ing)|born|rais(?:ed)|grew up|moved(?: here"
    r"| back| away| over| in| down)?|relocated|travell?(?:s|ed|ing)?"
    r"|commut(?:es|ed|ing)|works?|worked|native|resident|citizen|transferred|referred|flew"
    r"|visiting|home)"
    r" (?:in|at|to|of|from|near|outside|outside of)|\bcity|\btown(?: of)?|\bvillage(?: of)?"
    r"|\bcounty|\bborough of"
    r"|\baddress(?: is)?|\bhome|\bmail to|\bhails from|\bcomes from|\bcame from|\barea of"
    r"|\bsuburb of|\bcity of)[ :]*$"
)


_LINKS = frozenset(("of", "for", "the", "and", "de", "st", "la", "at"))
_ORDINARY = ORDINARY_BEFORE_INSTITUTION | FUNCTION_WORDS | TITLES | BEFORE_A_NAME | INSTITUTIONS


def after_place_cue(reading: Reading, token: Token) -> bool:
    return bool(_PLACE_CUE.search(reading.text[max(0, token.start - 24) : token.start].lower()))


def mark_town(reading: Reading, index: int) -> None:
    """The capitals after ``lives in``, unless they are a country, a month or this field's."""
    tokens, lexicon = reading.tokens, reading.lexicon
    last = index
    for at in range(index, min(index + 4, len(tokens))):
        token = tokens[at]
        if not token.capital or (at > index and reading.between(at) not in (" ", "-", ". ")):
            break
        if at > index and reading.between(at) == ". " and tokens[at - 1].low != "st":
            break
        ordinary = (
            token.low in lexicon.clinical
            or token.low in FUNCTION_WORDS
            or token.low in ORDINARY_BEFORE_INSTITUTION
            or token.low in PLACES_KEPT
            or token.low in MONTHS
        ) and token.low not in TOWN_WORDS
        if ordinary or (token.text.isupper() and len(token.text) < 5):
            break
        last = at + 1
    if last - index > 1 or (last > index and tokens[index].low not in TOWN_WORDS):
        for token in tokens[index:last]:
            mark(token, Kind.PLACE, 0.8)


def mark_institutions(reading: Reading) -> None:
    """``Mercy Hospital``, ``University of Lund``: what names it, with the word that says so."""
    for index, token in enumerate(reading.tokens):
        if token.low not in INSTITUTIONS or not token.capital:
            continue
        begin, named = _before(reading, index)
        end, named_after = _after(reading, index)
        if named or named_after:
            for inside in reading.tokens[begin:end]:
                inside.taken = Kind.PLACE
                inside.score = max(inside.score, 0.8)


def _before(reading: Reading, index: int) -> tuple[int, bool]:
    """Where the words before an institution begin, and whether they name it."""
    tokens, lexicon = reading.tokens, reading.lexicon
    weak = tokens[index].low in WEAK_INSTITUTIONS
    begin, named = index, False
    while begin and _of_a_name(tokens[begin - 1]):
        gap, word = reading.between(begin), tokens[begin - 1]
        comma, stop = gap == ", " and not word.taken, gap == ". " and word.low != "st"
        if gap not in (" ", "-", ". ", " & ", ", ") or comma or stop:
            break
        begin -= 1
        proper = word.low not in _ORDINARY and not (weak and word.low in lexicon.clinical)
        named = named or proper or word.taken is not None
    while begin < index and (tokens[begin].low in FUNCTION_WORDS or not tokens[begin].capital):
        begin += 1
    return begin, named


def _after(reading: Reading, index: int) -> tuple[int, bool]:
    """Where the words after an institution end, and whether they name it."""
    tokens, lexicon = reading.tokens, reading.lexicon
    end = index + 1
    while end < min(len(tokens), index + 7):
        word, gap = tokens[end], reading.between(end)
        goes_on = word.low in _LINKS or word.capital or word.taken is not None
        if not goes_on or gap not in (" ", "-", ", ", ". ") or (gap != " " and not word.taken):
            break
        end += 1
    while end > index + 1 and not (tokens[end - 1].capital or tokens[end - 1].taken):
        end -= 1
    of = [token for token in tokens[index + 1 : end] if token.capital]
    if not of:
        return index + 1, False
    if tokens[index + 1].low in _LINKS or any(token.taken for token in of):
        plain = FUNCTION_WORDS | ORDINARY_BEFORE_INSTITUTION | lexicon.clinical
        named = any(t.taken or t.low in PLACES_KEPT or t.low not in plain for t in of)
        return end, named
    near = tokens[index + 1]
    plain = near.low in lexicon.clinical or near.low in FUNCTION_WORDS or near.text.isupper()
    weak = tokens[index].low in WEAK_INSTITUTIONS
    if weak or plain or near.low in ORDINARY_BEFORE_INSTITUTION:
        return index + 1, False
    return end, True


def _of_a_name(token: Token) -> bool:
    return token.capital or token.taken is not None or token.low in ("of", "the", "and", "de", "la")
