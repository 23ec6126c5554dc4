"""Reading numbers as people type them, in one place, because a comma decides between 59.4 and 594.

A number is read only where its form has one meaning; anything else is no number. A form that
was read by a rule rather than as it stands says so in ``note``.
"""

import re
from dataclasses import dataclass

# twelve digits are more than any dose or count needs and fewer than a float loses
_PLAIN = re.compile(r"\d{1,12}\.?\d{0,12}|\.\d{1,12}")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}([ ,])\d{3}(?:\1\d{3}){0,2}(?:\.\d{1,12})?")
_DECIMAL_COMMA = re.compile(r"\d{1,12},\d{1,2}|0,\d{1,12}")
_DOT_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){1,3},\d{1,12}")
_UNITS = {
    "cgy": "cGy",
    "rad": "cGy",
    "rads": "cGy",
    "gy": "Gy",
    "gray": "Gy",
    "grays": "Gy",
    "mci": "mCi",
}
_WITH_UNIT = re.compile(rf"(.*?)\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})\.?", re.I)
_FRACTIONS = re.compile(r"(.*?)\s*(?:fractions?|fxs?|fr|f|#|sessions?)\.?", re.I)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Number:
    """A number as it was read; ``unit`` as written in the same cell, ``note`` the rule used."""

    value: float
    unit: str = ""
    note: str = ""


def read_number(text: str) -> Number | None:
    """A non-negative number, or None where the text has no single meaning as one.

    ``6,100`` and ``6 100`` are thousands (groups of exactly three digits after a first group
    that is not 0); ``59,4`` and ``0,508`` are decimal commas; ``1.234,5`` is both.
    """
    stripped = text.strip()
    if _PLAIN.fullmatch(stripped):
        return Number(float(stripped))
    if _THOUSANDS.fullmatch(stripped):
        return _noted(stripped, re.sub("[ ,]", "", stripped), "thousands separator")
    if _DECIMAL_COMMA.fullmatch(stripped):
        return _noted(stripped, stripped.replace(",", "."), "decimal comma")
    if _DOT_THOUSANDS.fullmatch(stripped):
        return _noted(stripped, stripped.replace(".", "").replace(",", "."), "decimal comma")
    return None


def read_quantity(text: str) -> Number | None:
    """A number with or without its unit in the same cell (``4,500 cGy``, ``2 Gy``, ``60``)."""
    match = _WITH_UNIT.fullmatch(text.strip())
    if match is None:
        return read_number(text)
    number = read_number(match[1])
    return number and Number(number.value, _UNITS[match[2].casefold()], number.note)


def read_unit(text: str) -> str:
    """``cGy``, ``Gy`` or ``mCi`` as a unit column names them, or "" where it names none."""
    return _UNITS.get(text.strip().rstrip(".").casefold(), "")


def read_count(text: str) -> Number | None:
    """A number of fractions as it is written: ``30``, ``01``, ``30 fr``, ``one``.

    The number need not be whole: ``1.8`` in such a column tells that it holds something else.
    """
    stripped = text.strip().casefold()
    if stripped in _WORDS:
        return Number(_WORDS.index(stripped) + 1.0)
    match = _FRACTIONS.fullmatch(stripped)
    return read_quantity(match[1] if match else stripped)


def _noted(text: str, digits: str, rule: str) -> Number:
    return Number(float(digits), note=f"{rule}: {text} read as {float(digits):.12g}")
