"""One row of a flat table as a raw case, read by its mapping.

What cannot be read is said in the record's ``reject`` and ``detail``, never guessed. Of a date
nothing but the year is kept; what names a person is carried to be taken out of the text.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from store.cases import RawCase
from store.importing.dates import read_date
from store.importing.dose_columns import read_regimen, unit_in_name
from store.importing.mapping import IDENTIFIER, SYNONYMS, kind_of
from store.importing.question import NOT_COMPARED, days_of, kept_facts
from store.reasons import Lost

_MISSING = re.compile(r"n/?a|nan|null|none|nil|-+|\?+|unknown|not available|not recorded", re.I)
_NONE = re.compile(r"none|nil", re.I)
"""An answer and not a gap in the column of prior radiotherapy."""
_KEPT = SYNONYMS.keys() - {
    *("patient", "course", "year", "decision_date", "text_date", "date_order", "attending"),
    *("delivered", "ended_early", IDENTIFIER),
}
QUESTION = ("diagnosis", "patient", "attending", IDENTIFIER)
"""The fields that a prediction reads: the text, and who is not to be named in it."""


def apply(mapping: Mapping[str, str], row: Mapping[str, str], number: int, file: str) -> RawCase:
    """The row as a raw case; what cannot be read is filled in its ``reject`` and ``detail``."""
    cells = {field: _cell(field, column, row) for field, column in mapping.items()}
    filled = {field: cell for field, cell in cells.items() if cell}
    own = tuple(cell for field, cell in filled.items() if kind_of(field) == IDENTIFIER)
    facts, notes = kept_facts(filled, unit_in_name(mapping.get("delivered", "")))
    clinical = {f: c for f, c in filled.items() if f in _KEPT}
    clinical |= facts
    patient = filled.get("patient", "")
    if mapping["patient"] == "@row":
        # rows that say the same are one patient: that errs on the side of no leakage
        patient = repr(sorted(clinical.items()))
    year = _year(filled.get("year", ""))
    if year:
        clinical["year"] = str(year)
    raw = RawCase(
        patient=patient,
        diagnosis=filled.get("diagnosis", ""),
        regimen="",
        modality=filled.get("modality", ""),
        icd10=filled.get("icd10", ""),
        course=filled.get("course", ""),
        primary_icd10=filled.get("primary_icd10", ""),
        site=filled.get("site", ""),
        target=filled.get("target", ""),
        intent=filled.get("intent", ""),
        prior_rt=filled.get("prior_rt", ""),
        year=year,
        sex=filled.get("sex", "").casefold(),
        repairs=notes,
        row=number,
        file=file,
        kept=clinical,
        identifiers=own,
        attending=filled.get("attending", ""),
    )
    raw = _with_age(raw, filled.get("age", ""))
    if not raw.patient or not raw.diagnosis:
        return raw  # curation says what is missing, before anything is filled about the plan
    try:
        raw = _with_days(raw, filled, mapping)
        regimen, repairs = read_regimen(filled, mapping)
    except Lost as lost:
        return replace(raw, reject=lost.reason, detail=lost.detail)
    return replace(raw, regimen=regimen, repairs=(*raw.repairs, *repairs))


def asked(mapping: Mapping[str, str], row: Mapping[str, str]) -> RawCase:
    """What a prediction reads of a row: the diagnosis, and what names the person in it.

    Only the columns of ``QUESTION`` are needed; ``mapping`` may have others.
    """
    cells = {field: _cell(field, column, row) for field, column in question(mapping).items()}
    return RawCase(
        patient=cells.get("patient", ""),
        diagnosis=cells.get("diagnosis", ""),
        regimen="",
        identifiers=tuple(c for f, c in cells.items() if c and kind_of(f) == IDENTIFIER),
        attending=cells.get("attending", ""),
    )


def question(mapping: Mapping[str, str]) -> dict[str, str]:
    """The part of a mapping that ``asked`` reads."""
    return {field: column for field, column in mapping.items() if kind_of(field) in QUESTION}


def _cell(field: str, column: str, row: Mapping[str, str]) -> str:
    if column.startswith("@") and column not in row:
        return "" if column == "@row" else column[1:]
    text = row[column].strip()
    return text if field == "prior_rt" and _NONE.fullmatch(text) else said(text)


def said(cell: str) -> str:
    """The cell's text, "" where it only says that nothing is known."""
    text = cell.strip()
    return "" if _MISSING.fullmatch(text) else text


def _year(text: str) -> int | None:
    """The year in a year or a date; nothing else of a date is kept."""
    found = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text))
    if found:
        return int(found.pop()) if len(found) == 1 else None
    days = {day.year for day in read_date(text).values()}
    return days.pop() if len(days) == 1 else None


def _with_days(raw: RawCase, filled: Mapping[str, str], mapping: Mapping[str, str]) -> RawCase:
    """With the days of decision and text.

    Raises:
        Lost: they cannot be read.
    """
    cells = filled.get("decision_date", ""), filled.get("text_date", "")
    decided, written = days_of(*cells, filled.get("date_order", "").casefold())
    unsure = bool({"decision_date", "text_date"} & mapping.keys()) and not all(cells)
    return replace(
        raw,
        decided=decided,
        written=written,
        year=raw.year or (decided.year if decided else None),
        repairs=(*raw.repairs, NOT_COMPARED) if unsure else raw.repairs,
    )


def _with_age(raw: RawCase, text: str) -> RawCase:
    if not text:
        return raw
    years = re.fullmatch(r"(\d{1,3})(?:\.\d+)?\s*(?:y|yrs?|years?(?: old)?)?\.?", text, re.I)
    if years is None:
        return replace(raw, repairs=(*raw.repairs, "age is no number: left out"))
    return replace(raw, age=int(years[1]))
