"""Findings that are a number in the question and a threshold of a trial.

Each reader takes the prepared text and gives the findings that it states: none where the number
is missing, and none where two numbers lie on both sides of the threshold.
"""

import re

from store.clinical.whole_words import word
from store.department.question import LENGTH, matches, millimetres, says

CENTRAL_MM = 20.0
"""Distance to the bronchial tree up to which a lung tumour is central (RTOG 0813)."""
CHEST_WALL_MM = 10.0
LARGE_BRAIN_MM = 20.0
"""Largest diameter up to which a single fraction is usual for a brain metastasis (RTOG 90-05)."""
MANY_BRAIN = 10
LATERALISED_MM = 10.0
RESIDUAL_CM2 = 1.5
"""Residual medulloblastoma from which the risk is high (ACNS0332)."""
BULKY_MM = 100.0
WIDESPREAD_PERCENT = 10
"""Share of the skin from which mycosis fungoides is T2 (ISCL/EORTC)."""
SHALLOW_MM, SMALL_SKIN_MM = 4.0, 20.0
"""Depth and diameter up to which surface brachytherapy is usual (GEC-ESTRO and ACROP, skin)."""

_AIRWAY = re.compile(
    rf"{LENGTH} (?:from|to) (?:the )?(?:nearest |prox(?:imal)? )?bronch", re.IGNORECASE
)
_TOUCHES = word(
    r"ultra-?central|(?:touch(?:es|ing)?|abut(?:s|ting)?|overlaps?|PTV overlaps) (?:the )?"
    r"(?:main bronchus|trachea|proximal bronchial tree|o?esophagus)"
)
_CENTRAL, _PERIPHERAL = word(r"central(?:ly located)?"), word(r"peripheral")
_TO_WALL = re.compile(rf"{LENGTH} (?:from|to) (?:the )?(?:ribs?|chest wall)", re.IGNORECASE)
_AT_WALL = word(r"abut(?:s|ting)? (?:the )?(?:chest wall|ribs?)")


def airway(text: str) -> set[str]:
    """How far a lung tumour is from the bronchial tree."""
    if says(text, _TOUCHES):
        return {"ultracentral"}
    near = {millimetres(match) <= CENTRAL_MM for match in matches(text, _AIRWAY)}
    if not near:
        near = _stated(text)
    return {"central" if near.pop() else "peripheral"} if len(near) == 1 else set()


def _stated(text: str) -> set[bool]:
    found: set[bool] = set()
    if says(text, _CENTRAL):
        found.add(True)
    if says(text, _PERIPHERAL):
        found.add(False)
    return found


def chest_wall(text: str) -> set[str]:
    """Whether a lung tumour lies at the chest wall."""
    near = any(millimetres(match) <= CHEST_WALL_MM for match in matches(text, _TO_WALL))
    return {"at the chest wall"} if near or says(text, _AT_WALL) else set()


_ECOG = re.compile(
    r"\b(?:ECOG|WHO PS|PS|perf(?:ormance)? status)(?: PS)?[ :]*(?P<ecog>[0-4])(?![0-9.])",
    re.IGNORECASE,
)
_KPS = re.compile(
    r"\b(?:KPS|Karnofsky)(?: (?:is|score))*[ :]*(?P<kps>[1-9]0|100)(?![0-9])", re.IGNORECASE
)


def performance(text: str) -> set[str]:
    """Fit: ECOG 0-1 or KPS 80 on; frail: ECOG 2 or KPS 70 and worse; poor: ECOG 3 or KPS 60."""
    ecog = {int(match["ecog"]) for match in _ECOG.finditer(text)}
    kps = {int(match["kps"]) for match in _KPS.finditer(text)}
    found: set[str] = set()
    if len(ecog) > 1 or len(kps) > 1:
        return found
    if min(ecog, default=9) <= 1 or min(kps, default=0) >= 80:
        found.add("fit")
    if max(ecog, default=0) >= 2 or max(kps, default=100) <= 70:
        found.add("frail")
    if max(ecog, default=0) >= 3 or max(kps, default=100) <= 60:
        found.add("poor performance")
    return set() if {"fit", "frail"} <= found else found


_COUNT_WORDS = {"one": 1, "single": 1, "solitary": 1, "two": 2, "three": 3, "four": 4}
_LESIONS = re.compile(
    rf"(?<![0-9.])(?<!male )(?<! of )(?P<count>[0-9]{{1,3}}|{'|'.join(_COUNT_WORDS)})"
    r" (?:enhancing |brain |cerebral )*(?:lesions?|mets?|metastas[ei]s)\b",
    re.IGNORECASE,
)
_MANY = word(r"innumerable|too many(?: lesions)?(?: to count)?|miliary|multiple small|numerous")
_LARGEST = re.compile(rf"\b(?:largest|biggest|max(?:imum)?|up to)[ :]*{LENGTH}", re.IGNORECASE)
_CAVITY = word(r"(?:resection |surgical )?cavity")


