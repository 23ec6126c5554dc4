"""The first pass over tables: whether there is a case at all, and which rows are at odds.

No row by itself shows that there are others of its course, its disease or its patient. Where
those disagree no row says which is the primary one, so none is taken. What is kept of a row is a
few bytes of a hash; nothing is written here.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

from store.cases import Case, RawCase, Reject
from store.clinical.icd10 import normalise_code
from store.clinical.regimen_printer import print_regimen
from store.clinical.regimen_reader import RegimenError, parse_regimen
from store.curation import Source, curate, normalise_key
from store.errors import RadoncError
from store.importing.file_names import TableName
from store.importing.opened import Meter
from store.importing.origin import Origin, located
from store.importing.readers import Asked
from store.importing.row import apply
from store.importing.tables import Table
from store.reasons import REASONS

REPORT_EVERY = 200

Plan: TypeAlias = tuple[Table, dict[str, str]]
"""A table and its mapping."""

_CATEGORY = re.compile(r"[A-Z]\d[0-9A-Z]")


@dataclass
class Survey:
    """What all rows together show.

    * Rows of one named course have to agree in plan and in diagnosis.
    * Without a name, those of one disease of a patient have to agree in the plan.
    * Without a name, all of a patient have to be of one disease, which is one three-character
      category of ICD-10 (that of the primary, where the row gives it): the study's *single
      diagnosis record*. A home may take the rows all the same (``import_rules``).

    ``names`` are those under which the tables are kept.
    """

    rows: int = 0
    names: dict[Path, str] = field(default_factory=dict[Path, str])
    _plan_of: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    _disease_of: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    _category_of: dict[bytes, str] = field(default_factory=dict[bytes, str])
    _rivals: set[bytes] = field(default_factory=set[bytes])
    _mixed: set[bytes] = field(default_factory=set[bytes])
    _categories: dict[bytes, set[str]] = field(default_factory=dict[bytes, set[str]])

    def add(self, raw: RawCase) -> None:
        """Look at one row."""
        self.rows += 1
        disease, course = _disease(raw), _course(raw)
        if raw.regimen or raw.reject:  # a plan that cannot be read may be another one
            plan = _digest(_plan(raw.regimen), raw.modality)
            for unit in (disease, course) if raw.course else (disease,):
                if self._plan_of.setdefault(unit, plan) != plan:
                    self._rivals.add(unit)
        told = raw.course and raw.diagnosis and raw.icd10
        if told and self._disease_of.setdefault(course, disease) != disease:
            self._mixed.add(course)
        category = _CATEGORY.match(normalise_code(raw.primary_icd10 or raw.icd10))
        if category and raw.diagnosis:
            patient = _digest("patient", raw.patient)
            first = self._category_of.setdefault(patient, category[0])
            if first != category[0]:
                self._categories.setdefault(patient, {first}).add(category[0])

    def marked(self, raw: RawCase) -> RawCase:
        """The row with how many diagnoses and plans there are where one would have to be."""
        diagnoses, diseases, unit = 1, 1, _disease(raw)
        if raw.course:
            unit = _course(raw)
            diagnoses = 2 if unit in self._mixed else 1
        else:
            diseases = len(self._categories.get(_digest("patient", raw.patient), ())) or 1
        plans = 2 if unit in self._rivals else 1
        return replace(raw, diagnoses=diagnoses, diseases=diseases, plans=plans)


def survey(plans: Sequence[Plan], asked: Asked) -> Survey:
    """Look at all rows of all tables.

    Raises:
        RadoncError: a table holds not a single case: a wrong column, or noise. The sentence says
            where the first row fails and which rule it fails, never what it holds.
    """
    found, report = Survey(), asked.report
    whole, before = sum(table.size for table, _ in plans), 0
    for table, mapping in plans:
        origin = Origin(Source("table", table.path.name), mapping)
        meter, first, case, start = Meter(), None, False, found.rows
        name = TableName(table.path)
        for raw in rows(table, mapping, meter):
            found.add(raw)
            name.look((*raw.identifiers, raw.attending, raw.patient))
            if not case:
                outcome = curate(raw, origin.source, asked.codes, asked.secret, rules=asked.rules)
                case = isinstance(outcome, Case)
                first = first or outcome
            if found.rows % REPORT_EVERY == 0:
                report("look", min(before + meter.bytes_read, whole), whole, "bytes")
        if not case:
            raise _no_case(table, found.rows - start, first, origin)
        found.names[table.path] = name.kept
        before += table.size
    report("look", whole, whole, "bytes")
    return found


def rows(
    table: Table, mapping: Mapping[str, str], meter: Meter | None = None, name: str = ""
) -> Iterator[RawCase]:
    """The rows of a table as raw cases, of a file ``name``; only the mapped columns are read."""
    mapped = set(mapping.values())
    wanted = [column for column in table.columns if column in mapped]
    for number, row in table.read(wanted, meter):
        raw = apply(mapping, row, number, name or table.path.name)
        if table.note and not all(map(str.isascii, row.values())):
            raw = replace(raw, repairs=(*raw.repairs, table.note))
        yield raw


def _no_case(table: Table, count: int, first: Case | Reject | None, origin: Origin) -> RadoncError:
    if not isinstance(first, Reject):
        return RadoncError(f"{table.path.name} has a header and no rows.", "Export it again.")
    said = located(replace(first, detail=REASONS[first.reason].text), origin).detail
    none = "its one row is no case" if count == 1 else f"none of its {count} rows is a case"
    return RadoncError(said, f"Nothing was taken in, because {none}.")


def _course(raw: RawCase) -> bytes:
    return _digest("course", raw.patient, raw.course)


def _disease(raw: RawCase) -> bytes:
    return _digest("disease", raw.patient, raw.diagnosis, normalise_code(raw.icd10))


@lru_cache(4096)
def _plan(text: str) -> str:
    """The plan as it is printed, so that ``2 Gy x 30`` is no rival of ``60 Gy in 30``."""
    try:
        return print_regimen(parse_regimen(text))
    except RegimenError:
        return text


def _digest(*parts: str) -> bytes:
    """Equal for parts that differ only in case, spaces and the composition of letters."""
    text = "\x1f".join(normalise_key(unicodedata.normalize("NFC", part)) for part in parts)
    return blake2b(text.encode(), digest_size=8).digest()
