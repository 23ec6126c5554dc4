"""One radiotherapy course of FHIR as a raw case, or the reason why it is none.

The label is the prescription: the course prescription as it was first approved, or else the
planned course, with the phases that are based on it. What a summary says was delivered is kept
beside it and is never the label. A course is refused while it goes on, because its prescription
may yet change; one that was stopped keeps its prescribed label and says that it ended early. A
prescription or plan without a summary counts once it is approved.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from store.cases import RawCase
from store.clinical.regimen import Phase, Regimen
from store.clinical.regimen_printer import print_regimen
from store.importing.fhir_diagnosis import Diagnosis, diagnosis_of
from store.importing.fhir_doses import (
    Beam,
    Find,
    beams_of,
    course_phases,
    delivered_of,
    phase_of,
    shown,
    site_of,
)
from store.importing.fhir_files import Place, Resources, name_of
from store.importing.fhir_json import (
    Json,
    date,
    day_of,
    extension_value,
    reference,
    references,
    words,
)
from store.importing.fhir_person import Person, age_at, person_of
from store.importing.question import COMPARED_WITH_START, NOT_COMPARED
from store.reasons import Lost

_UNFINISHED = {
    "preparation": "has not begun",
    "in-progress": "is going on",
    "on-hold": "is on hold",
    "not-done": "was not given",
    "unknown": "has an unknown status",
}
_APPROVED = {"active", "on-hold", "completed"}
_NO_ORDER = {"proposal", "option"}
_MOST_VERSIONS = 20
_DOSE = "codexrt-radiotherapy-dose-"


@dataclass
class Course:
    """A course as far as it was read: its resources from the summary up, and what was found.

    ``replaced`` are approved versions that one of the ``requests`` replaced, the first one first.
    """

    raw: RawCase
    place: Place
    summary: Json | None = None
    requests: tuple[tuple[Json, Place], ...] = ()
    replaced: tuple[Json, ...] = ()

    @property
    def records(self) -> list[Json]:
        """The course's resources, what was written first before what was written last."""
        own = [self.summary] if self.summary else []
        return [*self.replaced, *reversed([request for request, _ in self.requests]), *own]

    @property
    def requested(self) -> str:
        """The date on which the earliest request was written; "" where none says."""
        asked = (*self.replaced, *(request for request, _ in self.requests))
        return min(filter(None, (date(one.get("authoredOn")) for one in asked)), default="")

    @property
    def decision(self) -> str:
        """The date of the decision: when the earliest request was written, else the first day."""
        period = (self.summary or {}).get("performedPeriod", {})
        first = date(period.get("start") or (self.summary or {}).get("performedDateTime"))
        return self.requested or first


def read_course(files: Resources, place: Place, name: str) -> RawCase:
    """The course whose summary or request stands at ``place``, in a file kept under ``name``."""
    blank = RawCase("", "", "", row=place.row, file=name)
    course = Course(blank, place)
    try:
        resource = files.load(place)
        _read(course, files, resource)
    except Lost as lost:
        return replace(course.raw, reject=lost.reason, detail=lost.detail)
    return course.raw