def brain_lesions(text: str) -> set[str]:
    """How many brain metastases there are, whether one is large, whether one was taken out."""
    counts = {
        _COUNT_WORDS.get(match["count"].casefold()) or int(match["count"])
        for match in matches(text, _LESIONS)
    }
    found: set[str] = set()
    if says(text, _MANY) or min(counts, default=0) > MANY_BRAIN:
        found.add("many lesions")
    elif counts and 0 < max(counts) <= MANY_BRAIN:
        found.add("few lesions")
    if any(millimetres(match) > LARGE_BRAIN_MM for match in matches(text, _LARGEST)):
        found.add("large lesion")
    return found | ({"cavity"} if says(text, _CAVITY) else set())


_CORD = word(r"(?:spinal )?cord (?:is )?compress(?:ion|ed)|MSCC|cauda equina compression")
_BILSKY = re.compile(r"\b(?:Bilsky|ESCC)(?: grade)? (?P<grade>[0-3])", re.IGNORECASE)


def cord(text: str) -> set[str]:
    """Whether the spinal cord is compressed: stated, or grade 2 on by Bilsky."""
    grades = {int(match["grade"]) for match in _BILSKY.finditer(text)}
    return {"cord compression"} if says(text, _CORD) or max(grades, default=0) >= 2 else set()


_MIDLINE = re.compile(rf"{LENGTH} (?:from|to) (?:the )?midline", re.IGNORECASE)
_LATERAL = re.compile(r"\bnot near (?:the )?midline|\b(?:well )?laterali[sz]ed", re.IGNORECASE)


def to_midline(text: str) -> set[str]:
    """Whether a tumour of the tonsil stays 1 cm off the midline."""
    far = {millimetres(match) >= LATERALISED_MM for match in matches(text, _MIDLINE)}
    return {"lateralised"} if far == {True} or (not far and _LATERAL.search(text)) else set()


_RESIDUAL = re.compile(r"\bresidual (?P<area>[0-9]+(?:\.[0-9]+)?) ?cm2", re.IGNORECASE)
_MASS = re.compile(rf"\b(?:mediastinal )?mass (?:of )?{LENGTH}", re.IGNORECASE)
_BULKY = word(r"bulky")


def residual(text: str) -> set[str]:
    """Whether 1.5 cm2 or more of a medulloblastoma are left."""
    areas = [float(match["area"]) for match in _RESIDUAL.finditer(text)]
    return {"residual tumour"} if max(areas, default=0.0) >= RESIDUAL_CM2 else set()


def bulk(text: str) -> set[str]:
    """Whether a lymphoma is bulky: so called, or a mass of 10 cm and more."""
    large = any(millimetres(match) >= BULKY_MM for match in matches(text, _MASS))
    return {"bulky"} if large or says(text, _BULKY) else set()


_SKIN = re.compile(
    r"(?P<under>under )?(?P<percent>[0-9]{1,3}) ?% (?:of (?:the )?)?(?:skin|BSA|body surface)",
    re.IGNORECASE,
)
_DEEP = re.compile(
    rf"\b(?:depth|invades|Breslow)[ :]*{LENGTH}|"
    + LENGTH.replace("?P<", "?P<other_")
    + r" (?:deep|thick)",
    re.IGNORECASE,
)
_ACROSS = re.compile(LENGTH, re.IGNORECASE)


def skin_extent(text: str) -> set[str]:
    """Whether mycosis fungoides covers 10 % of the skin or more."""
    shares = [int(m["percent"]) for m in _SKIN.finditer(text) if not m["under"]]
    return {"widespread"} if max(shares, default=0) >= WIDESPREAD_PERCENT else set()


def skin_lesion(text: str) -> set[str]:
    """Whether a skin cancer is at most 4 mm deep and 2 cm across, both stated."""
    depths = [_deep(match) for match in _DEEP.finditer(text)]
    sizes = [millimetres(match) for match in _ACROSS.finditer(_DEEP.sub(" ", text))]
    shallow = depths and sizes and max(depths) <= SHALLOW_MM and max(sizes) <= SMALL_SKIN_MM
    return {"shallow"} if shallow else set()


def _deep(match: re.Match[str]) -> float:
    value, unit = match["value"] or match["other_value"], match["unit"] or match["other_unit"]
    return float(value) * (10 if unit.casefold() == "cm" else 1)
