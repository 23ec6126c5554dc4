"""Which radiation a treatment field is of, by its energy code and its machine.

Codes are those by which linear accelerators and afterloaders are commissioned: ``6X``,
``10X-FFF``, ``6 MV``, ``12E``, ``9 MeV``, ``P``, ``Ir-192``. The name of a plan says nothing here.
Where code and machine do not say, or say two things, there is no modality and none is guessed.
"""

import re
from collections.abc import Mapping

from store.clinical.modality import read_modality
from store.clinical.regimen import Modality

_NUMBER = r"\d{1,2}(?:\.\d)?"
_CODES: Mapping[Modality, re.Pattern[str]] = {
    Modality.PHOTON: re.compile(
        rf"{_NUMBER} ?(?:x|mvp?)(?:[ _-]?(?:fff|srs|srs ?fff|std|edw|low|[a-z]))?"
        rf"|{_NUMBER} ?fff|x ?0?{_NUMBER}(?:[ _-]?fff)?|x-?rays?|photons?|\d{{2,3}} ?kvp?",
        re.I,
    ),
    Modality.ELECTRON: re.compile(
        rf"{_NUMBER} ?e(?:[ _-]?(?:hdtse|tse|hd|std|[a-z]))?|e ?0?{_NUMBER}|electrons?", re.I
    ),
    Modality.PROTON: re.compile(r"p|p ?\d{2,3}(?:\.\d)?|\d{2,3}(?:\.\d)? ?p|protons?", re.I),
    Modality.BRACHYTHERAPY: re.compile(
        r"(?:hdr|pdr|ldr)(?:[ _-]?(?:source|ir-?192|co-?60))?"
        r"|(?:ir|iridium|co|cs|i|pd|ru)[ -]?(?:192|60|137|125|103|106)"
        r"[ _-]?(?:source|hdr|pdr|ldr|seeds?)"
        r"|(?:ir|iridium)[ -]?192|brachy\w*",
        re.I,
    ),
}
_COBALT = re.compile(r"(?:co|cobalt)[ -]?60", re.I)
_MEV = re.compile(r"\d{1,3}(?:\.\d+)? ?mev", re.I)
_AFTERLOADER = re.compile(
    r"gamma ?-?med|vari ?-?source|micro ?-?selectron|flexitron|bravos|afterload|\bhdr\b|saginova",
    re.I,
)
_PROTON_MACHINE = re.compile(
    r"proton|pro ?beam|proteus|mevion|hyperscan|\biba\b|cyclotron|synchrotron|gantry ?p\b", re.I
)
_MACHINES = ((_AFTERLOADER, Modality.BRACHYTHERAPY), (_PROTON_MACHINE, Modality.PROTON))
_OTHER = re.compile(r"carbon|\bc-?12\b|helium|neutron|\bion\b", re.I)


def read_energy(code: str, machine: str = "") -> Modality | None:
    """The radiation of one field; None where it is not said, or is none of the four.

    An energy in MeV is that of electrons up to 25 MeV, and of protons on a proton machine; a
    code of cobalt-60 is an afterloader's source or a teletherapy unit, as the machine says.
    """
    code, machine = " ".join(code.split()), " ".join(machine.split())
    if _OTHER.search(code) or _OTHER.search(machine):
        return None
    found = _by_code(code)
    for pattern, modality in _MACHINES:
        if pattern.search(machine):
            return modality if found in (None, modality) else None
    if _MEV.fullmatch(code):
        return Modality.ELECTRON if float(re.split(r" ?m", code, flags=re.I)[0]) <= 25 else None
    if _COBALT.fullmatch(code):
        return Modality.PHOTON if machine else None
    return found if found or re.search(r"\d", code) else read_modality(code)


def _by_code(code: str) -> Modality | None:
    found = [modality for modality, pattern in _CODES.items() if pattern.fullmatch(code)]
    return found[0] if len(found) == 1 else None
