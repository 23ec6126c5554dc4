"""From a dose, a unit and a number of fractions, as three cells, to one prescription.

A triple that makes sense as it stands is taken as it stands. Where it does not, the stated
repairs are tried, and a repair counts only if exactly one prescription comes out of all of them;
otherwise the record is lost, never guessed:

* cGy and Gy confused, or the unit missing (``60 cGy`` in 30, ``5000 Gy`` in 25);
* the dose per fraction in the column of the total (``200 cGy``, 25 fractions);
* the dose per fraction in the column of the fractions (``60 Gy``, 2).

What makes sense is arithmetic alone (``Window``). It is wide for what is taken as it stands and
narrow for what is repaired. The numbers are those of usual practice: 1.5 to 3.1 Gy a fraction
spans conventional and moderately hypofractionated courses; large fractions are limited by their
EQD2 at an alpha/beta of 10 Gy (Joiner and van der Kogel, Basic Clinical Radiobiology, ch. 8).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from store.importing.numbers import Number, read_count, read_quantity, read_unit
from store.reasons import Lost

LARGE_FRACTION_GY = 3.5
Readings: TypeAlias = dict[tuple[float, int], tuple[str, ...]]
"""Prescriptions as (total in Gy, fractions), each with the repairs that led to it."""

_PER_GY = {"Gy": 1.0, "cGy": 100.0}


@dataclass(frozen=True)
class Window:
    """What a kind of course can be: total and dose per fraction in Gy, number of fractions."""

    total: tuple[float, float]
    each: tuple[float, float]
    fractions: tuple[int, int]

    def holds(self, total: float, fractions: int) -> bool:
        """Whether ``total`` Gy in so many fractions lies inside."""
        return (
            self.fractions[0] <= fractions <= self.fractions[1]
            and _inside(total, self.total)
            and _inside(total / fractions, self.each)
        )


@dataclass(frozen=True)
class Rules:
    """What is believed as it stands, and the narrower window that a repair has to end in."""

    believed: tuple[Window, ...]
    repaired: Window
    stereotactic: Window
    max_eqd2: float = float("inf")


EXTERNAL = Rules(
    believed=(
        Window((20.0, 82.0), (1.0, LARGE_FRACTION_GY), (6, 70)),
        Window((6.0, 60.0), (LARGE_FRACTION_GY, 20.0), (1, 16)),
    ),
    repaired=Window((20.0, 82.0), (1.5, 3.1), (8, 45)),
    stereotactic=Window((10.0, 70.0), (LARGE_FRACTION_GY, 34.0), (1, 10)),
    max_eqd2=60.0,
)
"""External beam to a primary or its nodes, as a whole course.

Under 20 Gy in small fractions is a boost or a course broken off. Over 82 Gy, the highest usual
prescription (prostate), it is a sum over fields, as breast and nodes are often recorded.
"""

BRACHYTHERAPY = Rules(
    believed=(Window((5.0, 50.0), (3.0, 12.0), (1, 12)),),
    repaired=Window((10.0, 40.0), (3.0, 10.0), (2, 12)),
    stereotactic=Window((5.0, 50.0), (3.0, 12.0), (1, 12)),
)
"""Fractionated (high-dose-rate) implants; an implant without fractions is not read here."""

GENERAL = Rules(
    believed=(Window((2.0, 100.0), (0.4, 26.0), (2, 70)), Window((1.0, 30.0), (1.0, 30.0), (1, 1))),
    repaired=EXTERNAL.repaired,
    stereotactic=Window((1.0, 100.0), (1.0, 100.0), (1, 10)),
)
"""External beam for any disease and intent, as a department's own table has it."""

GENERAL_BRACHYTHERAPY = Rules(
    believed=(Window((2.0, 70.0), (1.0, 25.0), (1, 40)),),
    repaired=BRACHYTHERAPY.repaired,
    stereotactic=BRACHYTHERAPY.stereotactic,
)
"""Fractionated brachytherapy for any disease and intent."""

