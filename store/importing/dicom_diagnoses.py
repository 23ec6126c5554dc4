"""The table of diagnoses beside a folder of plans: patient, date, diagnosis, ICD-10 code.

A plan holds no diagnosis, so it is joined to a row of the patient that was written on or before
the plan's day. The latest such row counts; where rows of the year before it name another disease,
nobody can say which was treated. The join needs the patient's number and so comes before anything
is scrubbed; no row gets further than its diagnosis and its code.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from store.clinical.icd10 import normalise_code
from store.curation import normalise_key
from store.errors import RadoncError
from store.importing.dates import one_date
from store.importing.mapping import IDENTIFIER, guess_mapping, kind_of
from store.importing.tables import open_table
from store.reasons import Lost

RIVAL_DAYS = 365
_DATES = ("date", "diagnosisdate", "dxdate", "dateofdiagnosis", "plandate", "treatmentdate")


@dataclass(frozen=True)
class Row:
    """A row of the table: the day it speaks of, the diagnosis, its code, its own identifiers."""

    day: date | None
    diagnosis: str
    icd10: str
    identifiers: tuple[str, ...]

    @property
    def disease(self) -> str:
        """The category of the code, or the text where there is none."""
        return normalise_code(self.icd10)[:3] or normalise_key(self.diagnosis)


def read_diagnoses(tables: Sequence[Path]) -> dict[str, list[Row]]:
    """The rows of all tables by patient.

    Raises:
        RadoncError: a table is damaged, or names no column as patient, date or diagnosis.
    """
    found: dict[str, list[Row]] = defaultdict(list)
    for path in tables:
        table = open_table(path)
        fields = guess_mapping([name for name in table.columns if name not in table.closed])
        day = _date_column(table.columns)
        missing = [name for name in ("patient", "diagnosis", "icd10") if name not in fields]
        missing += [] if day else ["date"]
        if missing:
            raise RadoncError(
                f"{path.name} names no column that is plainly the {' or the '.join(missing)}.",
                "A table of diagnoses beside DICOM plans has patient, date, diagnosis, icd10.",
            )
        own = [column for field, column in fields.items() if kind_of(field) == IDENTIFIER]
        wanted = dict.fromkeys((fields["patient"], fields["diagnosis"], fields["icd10"], day, *own))
        for _, cells in table.read([*wanted]):
            found[normalise_key(cells[fields["patient"]])].append(
                Row(
                    one_date(cells[day]),
                    cells[fields["diagnosis"]].strip(),
                    cells[fields["icd10"]].strip(),
                    tuple(cells[name].strip() for name in own if cells[name].strip()),
                )
            )
    return found


def diagnosis_on(rows: Iterable[Row], day: date | None) -> Row:
    """The row of a patient that a plan of this day was made for.

    Raises:
        Lost: there is none on or before that day, or several diseases come into question.
    """
    known = [row for row in rows if row.diagnosis]
    if not known:
        raise Lost("no_diagnosis", "The table of diagnoses has no row of the patient.")
    dated = [(row.day, row) for row in known if row.day]
    if not day or not dated:
        raise Lost(
            "date_unreadable", "The plan or the patient's rows have no date to join them by."
        )
    before = [(when, row) for when, row in dated if when <= day]
    if not before:
        raise Lost("text_after_decision", "The patient's rows are of later days than the plan.")
    latest = max(when for when, _ in before)
    near = [row for when, row in before if when >= latest - timedelta(days=RIVAL_DAYS)]
    if len({row.disease for row in near}) > 1:
        raise Lost("several_diagnoses", "The year before the plan has rows of several diseases.")
    return next(row for when, row in before if when == latest)


def _date_column(columns: Sequence[str]) -> str:
    bare = {re.sub(r"[^a-z]", "", column.casefold()): column for column in reversed(columns)}
    return next((bare[name] for name in _DATES if name in bare), "")
