"""Which column of a table is which field of a case, and a row read by that mapping.

Columns are guessed by their names alone, never by what is in them; what the person says with
``--map field=column`` counts more. A value after ``@`` holds for every row, as in
``modality=@photon``; ``patient=@row`` says that every row is another patient, and ``site=@``
that no column is the site, whatever the guess.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from store.cases import RawCase
from store.errors import BadUsage, RadoncError
from store.importing.dose_columns import read_regimen
from store.reasons import Lost

SYNONYMS: Mapping[str, str] = {
    "patient": (
        "mrn patientid patient medicalrecordnumber patientnumber patientmrn patientkey "
        "subjectid subject pid pat"
    ),
    "diagnosis": (
        "diagnosis dx diagnosistext diagnosisdescription primarydiagnosis clinicaldiagnosis "
        "dxdescription dxtext"
    ),
    "regimen": (
        "prescription rx regimen treatmentregimen treatmentplan plan rxtext prescriptiontext "
        "plandescription treatment"
    ),
    "icd10": "icd10 icd10code icd10cm icd10cmcode icd icdcode diagnosiscode dxcode code",
    "modality": "modality treatmentmodality radiationtype beamtype particle",
    "dose": (
        "totaldose dose prescribeddose prescriptiondose rxdose totaldosegy totaldosecgy "
        "dosegy dosecgy totalgy"
    ),
    "unit": "unit units doseunit doseunits",
    "fractions": (
        "fractions numberoffractions nfractions numfractions nooffractions fractioncount fx fxs"
    ),
    "dose_per_fraction": (
        "doseperfraction doseperfx fractiondose dosefx dosefraction doseperfractiongy "
        "doseperfractioncgy dailydose"
    ),
    "course": "courseid course coursenumber",
    "primary_icd10": "primaryicd10 primaryicd",
    "site": "site bodysite primarysite diseasesite tumorsite tumoursite",
    "target": "target targetvolume treatmentsite treatedsite",
    "intent": "intent treatmentintent",
    "prior_rt": "priorrt priorradiotherapy priorradiation previousradiotherapy",
    "year": "year treatmentyear yearoftreatment diagnosisyear startdate",
    "age": "age ageatdiagnosis ageattreatment patientage",
    "sex": "sex gender",
}
"""The names of each field's column, letters and digits only, the likeliest first."""

_MISSING = re.compile(r"n/?a|nan|null|none|nil|-+|\?+|unknown|not available|not recorded", re.I)
_NONE = re.compile(r"none|nil", re.I)
"""An answer and not a gap in the column of prior radiotherapy."""
_PLAN_NAMES = {"plan", "treatmentplan", "plandescription", "treatment"}
_NEEDED = ("patient", "diagnosis", "icd10")
_DOSES = {"dose", "fractions", "dose_per_fraction"}


def guess_mapping(columns: Sequence[str]) -> dict[str, str]:
    """Field to column, for the columns whose names say what they hold; none is used twice.

    A prescription as text goes before dose and fractions; a plan, which may be no more than a
    plan's name, comes after them.
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_bare(column), column)
    guessed: dict[str, str] = {}
    for field, names in SYNONYMS.items():
        found = next((by_name[name] for name in names.split() if name in by_name), None)
        if found:
            guessed[field] = found
    in_columns = len(_DOSES & guessed.keys()) > 1
    if in_columns and _bare(guessed.get("regimen", "")) in _PLAN_NAMES:
        del guessed["regimen"]
    if "regimen" in guessed:
        for field in ("dose", "unit", "fractions", "dose_per_fraction"):
            guessed.pop(field, None)
    return guessed


def _bare(column: str) -> str:
    return re.sub(r"[^a-z0-9]", "", column.casefold())


def parse_map_options(options: Sequence[str]) -> dict[str, str]:
    """``["diagnosis=Dx", ...]`` as a mapping.

    Raises:
        BadUsage: an option has no ``=``, names no field, or names a field again.
    """
    mapping: dict[str, str] = {}
    for option in options:
        field, equals, column = option.partition("=")
        field, column = field.strip().casefold(), column.strip()
        if not equals or not column:
            raise BadUsage(f"--map {option} is no field=column.", "An example: --map diagnosis=Dx")
        if field not in SYNONYMS:
            raise BadUsage(f"There is no field {field!r}.", f"Fields are {', '.join(SYNONYMS)}.")
        if field in mapping:
            raise BadUsage(f"--map names the field {field!r} twice.", "Give each field once.")
        mapping[field] = column
    return mapping


def complete_mapping(
    path: Path, columns: Sequence[str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """The guess for a table's columns, overruled by what was chosen.

    Raises:
        RadoncError: a chosen column is not there, or a field that a case needs has no column.
    """
    for field, column in chosen.items():
        if column not in columns and not column.startswith("@"):
            raise RadoncError(
                f"{path.name} has no column {column!r} (for {field}).",
                _listed(columns, chosen),
            )
    mapping = merge_mapping(columns, chosen)
    missing = missing_fields(mapping)
    if missing:
        raise RadoncError(
            f"{path.name}, row 1 names no column that is plainly the {' or the '.join(missing)}.",
            f"Name it with --map {missing[0]}=COLUMN. {_listed(columns, chosen)}",
        )
    return mapping


def merge_mapping(columns: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """The guess for these columns, overruled by what was chosen; fields may still be missing."""
    guessed = guess_mapping(columns)
    refused = {guessed.get(field) for field, column in chosen.items() if column == "@"}
    spoken_for = refused | set(chosen.values())
    guessed = guess_mapping([column for column in columns if column not in spoken_for])
    if any(chosen.get(field, "@") != "@" for field in _DOSES):
        guessed.pop("regimen", None)
    merged = guessed | dict(chosen)
    return {field: column for field, column in merged.items() if column != "@"}


def missing_fields(mapping: Mapping[str, str]) -> list[str]:
    """The fields without which no row can be a case; two of the dose's stand for a regimen."""
    missing = [field for field in _NEEDED if field not in mapping]
    if "regimen" not in mapping and len(_DOSES & mapping.keys()) < 2:
        missing.append("regimen")
    return missing