_STEREOTACTIC = re.compile(r"knife|radio ?surg|stereota|\b(?:SRS|SRT|SBRT|SABR)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Prescription:
    """Total dose in Gy, fractions, and what was done to read them so."""

    dose_gy: float
    fractions: int
    repairs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """``60 Gy in 30 fractions``."""
        return f"{self.dose_gy:g} Gy in {self.fractions} fraction{'s' * (self.fractions > 1)}"


def agree(total_gy: float, fractions: int, each_gy: float) -> bool:
    """Whether ``fractions`` of ``each_gy``, which is rounded to 0.01 Gy, make the total."""
    return abs(fractions * each_gy - total_gy) <= 0.005 * fractions + 0.01


def read_prescription(
    dose: str, unit: str, fractions: str, rules: Rules, stereotactic: bool = False
) -> Prescription:
    """The one prescription that three cells mean.

    ``stereotactic`` says that the record states a stereotactic technique, or a site where large
    fractions to a high dose are usual.

    Raises:
        Lost: a cell is no number, or the three fit no prescription, or more than one.
    """
    amount, count = _read_cells(dose, unit, fractions)
    named = amount.unit or read_unit(unit)
    readings: Readings = {}
    if not count.unit:
        readings = _as_it_stands(amount.value, named, count.value, rules, stereotactic)
    readings = readings or _repaired(amount.value, named, count, rules.repaired)
    written = " ".join(f"{dose} {unit}".split())
    shown = f"The dose {written!r} with fractions {fractions.strip()!r}"
    if not readings:
        raise Lost("dose_implausible", f"{shown} is no prescription.")
    if len(readings) > 1:
        meant = " or ".join(f"{total:g} Gy in {n}" for total, n in sorted(readings))
        raise Lost("dose_ambiguous", f"{shown} may be {meant}.")
    (total, whole), repairs = next(iter(readings.items()))
    notes = tuple(note for note in (amount.note, count.note) if note)
    return Prescription(total, whole, (*notes, *repairs))


def _read_cells(dose: str, unit: str, fractions: str) -> tuple[Number, Number]:
    amount = read_quantity(dose)
    if amount is None:
        raise Lost("dose_unreadable", f"The dose {dose.strip()[:40]!r} is no number with a unit.")
    if "mCi" in (amount.unit, read_unit(unit)):
        raise Lost("dose_unreadable", "The dose is an activity in mCi, not an absorbed dose.")
    count = read_count(fractions)
    if count is None or count.unit == "mCi":
        text = fractions.strip()[:40]
        raise Lost("fractions_unreadable", f"The number of fractions {text!r} is no whole number.")
    return amount, count


def _as_it_stands(
    value: float, named: str, count: float, rules: Rules, stereotactic: bool
) -> Readings:
    """What the cells mean with nothing moved; without a unit, whichever unit makes sense."""
    readings: Readings = {}
    if count != int(count) or count < 1:
        return readings
    for unit, per_gy in _PER_GY.items():
        total, whole = round(value / per_gy, 2), int(count)
        if (unit == named or not named) and _believed(total, whole, rules, stereotactic):
            readings[total, whole] = () if named else (f"unit missing: read as {unit}",)
    return readings


def _believed(total: float, fractions: int, rules: Rules, stereotactic: bool) -> bool:
    """Large fractions end below the rules' EQD2 (alpha/beta 10) unless they are stereotactic."""
    if stereotactic and rules.stereotactic.holds(total, fractions):
        return True
    each = total / fractions
    eqd2 = total * (each + 10) / 12
    fits = each <= LARGE_FRACTION_GY or eqd2 <= rules.max_eqd2
    return fits and any(window.holds(total, fractions) for window in rules.believed)


def _repaired(value: float, named: str, count: Number, window: Window) -> Readings:
    """Every prescription inside ``window`` that moving a unit or a column makes of the cells."""
    readings: Readings = {}
    for unit, per_gy in _PER_GY.items():
        given = value / per_gy
        if not named:
            unit_note = (f"unit missing: read as {unit}",)
        else:
            unit_note = () if unit == named else (f"{named} and {unit} confused: read as {unit}",)
        for total, whole, column_note in _arrangements(given, count):
            if window.holds(total, whole):
                readings[total, whole] = (*unit_note, *column_note)
    return readings


def _arrangements(given: float, count: Number) -> Iterator[tuple[float, int, tuple[str, ...]]]:
    """The cells as (total, fractions), as (each, fractions) and as (total, each)."""
    if not count.unit and count.value == int(count.value):
        whole = int(count.value)
        yield round(given, 2), whole, ()
        yield round(given * whole, 2), whole, ("dose per fraction in the column of the total",)
    each = count.value / _PER_GY.get(count.unit, 1.0)
    if each:
        whole = round(given / each)
        if abs(whole * each - given) < 0.005:
            yield round(given, 2), whole, ("dose per fraction in the column of the fractions",)


def is_stereotactic(text: str) -> bool:
    """Whether words name a stereotactic technique."""
    return bool(_STEREOTACTIC.search(text))


def _inside(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
