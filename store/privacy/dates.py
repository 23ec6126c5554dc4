"""Dates and ages: what of them may stay, and where they are in a text.

Of a date its year may stay (45 CFR 164.514(b)(2)(i)(C)), unless the year itself says that
somebody is over 89; of an age over 89 only that it is. Where a person asked for shifted dates
(*not Safe Harbor, needs expert determination*), a whole date is moved by a patient's own number
of days instead, so that the time between two dates of one patient is kept.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from store.privacy.groups import MONTHS
from store.privacy.kinds import Kind, Span

OLDEST = 89
"""Years; an age above is an identifier."""

_MONTH = rf"(?:{'|'.join(MONTHS)})"
_YEAR = r"(?:(?:19|20)\d\d)(?!\d)"
_SHORT = r"(?:(?:19|20)\d\d|'?\d\d)(?![\d/.-]*\d|[a-z]| ?(?:gy|cgy|fx|fractions?|mm|cm|mg)\b)"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_ORDINAL = (
    r"(?:twenty[- ]|thirty[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    r"|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth"
    r"|nineteenth|twentieth|thirtieth"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thurs?|thu|fri|sat(?:ur)?|sun)(?:day)?\.?,? (?:the )?)?"
_CLOCK = (
    r"(?:(?:t|,? (?:at )?)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]\.?m\b\.?)?(?:z"
    r"|[+-]\d\d:\d\d)?)?"
)
_HOLIDAY = (
    r"christmas(?: eve| day)?|thanksgiving(?: day)?|easter(?: sunday| monday)?|halloween"
    r"|new year'?s(?: eve| day)?|independence day|labou?r day|memorial day|boxing day"
    r"|valentine'?s day|good friday|hanukkah|diwali|ramadan|st\.? patrick'?s day|mother'?s day"
    r"|father'?s day|veterans day|columbus day|martin luther king day|juneteenth|whit monday"
)
_CUE = (
    r"on|since|dated|date|until|till|from|through|thru|by|dob|d\.o\.b\.?|born|dos|admitted"
    r"|discharged"
    r"|started|began|completed|finished|ended|start|end|seen|died|scheduled for|as of|between"
    r"|before|after"
)
_NO_RATIO = (
    r"(?![\d/.]| ?(?:of|cores?|nodes?|lns?|lymph|positive|pos|neg|sentinel|fx|fractions?|fr\b"
    r"|gy|cgy"
    r"|power|strength|pain|%|cm|mm|mg|weeks?|days?|months?|years?)\b)"
)

_DATES = re.compile(
    rf"(?<![\w.])(?:"
    rf"(?P<iso>{_YEAR}([-/.])(?:0?[1-9]|1[0-2])\2(?:[12]\d|3[01]|0?[1-9])(?!\d){_CLOCK})"
    rf"|(?P<packed>(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d))"
    rf"|(?P<parts>{_WEEKDAY}(?:0?[1-9]|[12]\d|3[01])(?P<sep>[-/.])(?:0?[1-9]|[12]\d|3[01])(?P=sep)"
    rf"(?:(?:19|20)\d\d|\d\d)(?![\d/]|[-.]\d| ?(?:gy|cgy)){_CLOCK})"
    rf"|(?P<named>{_WEEKDAY}{_DAY}(?: of)?[ -./]{{0,2}}{_MONTH}\b\.?"
    rf"(?:[-, ./]{{0,2}}{_SHORT})?{_CLOCK})"
    rf"|(?P<us>{_WEEKDAY}{_MONTH}\b\.?[ -]?(?:the )?{_DAY}(?!\d|[a-z]|[./]\d)(?:(?:, ?| |-|/)"
    rf"(?:of )?{_SHORT})?{_CLOCK})"
    rf"|(?P<words>(?:{_ORDINAL})(?: of)? {_MONTH}\b(?:,? (?:of )?{_YEAR})?"
    rf"|{_MONTH} (?:the )?(?:{_ORDINAL})\b(?:,? (?:of )?{_YEAR})?)"
    rf"|(?P<month>{_MONTH}\b\.?(?:,? (?:of )?|[-/'])(?:{_YEAR}|'\d\d|\d\d(?=[,.;)]|$)))"
    rf"|(?P<slash>(?:0?[1-9]|1[0-2])[/.-]{_YEAR}(?!/))"
    rf"|(?P<turned>(?:19|20)\d\d[/-](?:0[1-9]|1[0-2])(?![\d/-]))"
    rf"|(?P<quarter>(?:q[1-4]|(?:first|second|third|fourth|last) quarter|spring|summer|autumn|fall"
    rf"|winter|early|mid|late|week \d+|(?:calendar )?week)(?:,? of|-|/|,)? ?{_YEAR})"
    rf"|(?P<holiday>(?:{_HOLIDAY})\b(?:,? (?:of )?{_YEAR})?)"
    rf"|(?:{_CUE})\b:? (?P<bare>(?:0?[1-9]|1[0-2])/(?:[12]\d|3[01]|0?[1-9])|(?:[12]\d|3[01]"
    rf"|0?[1-9])\.(?:0?[1-9]|1[0-2])\.){_NO_RATIO}"
    rf"|(?:and|to|-|–) (?P<bare2>(?:0?[1-9]|1[0-2])/(?:[12]\d|3[01]|0?[1-9]))(?=[,.;) ]"
    rf"|$){_NO_RATIO}(?<=\d)"
    rf"|(?:in|since|by|until|till|from|during|early|mid|late|last|next|this|of|to|through"
    rf"|between|and|before|after|until)[ -](?P<alone>{_MONTH})\b(?!\.?,?(?: of)?"
    rf"(?: the)?[ /-]{{0,2}}'?\d|(?:,? (?:of )?| the )(?:{_ORDINAL})| (?:be|have|need|require"
    rf"|benefit|not))"
    rf"|(?:born(?: in)?|dob|d\.o\.b\.?|birth(?: year| date)?|year of birth)\b:? ?"
    rf"(?P<born>{_YEAR})(?![-/.]\d)"
    rf")"
)

_TENS = (
    r"(?:ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one |a )?hundred"
    r"(?: and)?(?:[- ](?:one|two|three|four|five|six|seven|eight|nine|ten))?)"
)
_OVER = r"(?:9\d|1[0-3]\d)"
_AGES = re.compile(
    rf"(?<![\w./])(?:(?P<a>{_OVER}|{_TENS})(?=[ -]{{0,2}}(?:years?[- ]?(?:old|of age|young)"
    rf"|yrs?[- ]?(?:old|of age)?\b|yo\b|y/?o\b"
    rf"|y\.o|ys?\b|years?\b(?! ago)|f\b|m\b|jährig|ans\b))(?![ -]?(?:f|m)\b(?:[ ]?/|[ ]?[°]))"
    rf"|(?:aged?|age of|age is|age was|turned|turning|turns|male|female|man of|woman of"
    rf"|lady of|gentleman of|at age|aet\.?"
    rf"|patient is|pt is|he is|she is|is now|now)[ :=(]{{1,2}}(?P<b>{_OVER}|{_TENS})(?!\.?\d"
    rf"|[%/+]|[- ]?(?:gy|cgy|cm|mm|mg|ml|cc|kg|lbs?|%|in \d|days|weeks|months|minutes|hours"
    rf"|percent|pack))"
    rf"|(?P<c>{_OVER})(?:st|nd|rd|th)(?= (?:birthday|year))"
    rf"|(?P<d>(?:early |mid[- ]|late )?(?:nineties|90'?s)|(?:super)?centenarian|nonagenarian)"
    rf"(?![a-z]))"
)


def find_dates(text: str, this_year: int, shift: timedelta | None) -> Iterator[Span]:
    """Every date in ``text`` (lower case), with what is to stand in its place.

    Args:
        text: in lower case, of the same length as the text that it was made of.
        this_year: a year more than ``OLDEST`` before it is taken out as well.
        shift: moves whole dates; None leaves their year.
    """
    if not _HINT.search(text):
        return
    for match in _DATES.finditer(text):
        group = next(name for name in _GROUPS if match.group(name) is not None)
        start, end = match.span(group)
        words = match.group(group)
        if group == "parts" and not _possible(words):
            continue
        if (
            group == "alone"
            and words in ("may", "mar", "march", "second", "dec")
            and not _plain(text, match)
        ):
            continue
        year = None if group.startswith("bare") else _year(words, group)
        if group == "born":
            if this_year - int(words) > OLDEST:
                yield Span(start, end, Kind.DATE, 1.0, Kind.DATE.marker)
            continue
        yield Span(start, end, Kind.DATE, 1.0, _left(words, year, this_year, shift))


_GROUPS = (
    *("iso", "packed", "parts", "named", "us", "words", "month", "slash", "turned", "quarter"),
    *("holiday", "bare", "bare2", "alone", "born"),
)
_HINT = re.compile(
    rf"\d[-/.]\d|(?<![a-z]){_MONTH}(?![a-z])|\d{{8}}|(?:19|20)\d\d|{_HOLIDAY}"
    rf"|\d[a-z ]{{1,4}}{_MONTH}"
)


def _plain(text: str, match: re.Match[str]) -> bool:
    """A word that is a month and something else too: only after words of time."""
    return text[match.start() : match.start() + 5].split(maxsplit=1)[0].split("-", maxsplit=1)[
        0
    ] in (*("in", "since", "until", "last", "next", "early", "late", "mid", "during", "by"),)


def _possible(words: str) -> bool:
    """Whether three numbers can be a day, a month and a year in either order."""
    numbers = re.findall(r"\d+", words)
    first, second = int(numbers[0]), int(numbers[1])
    return min(first, second) <= 12


def _year(words: str, group: str) -> int | None:
    whole = re.search(r"(?<!\d)(19|20)\d\d", words)
    if whole:
        return int(whole.group())
    if group == "packed":
        return int(words[:4])
    short = re.search(r"[-/. ,']'?(\d\d)$", words.split(":", maxsplit=1)[0].rsplit(" at ", 1)[0])
    numbers = re.findall(r"\d+", words)
    if short and (len(numbers) > 1 or "'" in words or group == "month"):
        value = int(short.group(1))
        return 2000 + value if value <= 40 else 1900 + value
    return None


def _left(words: str, year: int | None, this_year: int, shift: timedelta | None) -> str:
    if shift is not None:
        found = whole_date(words)
        return (found + shift).isoformat() if found else Kind.DATE.marker
    if year is None or this_year - year > OLDEST:
        return Kind.DATE.marker
    return str(year)


def whole_date(words: str) -> date | None:
    """The day that a date in words or figures names, month before day where it may be either."""
    year = _year(words, "")
    named = re.search(_MONTH, words)
    numbers = [int(number) for number in re.findall(r"\d+", words.split(":", maxsplit=1)[0])]
    try:
        if re.match(r"(?:19|20)\d\d\D", words):
            return date(*numbers[:3])
        if year is None:
            return None
        if named:
            return date(year, MONTHS[named.group()], numbers[0])
        first, second = numbers[:2]
        return date(year, second, first) if first > 12 else date(year, first, second)
    except (ValueError, TypeError, IndexError):
        return None


def find_ages(text: str) -> Iterator[Span]:
    """Every age over 89 in ``text`` (lower case); ``90+`` is to stand in its place."""
    for match in _AGES.finditer(text):
        group = match.lastgroup or "a"
        start, end = match.span(group)
        yield Span(start, end, Kind.AGE, 1.0, "90s" if group == "d" else "90+")