def _read(course: Course, files: Resources, resource: Json) -> None:
    """Fill ``course.raw`` step by step, so that what was read before a loss is kept."""
    if resource.get("status") == "entered-in-error":
        raise Lost("no_plan", "The course was entered in error.")
    person = person_of(files.find(reference(resource, "subject"), course.place, ("Patient",))[0])
    course.raw = replace(
        course.raw, patient=person.key, course=_name(resource), sex=person.sex,
        identifiers=person.identifiers, site=site_of(resource),
    )  # fmt: skip
    if resource["resourceType"] == "Procedure":
        course.summary = resource
        _keep_delivered(course, files)
    dangling = _find_requests(course, files, resource)
    course.replaced = tuple(_replaced(course, files))
    diagnosis = diagnosis_of(
        course.records, lambda a, kinds: files.find(a, course.place, kinds)[0], course.decision
    )
    course.raw = _described(course, diagnosis, person)
    diagnosis.check(f"Patient/{person.resource}" in files.with_condition)
    if course.summary and (why := _UNFINISHED.get(str(course.summary.get("status")))):
        raise Lost("unfinished", f"The course {why}.")
    if not course.requests:
        raise dangling or Lost("only_delivered")
    phases = _phases(course, files)
    try:
        regimen = print_regimen(Regimen(phases))
    except ValueError as error:
        raise Lost(
            "regimen_unreadable", "The prescription has parts that have no print."
        ) from error
    course.raw = replace(course.raw, regimen=regimen, kept={**course.raw.kept, "regimen": regimen})
    diagnosis.check_code()


def _name(resource: Json) -> str:
    """What tells this course from others of the patient: its DICOM UID, else its own id."""
    named = [
        str(i.get("value")) for i in resource.get("identifier", ()) if i.get("use") == "official"
    ]
    return named[0] if named else name_of(resource)


def _keep_delivered(course: Course, files: Resources) -> None:
    summary = course.summary or {}
    volumes = delivered_of(summary, _finder(files, course.place))
    kept = {"status": str(summary.get("status", ""))}
    if volumes:
        kept["delivered_gy"] = f"{max(volume.dose_gy for volume in volumes):g}"
        kept["delivered"] = "; ".join(shown(volume) for volume in volumes)
    if summary.get("status") == "stopped":
        kept["ended_early"] = words(summary.get("statusReason", {})) or "yes"
    course.raw = replace(course.raw, kept=kept)


def _find_requests(course: Course, files: Resources, resource: Json) -> Lost | None:
    """The requests that the course is based on, plan before prescription; why there is none."""
    if resource["resourceType"] == "ServiceRequest":
        course.requests = ((resource, course.place),)
    lost: Lost | None = None
    for address in references(resource, "basedOn"):
        try:
            request, place = files.find(address, course.place, ("ServiceRequest",))
        except Lost as error:
            lost = error
            continue
        course.requests = (*course.requests, (request, place))
        for above in references(request, "basedOn"):
            try:
                course.requests += (files.find(above, place, ("ServiceRequest",)),)
            except Lost:
                continue  # the plan stands for the prescription that the files do not hold
    return lost


def _replaced(course: Course, files: Resources) -> Iterator[Json]:
    """The approved versions that requests replaced; what cannot be followed is said later."""
    for request, place in reversed(course.requests):
        with contextlib.suppress(Lost):
            for version, _ in reversed(_versions(request, place, files)[1:]):
                if _is_approved(version, replaced=True):
                    yield version


def _described(course: Course, diagnosis: Diagnosis, person: Person) -> RawCase:
    """The raw case with everything but its regimen and modality."""
    decision, records = course.decision, course.records
    intents = [
        extension_value(r, "mcode-procedure-intent", "valueCodeableConcept") for r in records
    ]
    intent = next((words(concept) for concept in intents if concept), "")
    again = [
        extension_value(r, "codexrt-radiotherapy-course-involves-reirradiation", "valueBoolean")
        for r in records
    ]
    prior = next(("yes" if said else "no" for said in again if said is not None), "")
    age = age_at(person.birth, decision)
    decided = day_of(decision)
    first_day = (COMPARED_WITH_START,) if decision and not course.requested else ()
    unsure = () if decided and diagnosis.dated else (NOT_COMPARED,)
    kept = {
        **course.raw.kept,
        "diagnosis": diagnosis.text,
        "icd10": ", ".join(diagnosis.icd10),
        "snomed": " ".join(diagnosis.candidates),
        "candidates": "; ".join(dict.fromkeys(diagnosis.candidates.values())),
        "intent": intent,
        "site": course.raw.site,
        "sex": person.sex,
        "year": decision[:4],
    }
    return replace(
        course.raw,
        diagnosis=diagnosis.text,
        icd10=diagnosis.icd10[0] if len(diagnosis.icd10) == 1 else "",
        intent=intent,
        prior_rt=prior,
        year=int(decision[:4]) if decision else None,
        age=age,
        repairs=(*course.raw.repairs, *(unsure or first_day)),
        kept={name: text for name, text in kept.items() if text},
        decided=decided,
        written=diagnosis.written,
    )


