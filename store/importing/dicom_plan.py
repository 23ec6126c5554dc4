"""What one RT Plan or RT Ion Plan says: prescription, fractions, radiation, approval, relations.

Attributes are those of DICOM PS3.3, C.8.8.9 to C.8.8.27. The prescription is the dose to a TARGET
dose reference (300A,0026); beam doses only check it. A plan is taken from its file as a small
record of plain values at once, so that nothing of a damaged file is met later.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from store.clinical.regimen import DoseRate, Modality
from store.clinical.regimen_words import Words
from store.importing.dates import one_date
from store.reasons import Lost

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MOST_IDENTIFIERS = 200
POINTS = ("POINT", "COORDINATES")
_TREATMENT = ("", "TREATMENT", "CONTINUATION")
_RADIATION = {
    "PHOTON": Modality.PHOTON,
    "ELECTRON": Modality.ELECTRON,
    "PROTON": Modality.PROTON,
}
_RATES = {"HDR": DoseRate.HDR, "PDR": DoseRate.PDR}
_BRACHY_TECHNIQUES = {
    "INTERSTITIAL": "interstitial",
    "INTRACAVITARY": "intracavitary",
    "INTRALUMENARY": "intraluminal",
}
_SPOTS = {"MODULATED", "MODULATED_SPEC"}


@dataclass(frozen=True)
class Target:
    """A TARGET dose reference: its prescribed total in Gy, None where it gives none."""

    dose_gy: float | None
    structure: str
    description: str

    @property
    def is_point(self) -> bool:
        return self.structure in POINTS


@dataclass(frozen=True)
class Radiation:
    """What a plan treats with; ``names`` are the words of its beams that are none of the four."""

    modalities: frozenset[Modality]
    names: frozenset[str] = frozenset()
    rate: DoseRate = DoseRate.EXTERNAL
    technique: str = ""
    isotope: str = ""


@dataclass(frozen=True)
class Plan:
    """One plan. ``beam_gy`` is the sum of beam doses of one fraction, None where one is missing.

    ``words`` are label, name and description, ``identifiers`` what identifies the patient.
    """

    uid: str
    patient: str
    person: str
    words: str
    intent: str
    approved: bool
    day: date | None
    targets: tuple[Target, ...]
    groups: int
    fractions: int | None
    beam_gy: float | None
    radiation: Radiation
    predecessors: tuple[str, ...]
    verifies: bool
    sex: str
    age: int | None
    identifiers: tuple[str, ...]


def plan_of(dataset: "Dataset") -> Plan:
    """The plan in a data set.

    Raises:
        Lost: it is cut short, or lacks what every plan has.
    """
    groups = _items(dataset, "FractionGroupSequence")
    beams = [*_items(dataset, "BeamSequence"), *_items(dataset, "IonBeamSequence")]
    _check_whole(dataset, beams, groups)
    group = groups[0] if groups else None
    treating = [b for b in beams if _text(b, "TreatmentDeliveryType") in _TREATMENT]
    day = one_date(_text(dataset, "RTPlanDate"))
    related = _items(dataset, "ReferencedRTPlanSequence")
    fractions = _number(group, "NumberOfFractionsPlanned") if group else None
    identifiers = tuple(dict.fromkeys(_identifiers(dataset)))
    if len(identifiers) > MOST_IDENTIFIERS:
        raise Lost("damaged_file", f"The patient has {len(identifiers)} names and numbers.")
    return Plan(
        uid=_text(dataset, "SOPInstanceUID"),
        patient=_text(dataset, "PatientID"),
        person=f"{_text(dataset, 'PatientName')} {_text(dataset, 'PatientID')}",
        words=" ".join(_labels(dataset, beams)),
        intent=_text(dataset, "PlanIntent"),
        approved=_text(dataset, "ApprovalStatus") == "APPROVED",
        day=one_date(_text(dataset, "ReviewDate")) or day,
        targets=tuple(_targets(dataset)),
        groups=len(groups),
        fractions=int(fractions) if fractions and fractions == int(fractions) else None,
        beam_gy=_beam_dose(group, treating) if group else None,
        radiation=_radiation(dataset, treating),
        predecessors=tuple(_related(related, "PREDECESSOR")),
        verifies=any(_related(related, "VERIFIED_PLAN")),
        sex={"M": "male", "F": "female"}.get(_text(dataset, "PatientSex"), ""),
        age=_age(dataset, day),
        identifiers=identifiers,
    )


def _check_whole(dataset: "Dataset", beams: "list[Dataset]", groups: "list[Dataset]") -> None:
    """A file that is cut short reads as a shorter one: its own counts tell."""
    for beam in beams:
        stated = _number(beam, "NumberOfControlPoints")
        there = len(_items(beam, "ControlPointSequence") or _items(beam, "IonControlPointSequence"))
        if stated is not None and stated != there:
            raise Lost(
                "damaged_file", f"The plan is cut short: a beam has {there} of {stated:g} points."
            )
    if not groups:
        raise Lost("damaged_file", "The plan is cut short: it has no fraction group.")
    stated = sum(_number(group, "NumberOfBeams") or 0 for group in groups)
    if stated > len(beams):
        raise Lost("damaged_file", f"The plan is cut short: {len(beams)} of {stated:g} beams.")
    if not _text(dataset, "SOPInstanceUID"):
        raise Lost("damaged_file", "The plan has no identity of its own.")


def _targets(dataset: "Dataset") -> Iterator[Target]:
    for item in _items(dataset, "DoseReferenceSequence"):
        if _text(item, "DoseReferenceType") == "TARGET":
            dose = _number(item, "TargetPrescriptionDose")
            yield Target(
                dose if dose else None,
                _text(item, "DoseReferenceStructureType"),
                _text(item, "DoseReferenceDescription"),
            )


def _beam_dose(group: "Dataset", treating: "list[Dataset]") -> float | None:
    """The dose of one fraction by its beams or applicators, in Gy; None where one gives none."""
    numbers = {_text(beam, "BeamNumber") for beam in treating}
    beams = [
        item
        for item in _items(group, "ReferencedBeamSequence")
        if _text(item, "ReferencedBeamNumber") in numbers
    ]
    doses = [_number(item, "BeamDose") for item in beams]
    doses += [
        _number(item, "BrachyApplicationSetupDose")
        for item in _items(group, "ReferencedBrachyApplicationSetupSequence")
    ]
    known = [dose for dose in doses if dose is not None]
    return sum(known) if known and len(known) == len(doses) else None


def _radiation(dataset: "Dataset", treating: "list[Dataset]") -> Radiation:
    kinds = {_text(beam, "RadiationType") for beam in treating}
    named = frozenset(_RADIATION[kind] for kind in kinds if kind in _RADIATION)
    strange = frozenset(kind.casefold() or "unnamed" for kind in kinds - _RADIATION.keys())
    brachy = _text(dataset, "BrachyTreatmentType")
    if not brachy:
        scans = {_text(beam, "ScanMode") for beam in treating}
        spots = named == frozenset({Modality.PROTON}) and bool(scans) and scans <= _SPOTS
        return Radiation(named, strange, technique="PBS" if spots else "")
    technique = _text(dataset, "BrachyTreatmentTechnique")
    low = DoseRate.LDR_PERMANENT if technique == "PERMANENT" else DoseRate.LDR_TEMPORARY
    sources = {_text(s, "SourceIsotopeName") for s in _items(dataset, "SourceSequence")}
    isotopes = {Words(source).isotope() for source in sources} - {""}
    return Radiation(
        named | {Modality.BRACHYTHERAPY},
        strange,
        low if brachy == "LDR" else _RATES.get(brachy, DoseRate.EXTERNAL),
        _BRACHY_TECHNIQUES.get(technique, ""),
        isotopes.pop() if len(isotopes) == 1 else "",
    )


def _related(items: "list[Dataset]", relation: str) -> Iterator[str]:
    for item in items:
        if _text(item, "RTPlanRelationship") == relation:
            yield _text(item, "ReferencedSOPInstanceUID")


def _labels(dataset: "Dataset", beams: "list[Dataset]") -> Iterator[str]:
    for name in ("RTPlanLabel", "RTPlanName", "RTPlanDescription", "SeriesDescription"):
        yield _text(dataset, name)
    yield _text(dataset, "InstitutionalDepartmentName")
    yield from {_text(beam, "InstitutionalDepartmentName") for beam in beams}


def _identifiers(dataset: "Dataset") -> Iterator[str]:
    """Names, numbers, dates and addresses, as they stand and in their parts."""
    for name in ("PatientName", "OtherPatientNames", "ReferringPhysicianName", "OperatorsName"):
        parts = re.split(r"[\^=\\,\[\]' ]+", _text(dataset, name))
        yield from (part for part in parts if len(part) > 1)
    for name in (
        *("PatientID", "OtherPatientIDs", "AccessionNumber", "PatientAddress", "StudyID"),
        *("PatientTelephoneNumbers", "PatientBirthDate", "InstitutionName", "InstitutionAddress"),
    ):
        text = _text(dataset, name)
        if len(text) > 1:
            yield text
    born = one_date(_text(dataset, "PatientBirthDate"))
    if born:
        yield born.isoformat()


def _age(dataset: "Dataset", day: date | None) -> int | None:
    stated = re.fullmatch(r"0*(\d{1,3})Y", _text(dataset, "PatientAge"))
    if stated:
        return int(stated[1])
    born = one_date(_text(dataset, "PatientBirthDate"))
    if not born or not day:
        return None
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return years if 0 <= years < 130 else None


def _items(dataset: "Dataset", name: str) -> "list[Dataset]":
    value: Any = dataset.get(name)
    return list(value) if value else []


def _text(dataset: "Dataset", name: str) -> str:
    value: Any = dataset.get(name)
    return "" if value is None else " ".join(str(value).split())


def _number(dataset: "Dataset", name: str) -> float | None:
    value: Any = dataset.get(name)
    if value is None or value == "":
        return None
    number = float(value)
    return number if 0 <= number < float("inf") else None
