"""The rows of an extract gathered by patient, course, prescription, plan and diagnosis.

Whether an extract is one wide table or one for each of these, the same things come out: what a row
says of a course is added to that course. Of fields and fractions nothing is kept but what differs,
so that their many rows take no room. Nothing is judged here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from store.errors import RadoncError
from store.importing.dose_columns import unit_in_name
from store.importing.layout import NEEDED, Layout
from store.importing.numbers import read_quantity
from store.importing.opened import Meter
from store.importing.readers import Report
from store.importing.row import said
from store.importing.tables import Table

Key: TypeAlias = tuple[str, ...]
REPORT_EVERY = 2000
NO_COURSE = ""
"""The first part of the key of a row that should name a course and does not."""


@dataclass
class Patient:
    mrn: str = ""
    sex: str = ""
    birth_date: str = ""
    identifiers: dict[str, None] = field(default_factory=dict[str, None])


@dataclass
class Diagnosis:
    text: str = ""
    code: str = ""
    date: str = ""
    stage: str = ""
    histology: str = ""
    site: str = ""


@dataclass
class Prescription:
    """One version of a prescription; ``levels`` are (target, total, dose per fraction) as written.

    Doses have their unit behind them. ``number`` is that of its first row in reading order.
    """

    key: Key
    number: int
    label: str = ""
    fractions: str = ""
    sequence: str = ""
    status: str = ""
    approved_on: str = ""
    role: str = ""
    technique: str = ""
    modality: str = ""
    version: str = ""
    revises: str = ""
    levels: dict[tuple[str, str, str], None] = field(
        default_factory=dict[tuple[str, str, str], None]
    )


@dataclass
class Plan:
    label: str = ""
    status: str = ""
    intent: str = ""
    target: str = ""
    approved_on: str = ""
    prescriptions: set[Key] = field(default_factory=set[Key])


@dataclass
class Course:
    """One course; ``row`` and ``file`` are where it is first said."""

    patient: Key | None
    row: int
    file: int
    label: str = ""
    intent: str = ""
    status: str = ""
    reason: str = ""
    attending: str = ""
    diagnoses: dict[Key, None] = field(default_factory=dict[Key, None])
    prescriptions: dict[tuple[Key, str], Prescription] = field(
        default_factory=dict[tuple[Key, str], Prescription]
    )
    plans: dict[Key, Plan] = field(default_factory=dict[Key, Plan])


@dataclass
class Extract:
    """All that the files of an extract say; ``tables`` are the parts that any of them provides."""

    layout: Layout
    tables: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    patients: dict[Key, Patient] = field(default_factory=dict[Key, Patient])
    diagnoses: dict[Key, Diagnosis] = field(default_factory=dict[Key, Diagnosis])
    courses: dict[Key, Course] = field(default_factory=dict[Key, Course])
    fields: dict[Key, set[tuple[str, str, str]]] = field(
        default_factory=lambda: defaultdict[Key, set[tuple[str, str, str]]](set)
    )
    treated: dict[Key, dict[str, str]] = field(
        default_factory=lambda: defaultdict[Key, dict[str, str]](dict)
    )
    notes: dict[Key, dict[tuple[str, str], None]] = field(
        default_factory=lambda: defaultdict[Key, dict[tuple[str, str], None]](dict)
    )
    rows: int = 0

    def knows(self, table: str, *parts: str) -> bool:
        """Whether any file has a column for one of these parts of a table."""
        return not self.tables.get(table, set[str]()).isdisjoint(parts)


def gather(layout: Layout, tables: Sequence[Table], report: Report) -> Extract:
    """Read all tables of an extract.

    Raises:
        RadoncError: a file provides none of the layout's tables, or there are no prescriptions.
    """
    found = Extract(layout)
    plans = [(table, layout.provided(table.columns)) for table in tables]
    for table, provided in plans:
        for name, parts in provided.items():
            found.tables.setdefault(name, set()).update(parts)
        if not provided:
            raise _unknown_file(layout, table)
    for name in ("prescription", "diagnosis"):
        if name not in found.tables:
            raise _without(layout, name)
    whole, before = sum(table.size for table in tables), 0
    for file, (table, provided) in enumerate(plans):
        own = layout.own(table.columns)
        wanted = dict.fromkeys([*own, *(c for parts in provided.values() for c in parts.values())])
        meter = Meter()
        for number, row in table.read(list(wanted), meter):
            cells = {column: said(cell) for column, cell in row.items()}
            _add(found, provided, cells, own, file, number)
            found.rows += 1
            if found.rows % REPORT_EVERY == 0:
                report("look", min(before + meter.bytes_read, whole), whole, "bytes")
        before += table.size
    report("look", whole, whole, "bytes")
    return found


def _add(
    found: Extract,
    provided: Mapping[str, Mapping[str, str]],
    row: Mapping[str, str],
    own: Sequence[str],
    file: int,
    number: int,
) -> None:
    """What one row says."""
    layout = found.layout
    patient = _patient(found, provided, row, own)
    diagnosis: Key | None = None
    if parts := provided.get("diagnosis"):
        diagnosis = _diagnosis(found, parts, row)
    course: Course | None = None
    for table in ("course", "prescription", "plan", "link"):
        parts = provided.get(table)
        key = layout.key(parts, row, "course") if parts else None
        if table in ("course", "prescription") and parts and not key and any(row.values()):
            key = (NO_COURSE, str(file), str(number))
        if parts and key:
            course = found.courses.setdefault(key, Course(None, number, file))
            course.patient = course.patient or layout.key(parts, row, "patient") or patient
            if table == "link" and (linked := layout.key(parts, row, "diagnosis")):
                course.diagnoses[linked] = None
    if course and diagnosis:
        course.diagnoses[diagnosis] = None
    if course and (parts := provided.get("course")):
        _fill(course, parts, row, ("label", "intent", "status", "reason", "attending"))
    if course and (parts := provided.get("prescription")):
        _prescription(found, course, parts, row)
    if course and (parts := provided.get("plan")):
        _plan(layout, course, parts, row)
    _delivery(found, provided, row)
    if (parts := provided.get("note")) and (key := layout.key(parts, row, "patient")):
        text, day = _cell(parts, row, "text"), _cell(parts, row, "date")
        if text:
            found.notes[key][day, text] = None


def _patient(
    found: Extract,
    provided: Mapping[str, Mapping[str, str]],
    row: Mapping[str, str],
    own: Sequence[str],
) -> Key | None:
    """The row's patient, with whatever the row says that names one."""
    keys = (found.layout.key(parts, row, "patient") for parts in provided.values())
    key = next((key for key in keys if key), None)
    if key is None:
        return None
    patient = found.patients.setdefault(key, Patient())
    patient.identifiers |= dict.fromkeys(row[column] for column in own if row[column])
    if parts := provided.get("patient"):
        _fill(patient, parts, row, ("mrn", "sex", "birth_date"))
    return key


