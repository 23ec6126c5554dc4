"""The ``courses`` reader: extracts of an oncology information system, a record for each course.

The label is what was prescribed (``phases``). What was delivered, and why a course ended early, is
kept beside it and changes nothing. A course whose diagnosis is not linked to it is lost, however
plain the patient's only diagnosis may look.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from store.cases import RawCase
from store.curation import Source
from store.importing.assurance import is_assurance
from store.importing.dates import one_date
from store.importing.extract import (
    NO_COURSE,
    Course,
    Diagnosis,
    Extract,
    Key,
    Patient,
    Plan,
    gather,
)
from store.importing.file_names import TableName
from store.importing.layout import read_layout
from store.importing.numbers import read_quantity
from store.importing.origin import Origin
from store.importing.phases import read_label
from store.importing.question import NOT_COMPARED, end_of
from store.importing.readers import Asked, Records
from store.importing.tables import open_table
from store.lines import sha256_file
from store.reasons import Lost


def begin(asked: Asked) -> tuple[int, Records]:
    """The courses of all files together.

    Raises:
        RadoncError: a file is none of the extract's tables, or damaged.
    """
    layout = read_layout(asked.profile.name, asked.profile.settings)
    found = gather(layout, [open_table(file) for file in asked.files], asked.report)
    return len(found.courses), _records(asked, found)


def _records(asked: Asked, found: Extract) -> Records:
    origins = [
        Origin(Source(asked.profile.name, name, sha256_file(file)), {})
        for file, name in zip(asked.files, _names(asked.files, found), strict=True)
    ]
    for key, course in found.courses.items():
        origin = origins[course.file]
        yield read_course(key, course, found, origin.source.file), origin


def _names(files: Sequence[Path], found: Extract) -> list[str]:
    """Under which names the files are kept, since they may be called after a patient."""
    names = [TableName(file) for file in files]
    for name in names:
        for key, patient in found.patients.items():
            name.look((*patient.identifiers, patient.mrn, *key))
        for course in found.courses.values():
            name.look((course.attending,))
    return [name.kept for name in names]


def read_course(key: Key, course: Course, found: Extract, file: str) -> RawCase:
    """One course as a raw case, or with the reason why it is none."""
    patient = found.patients.get(course.patient or (), Patient())
    kept = {"intent": course.intent, "status": course.status}
    raw = RawCase(
        patient=patient.mrn or " ".join(course.patient or ()),
        course=" ".join(key),
        diagnosis="",
        regimen="",
        intent=course.intent,
        sex=patient.sex.casefold(),
        row=course.row,
        file=file,
        kept={name: value for name, value in kept.items() if value},
        identifiers=tuple(patient.identifiers),
        attending=course.attending,
    )
    if not raw.patient:
        return raw
    linked = [d for d in (found.diagnoses.get(one) for one in course.diagnoses) if d and d.text]
    try:
        if key[0] == NO_COURSE:
            raise Lost("no_plan", "The row names no course.")
        plans = _accepted(course, patient, bool(linked), found)
        if not linked:
            raise Lost("diagnosis_unlinked")
        raw = replace(raw, diagnoses=len({one.code.casefold() for one in linked}))
        label = read_label(course, plans, found)
        decided = label.decided or _first_plan(plans, found)
        chosen = _before(linked, decided, found)
        text, written, notes = _question(chosen, course, decided, found)
    except Lost as lost:
        return replace(raw, reject=lost.reason, detail=lost.detail)
    facts = _delivered(course, plans, label.fractions, found)
    born = one_date(patient.birth_date, found.layout.order)
    told = {"diagnosis": text, "regimen": label.regimen, "icd10": chosen.code, **raw.kept, **facts}
    return replace(
        raw,
        diagnosis=text,
        regimen=label.regimen,
        icd10=chosen.code,
        site=chosen.site,
        target=label.target,
        year=decided.year if decided else None,
        age=_years(born, decided),
        repairs=(*label.repairs, *notes),
        kept={name: value for name, value in told.items() if value},
        decided=decided,
        written=written,
    )


def _accepted(course: Course, patient: Patient, diagnosis: bool, found: Extract) -> dict[Key, Plan]:
    """The plans of a course that were approved or treated and are of a treatment.

    Raises:
        Lost: the course is one of quality assurance, or none of its plans counts.
    """
    who = tuple(patient.identifiers)
    treatments = {
        key: plan
        for key, plan in course.plans.items()
        if not is_assurance(who, [plan.label], [plan.intent], diagnosis)
    }
    whole = is_assurance(who, [course.label], [course.intent], diagnosis)
    if whole or (course.plans and not treatments):
        raise Lost("quality_assurance")
    if "plan" not in found.tables:
        return {}
    if not course.plans:
        raise Lost("no_plan", "The course has no plan.")
    layout = found.layout
    accepted = {
        key: plan
        for key, plan in treatments.items()
        if key in found.treated
        or layout.says("plans", plan.status)
        or not (plan.status or found.knows("plan", "status"))
    }
    if not accepted:
        raise Lost("not_approved", "No plan of the course was approved or treated.")
    return accepted


def _first_plan(plans: dict[Key, Plan], found: Extract) -> date | None:
    """The first approval of a plan, for prescriptions whose own approval has no date."""
    days = (one_date(plan.approved_on, found.layout.order) for plan in plans.values())
    return min((day for day in days if day), default=None)


def _before(linked: Sequence[Diagnosis], decided: date | None, found: Extract) -> Diagnosis:
    """The latest record of the diagnosis that was written by then; else the earliest of all."""
    order = found.layout.order
    dated = [(one_date(one.date, order), one) for one in linked]
    by_then = [(day, one) for day, one in dated if day and decided and day <= decided]
    if by_then:
        return max(by_then, key=lambda pair: pair[0])[1]
    undated = [one for day, one in dated if day is None]
    return undated[0] if undated else min(dated, key=lambda pair: pair[0] or date.max)[1]


def _question(
    chosen: Diagnosis, course: Course, decided: date | None, found: Extract
) -> tuple[str, date | None, tuple[str, ...]]:
    """The text of the question, the day of its latest part, and what is to be said of it.

    Raises:
        Lost: the diagnosis has a date, and nobody can tell which day it is.
    """
    order = found.layout.order
    written = one_date(chosen.date, order)
    if chosen.date and not written:
        raise Lost("date_unreadable", "The date of the diagnosis cannot be read.")
    parts = [chosen.text, chosen.histology, chosen.stage]
    text = ", ".join(part for part in dict.fromkeys(parts) if part)
    notes = [
        (one_date(day, order), note) for day, note in found.notes.get(course.patient or (), ())
    ]
    used = [(day, note) for day, note in notes if day and decided and day <= decided]
    left = len(notes) - len(used)
    for day, note in sorted(used):
        text = f"{text}. {note}"
        written = max(written or day, day)
    said = (f"left out, undated or after the decision: {left} of {len(notes)} notes",) * bool(left)
    unsure = () if written and decided else (NOT_COMPARED,)
    return text, written, (*said, *unsure)


def _delivered(
    course: Course, plans: dict[Key, Plan], prescribed: int | None, found: Extract
) -> dict[str, str]:
    """What was delivered, and why the course ended early if it did."""
    keys = [*plans] if "plan" in found.tables else [key for key, _ in course.prescriptions]
    given = [dose for key in dict.fromkeys(keys) for dose in found.treated.get(key, {}).values()]
    amounts = [read_quantity(dose) for dose in given]
    facts: dict[str, str] = {}
    if given:
        facts["delivered_fractions"] = str(len(given))
    if given and all(amounts):
        gray = sum(a.value / (100 if a.unit == "cGy" else 1) for a in amounts if a)
        facts["delivered_gy"] = f"{gray:.2f}".rstrip("0").rstrip(".")
    says = found.layout.says
    broken_off = says("ended", course.status) or any(
        says("ended", p.status) for p in plans.values()
    )
    fewer = bool(given and prescribed and len(given) < prescribed)
    if end_of(course.reason) or (broken_off and (fewer or not given)):
        facts["ended_early"] = end_of(course.reason) or course.status or "yes"
    return facts


def _years(born: date | None, day: date | None) -> int | None:
    """The age in whole years."""
    if not (born and day) or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
