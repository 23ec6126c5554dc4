"""The regimen of a row that has dose and fractions in columns of their own.

Two of total dose, fractions and dose per fraction make the third; all three have to agree. The
unit stands in the cell, in a column of units or in a column's name (``Dose (cGy)``). What is
repaired, and when, is ``doses``' to say.
"""

import re
from collections.abc import Mapping

from store.clinical.modality import read_modality
from store.clinical.regimen import Modality
from store.importing.doses import (
    GENERAL,
    GENERAL_BRACHYTHERAPY,
    agree,
    is_stereotactic,
    read_prescription,
)
from store.importing.numbers import read_count, read_number, read_quantity, read_unit
from store.reasons import Lost

_COMMA_DOSE = re.compile(r"(?<![\w.,])(\d[\d.]*,\d[\d.,]*) ?-?(?:c?gy|cge|(?:centi)?gr[ae]y)", re.I)


def read_regimen(
    cells: Mapping[str, str], mapping: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """The plan's text, or dose and fractions put together, and what was repaired.

    ``cells`` are a row's fields with text, ``mapping`` the columns they come from.

    Raises:
        Lost: dose and fractions are missing, unreadable or at odds with each other.
    """
    if cells.get("regimen") or "regimen" in mapping:
        text = cells.get("regimen", "")
        return text, _commas(text)
    unit = cells.get("unit") or unit_in_name(mapping.get("dose", ""))
    each, notes = _each_gy(cells.get("dose_per_fraction", ""), mapping, unit)
    dose, fractions = cells.get("dose", ""), cells.get("fractions", "")
    if each and dose and not fractions:
        fractions = _count(dose, unit, each)
    if each and fractions and not dose:
        count = read_count(fractions)
        dose, unit = (f"{count.value * each:.4f}", "Gy") if count else (dose, unit)
    if not dose:
        raise Lost("no_dose")
    if not fractions:
        raise Lost("no_fractions")
    modality = read_modality(cells.get("modality", ""))
    rules = GENERAL_BRACHYTHERAPY if modality is Modality.BRACHYTHERAPY else GENERAL
    stereotactic = is_stereotactic(" ".join(cells.values()))
    read = read_prescription(dose, unit, fractions, rules, stereotactic)
    if each and not agree(read.dose_gy, read.fractions, each):
        raise Lost("dose_ambiguous", f"{read.text} is not {each:g} Gy a fraction.")
    return read.text, (*notes, *read.repairs)


def _commas(plan: str) -> tuple[str, ...]:
    """What is noted of the doses in a plan's text that are written with a comma."""
    written = [match[1] for match in _COMMA_DOSE.finditer(plan)]
    numbers = [read_number(number) for number in dict.fromkeys(written)]
    return tuple(number.note for number in numbers if number)


def unit_in_name(column: str) -> str:
    """The unit that a column's name gives, as ``Dose (cGy)`` and ``dose_gy`` do."""
    found = re.search(r"(?<![a-z])(cgy|gy)(?![a-z])", column.casefold().replace("_", " "))
    return found[1] if found else ""


def _each_gy(
    text: str, mapping: Mapping[str, str], unit: str
) -> tuple[float | None, tuple[str, ...]]:
    """The dose per fraction in Gy, and the notes; without a unit, above 30 it can only be cGy."""
    if not text:
        return None, ()
    number = read_quantity(text)
    if number is None:
        raise Lost("dose_unreadable", f"The dose per fraction {text[:40]!r} is no number.")
    name = mapping.get("dose_per_fraction", "")
    stated = number.unit or read_unit(unit_in_name(name)) or read_unit(unit)
    assumed = not stated and number.value > 30
    notes = [number.note] if number.note else []
    if assumed:
        notes.append("unit of the dose per fraction missing: read as cGy")
    value = number.value / 100 if assumed or stated == "cGy" else number.value
    return value, tuple(notes)


def _count(dose: str, unit: str, each: float) -> str:
    """The number of fractions that a total and a dose per fraction make."""
    total = read_quantity(dose)
    if total is None:
        raise Lost("dose_unreadable", f"The dose {dose[:40]!r} is no number with a unit.")
    gray = total.value / 100 if (total.unit or read_unit(unit)) == "cGy" else total.value
    count = round(gray / each) if each else 0
    if count < 1 or not agree(gray, count, each):
        raise Lost("dose_ambiguous", f"{gray:g} Gy is no whole number of {each:g} Gy fractions.")
    return str(count)