def _diagnosis(found: Extract, parts: Mapping[str, str], row: Mapping[str, str]) -> Key | None:
    key = found.layout.key(parts, row, "diagnosis")
    if key is None and "diagnosis" not in parts:
        patient = found.layout.key(parts, row, "patient") or ()
        told = (_cell(parts, row, "text"), _cell(parts, row, "code"), _cell(parts, row, "date"))
        key = (*patient, *told) if any(told[:2]) else None
    if key is not None:
        diagnosis = found.diagnoses.setdefault(key, Diagnosis())
        _fill(diagnosis, parts, row, ("text", "code", "date", "stage", "histology", "site"))
    return key


def _prescription(
    found: Extract, course: Course, parts: Mapping[str, str], row: Mapping[str, str]
) -> None:
    key = found.layout.key(parts, row, "prescription")
    if key is None:
        return
    version = _cell(parts, row, "version")
    if (key, version) not in course.prescriptions:
        course.prescriptions[key, version] = Prescription(key, found.rows)
    one = course.prescriptions[key, version]
    names = ("label", "fractions", "sequence", "status", "approved_on", "role", "technique")
    _fill(one, parts, row, (*names, "modality", "version", "revises"))
    total, each = (_dose(found.layout, parts, row, part) for part in ("total", "each"))
    if total or each:
        one.levels[_cell(parts, row, "target"), total, each] = None


def _plan(layout: Layout, course: Course, parts: Mapping[str, str], row: Mapping[str, str]) -> None:
    key = layout.key(parts, row, "plan")
    if key is None:
        return
    plan = course.plans.setdefault(key, Plan())
    _fill(plan, parts, row, ("label", "status", "intent", "target", "approved_on"))
    if prescription := layout.key(parts, row, "prescription"):
        plan.prescriptions.add(prescription)


def _delivery(
    found: Extract, provided: Mapping[str, Mapping[str, str]], row: Mapping[str, str]
) -> None:
    """Fields and treated fractions, by plan."""
    if (parts := provided.get("radiation")) and (key := _plan_key(found, parts, row)):
        energy, machine = _cell(parts, row, "energy"), _cell(parts, row, "machine")
        setup = _cell(parts, row, "setup").casefold() in ("1", "y", "yes", "true", "setup")
        if not setup and (energy or machine):
            found.fields[key].add((energy, machine, _cell(parts, row, "technique")))
    if (parts := provided.get("treated")) and (key := _plan_key(found, parts, row)):
        number = _cell(parts, row, "number")
        if number:
            found.treated[key][number] = _dose(found.layout, parts, row, "dose")


def _plan_key(found: Extract, parts: Mapping[str, str], row: Mapping[str, str]) -> Key | None:
    """The plan of a field; where a layout has no plans, its prescription."""
    part = "plan" if "plan" in found.layout.tables else "prescription"
    return found.layout.key({**parts, part: parts["plan"]}, row, part)


def _dose(layout: Layout, parts: Mapping[str, str], row: Mapping[str, str], part: str) -> str:
    """A dose with its unit: its own, that of its column's name, or the layout's."""
    text = _cell(parts, row, part)
    number = read_quantity(text)
    if not text or (number and number.unit):
        return text
    return f"{text} {unit_in_name(parts[part]) or layout.unit}"


def _fill(
    thing: object, parts: Mapping[str, str], row: Mapping[str, str], names: Sequence[str]
) -> None:
    """Add what is not known yet; what was said first stays."""
    for name in names:
        if not getattr(thing, name) and (cell := _cell(parts, row, name)):
            setattr(thing, name, cell)


def _cell(parts: Mapping[str, str], row: Mapping[str, str], part: str) -> str:
    return row.get(parts[part], "") if part in parts else ""


def _unknown_file(layout: Layout, table: Table) -> RadoncError:
    return RadoncError(
        f"{table.path.name} has the columns of no table of the profile {layout.name}.",
        f"See them with: radonc cases profiles show {layout.name}; leave the file out, or name "
        "your columns in a copy of the profile.",
    )


def _without(layout: Layout, table: str) -> RadoncError:
    parts = layout.tables.get(table, {})
    needed = [f"{part} ({' or '.join(parts.get(part, ('?',)))})" for part in NEEDED[table]]
    return RadoncError(
        f"No file has a {table} as the profile {layout.name} knows it.",
        f"It needs columns for {', '.join(needed)}.",
    )
