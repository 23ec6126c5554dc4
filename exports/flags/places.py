"""What must fit together in one answer: radiation and technique, code and target, sides.

By what answers name alone, so it says nothing where they name nothing. A combination that training
cases or the table have is never called wrong.
"""

from collections.abc import Mapping

from exports.flags.flag import ALL, TREATMENT, Flag, check, stop
from exports.flags.ground import Ground, category
from store.clinical.icd10 import laterality
from store.clinical.regimen import Modality, Regimen
from store.clinical.targets import apart, code_region, phase_target, regions, side_of
from store.department.question import prepare

_PHOTON, _PROTON, _ELECTRON, _BRACHY = (
    Modality.PHOTON,
    Modality.PROTON,
    Modality.ELECTRON,
    Modality.BRACHYTHERAPY,
)
_MADE_WITH: Mapping[str, tuple[Modality, ...]] = {
    **dict.fromkeys(("SBRT", "SRS"), (_PHOTON, _PROTON)),
    **dict.fromkeys(("TBI", "Gamma Knife", "CyberKnife", "VMAT", "IMRT"), (_PHOTON,)),
    **dict.fromkeys(("tomotherapy", "orthovoltage"), (_PHOTON,)),
    "3D-CRT": (_PHOTON, _PROTON, _ELECTRON),
    **dict.fromkeys(("IMPT", "PBS"), (_PROTON,)),
    **dict.fromkeys(("TSEBT", "en face"), (_ELECTRON,)),
    "IORT": (_ELECTRON, _PHOTON, _BRACHY),
    **dict.fromkeys(("interstitial", "intracavitary", "intraluminal"), (_BRACHY,)),
    **dict.fromkeys(("plaque", "surface mould"), (_BRACHY,)),
}
"""With what each technique is done; one that is not here is done with any."""


def modality_flags(ground: Ground, code: str, regimen: Regimen | None, modality: str) -> list[Flag]:
    """The modality against the regimen, its technique and the site."""
    found: list[Flag] = []
    of_phases = {p.modality.value for p in regimen.phases if p.modality} if regimen else set[str]()
    for phase in regimen.phases if regimen else ():
        fitting = _MADE_WITH.get(phase.technique)
        if fitting and phase.modality and phase.modality not in fitting:
            said = f"{phase.technique} is not done with {phase.modality.value}s."
            said = said.replace("brachytherapys", "brachytherapy")
            found.append(stop("technique", said, TREATMENT))
    if modality and of_phases and modality not in of_phases:
        named = " and ".join(sorted(of_phases))
        said = f"The modality answered is {modality}, the regimen's is {named}."
        found.append(check("modality_differs", said))
    known = ground.modalities_at(code)
    strange = sorted((of_phases or {modality} - {""}) - known) if known else []
    if strange:
        named = " and ".join(strange)
        found.append(
            check("modality_at_site", f"No row and no training case of {code} has {named}.")
        )
    return found


def place_flags(ground: Ground, diagnosis: str, code: str, regimen: Regimen | None) -> list[Flag]:
    """The code against the regions and sides that the regimen and the text name."""
    if not code:
        return []
    found: list[Flag] = []
    here = code_region(code)
    if regimen and here:
        known = ground.places.get(category(code), frozenset())
        for phase in regimen.phases:
            there = regions(phase_target(phase)) - known
            if there and apart(there, frozenset([here])):
                said = f"The regimen treats {' and '.join(sorted(there))}, {code} is {here}."
                found.append(stop("region", said, ALL))
                break
    return found + _side_flags(ground, diagnosis, code, regimen)


def _side_flags(ground: Ground, diagnosis: str, code: str, regimen: Regimen | None) -> list[Flag]:
    """A stop where two of them name opposite sides; the text only where it names one side."""
    named = {
        "the code": laterality(ground.describe(code)),
        "the regimen": _regimen_side(regimen),
        "the text": side_of(prepare(diagnosis)),
    }
    sides = {who: side for who, side in named.items() if side in ("left", "right")}
    if len(set(sides.values())) < 2:
        return []
    said = ", ".join(f"{who} says {side}" for who, side in sides.items())
    flag = f"{said[0].upper()}{said[1:]}."
    answered = {side for who, side in sides.items() if who != "the text"}
    return [stop("side", flag, ALL) if len(answered) > 1 else check("side", flag)]


def _regimen_side(regimen: Regimen | None) -> str:
    phases = regimen.phases if regimen else ()
    sides = {side_of(level.target) for phase in phases for level in phase.levels} - {""}
    return sides.pop() if len(sides) == 1 else ""