def _phases(course: Course, files: Resources) -> tuple[Phase, ...]:
    """The phases of the prescription, or else of the plan."""
    approved = [_first_approved(request, place, files) for request, place in course.requests]
    if not any(approved):
        raise Lost("not_approved")
    for found in reversed(approved):
        if not found:
            continue
        request, place = found
        beams = beams_of(request) or (beams_of(course.summary) if course.summary else [])
        phases = _own_phases(request, place, files, beams)
        if phases:
            return phases
        if any(_DOSE in str(e.get("url")) for e in request.get("extension", ())):
            return course_phases(request, beams, _finder(files, place))
    raise Lost("no_dose", "Neither the prescription nor the plan gives a dose to a volume.")


def _own_phases(
    request: Json, place: Place, files: Resources, beams: list[Beam]
) -> tuple[Phase, ...]:
    """The phases that are requested on the basis of ``request``, in the order of their start."""
    course = beams[0] if len(beams) == 1 else None
    found = [(files.load(p), p) for p in files.phases.get(place, ())]
    later = {name_of(phase) for phase, _ in found if _replaces_one_of(phase, found)}
    revised = {address for phase, _ in found for address in references(phase, "replaces")}
    first = [
        (phase, p)
        for phase, p in found
        if name_of(phase) not in later and _is_approved(phase, bool(revised & {name_of(phase)}))
    ]
    first.sort(key=lambda pair: _start(pair[0]))
    return tuple(phase_of(phase, _finder(files, p), course) for phase, p in first)


def _finder(files: Resources, place: Place) -> Find:
    """Finds the volumes that the resource at ``place`` names."""
    return lambda address: files.find(address, place, ("BodyStructure",))[0]


def _replaces_one_of(phase: Json, found: list[tuple[Json, Place]]) -> bool:
    names = {name_of(other): other for other, _ in found}
    replaced = [names[a] for a in references(phase, "replaces") if a in names]
    return any(_is_approved(other, replaced=True) for other in replaced)


def _start(phase: Json) -> str:
    period = phase.get("occurrencePeriod", {})
    return date(period.get("start") or phase.get("occurrenceDateTime") or phase.get("authoredOn"))


def _is_approved(request: Json, replaced: bool) -> bool:
    """Whether a physician approved it; what is revoked once was, where another took its place."""
    status = str(request.get("status"))
    ordered = request.get("intent") not in _NO_ORDER
    return ordered and (status in _APPROVED or (replaced and status == "revoked"))


def _first_approved(request: Json, place: Place, files: Resources) -> tuple[Json, Place] | None:
    """The earliest approved version of a request; None where no version was approved.

    Raises:
        Lost: an earlier version is not in the files, or they replace each other in a circle.
    """
    for version, where in reversed(_versions(request, place, files)):
        if _is_approved(version, replaced=version is not request):
            return version, where
    return None


def _versions(request: Json, place: Place, files: Resources) -> list[tuple[Json, Place]]:
    """A request and the versions that it replaced, the first one last.

    Raises:
        Lost: an earlier version is not in the files, or they replace each other in a circle.
    """
    versions = [(request, place)]
    while addresses := references(versions[-1][0], "replaces"):
        versions.append(files.find(addresses[0], versions[-1][1], ("ServiceRequest",)))
        if len(versions) > _MOST_VERSIONS:
            raise Lost("reference_dangling", "The prescription's versions replace each other.")
    return versions
