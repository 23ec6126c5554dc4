"""Reading dates as exports write them, and what two of them say about the question.

A date that may be read day first or month first has both readings; nothing chooses between them
but the other date of the same row or the person (``date_order``). A date never gets further than
the reader: what is kept of it is the year.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta

ORDERS = ("dmy", "mdy")
"""Day first and month first; a year that stands first is followed by the month."""

_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
_SERIAL_ZERO = date(1899, 12, 30)
_TIME = (
    r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.]?)(\d{{1,2}})\2(\d{{1,2}}){_TIME}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}")
_NAMED = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?[ .-]*([a-z]{{3,9}})\.?[ ,-]+(\d{{4}}){_TIME}", re.I
)
_NAME_FIRST = re.compile(
    rf"([a-z]{{3,9}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? +(\d{{4}}){_TIME}", re.I
)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def read_date(text: str) -> Mapping[str, date]:
    """The date by the orders in which it can be read; empty where it is none.

    ``2021-03-04``, ``20210304``, ``4.3.2021``, ``03/04/2021``, ``4-Mar-2021``, ``March 4, 2021``,
    each with or without a time, and the serial number of a spreadsheet (``44259``).
    """
    text = text.strip()
    if match := _SERIAL.fullmatch(text):
        day = int(match[1])
        inside = _FIRST_SERIAL <= day <= _LAST_SERIAL
        return _both(_SERIAL_ZERO + timedelta(day)) if inside else {}
    if match := _YEAR_FIRST.fullmatch(text):
        return _both(_day(match[1], match[3], match[4]))
    if match := _NAMED.fullmatch(text):
        return _both(_day(match[3], _month(match[2]), match[1]))
    if match := _NAME_FIRST.fullmatch(text):
        return _both(_day(match[3], _month(match[1]), match[2]))
    if match := _YEAR_LAST.fullmatch(text):
        year = match[4] if len(match[4]) == 4 else f"20{match[4]}"
        day_first = _day(year, match[3], match[1])
        # nobody writes the month first with dots
        month_first = None if match[2] == "." else _day(year, match[1], match[3])
        found = {"dmy": day_first, "mdy": month_first}
        return {order: value for order, value in found.items() if value}
    return {}


def one_date(text: str, order: str = "") -> date | None:
    """The date where it has a single reading, or one by this order."""
    found = read_date(text)
    days = {found[order]} if order in found else set(found.values())
    return days.pop() if len(days) == 1 else None


def _both(day: date | None) -> dict[str, date]:
    return dict.fromkeys(ORDERS, day) if day else {}


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _month(name: str) -> str:
    short = name[:3].casefold()
    return str(_MONTHS.index(short) + 1) if short in _MONTHS else "0"
