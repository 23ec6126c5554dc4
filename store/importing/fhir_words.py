"""SNOMED CT codes of radiotherapy as this program's words.

The codes are the value sets of mCODE STU4 (RadiotherapyModalityVS, RadiotherapyTechniqueVS).
A code that is not listed is read by its words, and where those name nothing it says nothing.
"""

import re

from store.clinical.modality import read_modality
from store.clinical.regimen import DoseRate, Modality
from store.clinical.regimen_words import Words, clean_target, is_target
from store.importing.fhir_json import SNOMED, Json, codes, words
from store.reasons import Lost

_MODALITIES = {
    "1156506007": (Modality.PHOTON, DoseRate.EXTERNAL),
    "10611004": (Modality.PROTON, DoseRate.EXTERNAL),
    "45643008": (Modality.ELECTRON, DoseRate.EXTERNAL),
    "394902000": (Modality.BRACHYTHERAPY, DoseRate.HDR),
    "438629002": (Modality.BRACHYTHERAPY, DoseRate.HDR),
    "1156384006": (Modality.BRACHYTHERAPY, DoseRate.PDR),
    "1156708005": (Modality.BRACHYTHERAPY, DoseRate.LDR_TEMPORARY),
    "169359004": (Modality.BRACHYTHERAPY, DoseRate.LDR_PERMANENT),
}
_OTHER = {"80347004": "neutrons", "1156505006": "carbon ions", "169317000": "neutron capture"}
_RADIOPHARMACEUTICAL = "440252007"
_TECHNIQUES = {
    "441799006": "IMRT",
    "1156530009": "VMAT",
    "1162782007": "3D-CRT",
    "168524008": "IORT",
    "1156528007": "PBS",
    "113120007": "interstitial",
    "384692006": "intracavitary",
    "1156382005": "intracavitary",
    "384691004": "intraluminal",
    "14473006": "surface mould",
}
_SIDES = {"7771000": "left", "24028007": "right", "51440002": "bilateral"}
_ORGANS = {"prostatic": "prostate"}
ORGAN_AT_RISK = "1162586008"


def modality_of(concept: Json) -> tuple[Modality, DoseRate]:
    """The modality and dose rate that a concept names.

    Raises:
        Lost: it names none of the four, or several.
    """
    known = codes(concept, SNOMED)
    if _RADIOPHARMACEUTICAL in known:
        raise Lost("not_radiotherapy")
    for code in known:
        if code in _OTHER:
            raise Lost("modality_unreadable", f"The modality is {_OTHER[code]}.")
    found = {_MODALITIES[code] for code in known if code in _MODALITIES}
    if not found and (named := read_modality(words(concept))):
        found = {(named, DoseRate.EXTERNAL)}
    if len(found) != 1:
        raise Lost("modality_unreadable", "The modality is coded as none of the four.")
    return found.pop()


def technique_of(concept: Json) -> str:
    """The technique that a concept names, as a regimen prints it; "" where it names none."""
    known = {_TECHNIQUES[code] for code in codes(concept, SNOMED) if code in _TECHNIQUES}
    return known.pop() if len(known) == 1 else Words(words(concept)).technique()


def isotope_of(concept: Json) -> str:
    """The isotope such as Ir-192; "" where none of those in use is named."""
    return Words(words(concept)).isotope()


def side_of(concepts: list[Json]) -> str:
    """The side that qualifiers of a body site name; "" without one."""
    sides = {
        _SIDES[code] for concept in concepts for code in codes(concept, SNOMED) if code in _SIDES
    }
    return sides.pop() if len(sides) == 1 else ""


def organ_of(concept: Json) -> str:
    """A body structure's name as a target is written: ``breast``, ``pelvic lymph node group``."""
    said = re.sub(r"\b(?:entire|structure of|structure|part of)\b", " ", words(concept), flags=re.I)
    name = " ".join(said.casefold().split())
    return as_target(_ORGANS.get(name, name))


def as_target(text: str) -> str:
    """The text where it can be read back as a target, else ""."""
    target = clean_target(text)
    return target if is_target(target) else ""
