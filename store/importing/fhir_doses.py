"""From the doses by volume of requests to the phases of a regimen.

A phase request says one series of fractions and a dose for each of its volumes: one phase, one
level a volume. Where a course has no phase requests its own doses by volume are taken: volumes of
equal fractions are levels of one phase, volumes of other fractions are phases of their own, each
with its target, and such doses never add. A course that says itself that its fractions differed,
or that names several modalities, cannot be told apart so, and is lost.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from store.clinical.regimen import DoseRate, Level, Modality, Phase
from store.importing.fhir_json import (
    SNOMED,
    Json,
    codes,
    count,
    extension_value,
    extensions,
    gray,
    reference,
)
from store.importing.fhir_words import (
    ORGAN_AT_RISK,
    as_target,
    isotope_of,
    modality_of,
    organ_of,
    side_of,
    technique_of,
)
from store.reasons import Lost

Find: TypeAlias = Callable[[str], Json]
"""Finds the BodyStructure that a reference names; raises Lost where there is none."""

_DOSES = (
    "codexrt-radiotherapy-dose-prescribed-to-volume",
    "codexrt-radiotherapy-dose-planned-to-volume",
)
_DELIVERED = "mcode-radiotherapy-dose-delivered-to-volume"
_FRACTIONS = ("codexrt-radiotherapy-fractions-prescribed", "codexrt-radiotherapy-fractions-planned")
_LONGEST = 6


@dataclass(frozen=True)
class VolumeDose:
    """The dose to one volume in Gy; ``named`` is how the record calls it where two share a site."""

    dose_gy: float
    fractions: int | None
    target: str
    named: str
    uniform: bool


@dataclass(frozen=True)
class Beam:
    """What radiation a request or summary names; ``rate`` is external for a beam."""

    modality: Modality | None
    rate: DoseRate
    technique: str
    isotope: str


def phase_of(request: Json, find: Find, course: Beam | None) -> Phase:
    """The phase that a phase request prescribes; its radiation, or else the course's.

    Raises:
        Lost: it has no dose or no fractions, or they contradict each other.
    """
    beams = beams_of(request)
    if len(beams) > 1:
        raise Lost("modality_unreadable", "A phase names several modalities.")
    whole = next(
        filter(None, (count(extension_value(request, n, "valuePositiveInt")) for n in _FRACTIONS)),
        None,
    )
    volumes = volumes_of(request, find, whole)
    if len({volume.fractions for volume in volumes}) > 1:
        raise Lost("dose_ambiguous", "The volumes of a phase have different numbers of fractions.")
    return _phase(volumes, beams[0] if beams else course)


def course_phases(course: Json, beams: Sequence[Beam], find: Find) -> tuple[Phase, ...]:
    """The phases that a course's own doses by volume make, with the radiation of the course.

    Raises:
        Lost: they do not say what was given together.
    """
    volumes = volumes_of(course, find, None)
    if not all(volume.uniform for volume in volumes):
        raise Lost("phases_missing", "The fractions differed and no phase says how.")
    if len({(beam.modality, beam.rate) for beam in beams}) > 1:
        raise Lost("phases_missing", "The course names several modalities and no phase says where.")
    together: dict[int | None, list[VolumeDose]] = defaultdict(list)
    for volume in volumes:
        together[volume.fractions].append(volume)
    if len(together) > _LONGEST:
        raise Lost("phases_missing")
    beam = beams[0] if beams else None
    if beam and len(beams) > 1:
        beam = Beam(beam.modality, beam.rate, "", beam.isotope)
    order = sorted(together, key=lambda fractions: -(fractions or 0))
    return tuple(_phase(together[fractions], beam) for fractions in order)


def volumes_of(request: Json, find: Find, fractions: int | None) -> list[VolumeDose]:
    """The doses that a request gives to volumes that are targets, in its order.

    Raises:
        Lost: there is none, or one has no number.
    """
    found = [
        _volume(dose, find, fractions) for name in _DOSES for dose in extensions(request, name)
    ]
    volumes = [volume for volume in found if volume]
    if not volumes:
        raise Lost("no_dose", "No dose to a target volume is prescribed.")
    return volumes


def delivered_of(summary: Json, find: Find) -> list[VolumeDose]:
    """The doses that a summary says were delivered; those that cannot be read are left out."""
    found: list[VolumeDose] = []
    for dose in extensions(summary, _DELIVERED):
        try:
            volume = _volume(dose, find, None)
        except Lost:
            continue  # they are kept beside the label and decide nothing
        if volume:
            found.append(volume)
    return found


def beams_of(record: Json) -> list[Beam]:
    """The radiations that a request or a summary names, each once.

    Raises:
        Lost: one of them is none of the four modalities.
    """
    beams: list[Beam] = []
    for both in extensions(record, "mcode-radiotherapy-modality-and-technique"):
        concept = extension_value(both, "mcode-radiotherapy-modality", "valueCodeableConcept")
        modality, rate = modality_of(concept) if concept else (None, DoseRate.EXTERNAL)
        techniques = {
            technique_of(extension["valueCodeableConcept"])
            for extension in extensions(both, "mcode-radiotherapy-technique")
            if "valueCodeableConcept" in extension
        } - {""}
        isotope = extension_value(
            both, "codexrt-radiotherapy-energy-or-isotope", "valueCodeableConcept"
        )
        technique = techniques.pop() if len(techniques) == 1 else ""
        beam = Beam(modality, rate, technique, isotope_of(isotope) if isotope else "")
        if beam not in beams:
            beams.append(beam)
    return beams


def _volume(dose: Json, find: Find, fractions: int | None) -> VolumeDose | None:
    """The dose to one volume; None for a point and for an organ at risk."""
    if extension_value(dose, "codexrt-radiotherapy-point-dose", "valueBoolean"):
        return None
    address = next((reference(e, "valueReference") for e in extensions(dose, "volume")), "")
    structure = find(address) if address else {}
    if ORGAN_AT_RISK in codes(structure.get("morphology", {}), SNOMED):
        return None
    stated = _fractions(dose) or fractions
    target = organ_of(structure.get("location", {}))
    side = side_of(structure.get("locationQualifier", []))
    label = next((e["valueReference"].get("display", "") for e in extensions(dose, "volume")), "")
    return VolumeDose(
        dose_gy=_total(dose, stated),
        fractions=stated,
        target=f"{side} {target}".strip() if target and side not in target.split() else target,
        named=as_target(str(structure.get("description") or label).casefold()),
        uniform=extension_value(dose, "codexrt-radiotherapy-uniform-fractionation", "valueBoolean")
        is not False,
    )


def _fractions(dose: Json) -> int | None:
    for name, kind in (
        ("fractions", "valuePositiveInt"),
        ("fractionsDelivered", "valueUnsignedInt"),
    ):
        number = count(extension_value(dose, name, kind))
        if number:
            return number
    return None


def _total(dose: Json, fractions: int | None) -> float:
    """The total dose in Gy; it has to be that of the dose per fraction where both are given."""
    totals = [
        extension_value(dose, name, "valueQuantity") for name in ("totalDose", "totalDoseDelivered")
    ]
    total = next((gray(quantity) for quantity in totals if quantity), None)
    each = extension_value(dose, "fractionDose", "valueQuantity")
    product = gray(each) * fractions if each and fractions else None
    if total is None and product is None:
        raise Lost("no_dose", "A volume has no dose.")
    if total and product and abs(total - product) > 0.01 * (fractions or 1):
        raise Lost(
            "dose_ambiguous", f"{fractions} fractions do not make the total of {total:g} Gy."
        )
    return round(total or product or 0.0, 2)


def _phase(volumes: Sequence[VolumeDose], beam: Beam | None) -> Phase:
    fractions = volumes[0].fractions
    beam = beam or Beam(None, DoseRate.EXTERNAL, "", "")
    if beam.rate in (DoseRate.LDR_PERMANENT, DoseRate.LDR_TEMPORARY):
        fractions = None
    elif fractions is None and beam.rate is not DoseRate.PDR:
        raise Lost("no_fractions", "A phase has no number of fractions.")
    shared = {v.target for v in volumes if sum(w.target == v.target for w in volumes) > 1}
    levels = [Level(v.dose_gy, v.named if v.target in shared else v.target) for v in volumes]
    levels.sort(key=lambda level: -level.dose_gy)
    try:
        return Phase(
            tuple(levels),
            fractions,
            beam.modality,
            beam.technique,
            dose_rate=beam.rate,
            isotope=beam.isotope if beam.modality is Modality.BRACHYTHERAPY else "",
        )
    except ValueError as error:
        raise Lost("regimen_unreadable", "The parts of a phase contradict each other.") from error


def shown(volume: VolumeDose) -> str:
    """``60 Gy in 30 (chest wall)``, as it is kept beside a case."""
    many = f" in {volume.fractions}" if volume.fractions else ""
    return f"{volume.dose_gy:g} Gy{many}" + (f" ({volume.target})" if volume.target else "")


def site_of(record: Json) -> str:
    """The body sites that a course names, in words."""
    return ", ".join(dict.fromkeys(organ_of(site) for site in record.get("bodySite", ())))