def _listed(columns: Sequence[str], chosen: Mapping[str, str]) -> str:
    """The first twelve names, each cut at forty characters, in a sentence.

    The first row of a file without a header is a patient's, so it is shown only where it names
    fields that are known, or a column that was chosen.
    """
    known = len(guess_mapping(columns)) > 1 or set(chosen.values()) & set(columns)
    if not known:
        count = len(columns)
        return f"Row 1 has {count} cell{'s' * (count > 1)} and does not look like a header."
    names = [column if len(column) <= 40 else column[:37] + "..." for column in columns[:12]]
    return f"Its columns are {', '.join(names)}{', ...' if len(columns) > 12 else ''}."


def apply(mapping: Mapping[str, str], row: Mapping[str, str], number: int, file: str) -> RawCase:
    """The row as a raw case; what cannot be read is said in its ``reject`` and ``detail``."""
    cells = {field: _cell(field, column, row) for field, column in mapping.items()}
    said = {field: cell for field, cell in cells.items() if cell}
    clinical = {f: cell for f, cell in said.items() if f not in ("patient", "course", "year")}
    patient = said.get("patient", "")
    if mapping["patient"] == "@row":
        # rows that say the same are one patient: that errs on the side of no leakage
        patient = repr(sorted(clinical.items()))
    year = _year(said.get("year", ""))
    if year:
        clinical["year"] = str(year)
    raw = RawCase(
        patient=patient,
        diagnosis=said.get("diagnosis", ""),
        regimen="",
        modality=said.get("modality", ""),
        icd10=said.get("icd10", ""),
        course=said.get("course", ""),
        primary_icd10=said.get("primary_icd10", ""),
        site=said.get("site", ""),
        target=said.get("target", ""),
        intent=said.get("intent", ""),
        prior_rt=said.get("prior_rt", ""),
        year=year,
        sex=said.get("sex", "").casefold(),
        row=number,
        file=file,
        kept=clinical,
    )
    raw = _with_age(raw, said.get("age", ""))
    if not raw.patient or not raw.diagnosis:
        return raw  # curation says what is missing, before anything is said about the plan
    try:
        regimen, repairs = read_regimen(said, mapping)
    except Lost as lost:
        return replace(raw, reject=lost.reason, detail=lost.detail)
    return replace(raw, regimen=regimen, repairs=(*raw.repairs, *repairs))


def _cell(field: str, column: str, row: Mapping[str, str]) -> str:
    if column.startswith("@") and column not in row:
        return "" if column == "@row" else column[1:]
    text = row[column].strip()
    if field == "prior_rt" and _NONE.fullmatch(text):
        return text
    return "" if _MISSING.fullmatch(text) else text


def _year(text: str) -> int | None:
    """The year in a year or a date; nothing else of a date is kept."""
    found = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text))
    return int(found.pop()) if len(found) == 1 else None


def _with_age(raw: RawCase, text: str) -> RawCase:
    if not text:
        return raw
    years = re.fullmatch(r"(\d{1,3})(?:\.\d+)?\s*(?:y|yrs?|years?(?: old)?)?\.?", text, re.I)
    if years is None:
        return replace(raw, repairs=(*raw.repairs, "age is no number: left out"))
    return replace(raw, age=int(years[1]))
