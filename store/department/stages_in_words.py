"""Stages that a question states in other words, by the definitions of the AJCC and of FIGO.

Only where a definition decides: what the cords do for T of a laryngeal cancer, the
station for N of a lung cancer, the size for T of an
anal cancer (AJCC, 8th edition), the depth of invasion for the stage of an endometrial cancer
confined to the uterus (FIGO 2009), the size of a retroperitoneal node for a seminoma.
"""

import re
from dataclasses import replace

from store.clinical.whole_words import word
from store.department.question import LENGTH, matches, millimetres, prepare, says
from store.department.stages import Stage

_FIXED = word(r"(?:vocal )?cord (?:is )?fix(?:ed|ation)|fixed (?:vocal )?cord")
_BEYOND = word(
    r"(?:in)?to (?:the )?(?:sub|supra)glottis|extends? to (?:the )?ventricle"
    r"|(?:sub|supra)glottic extension"
)
_ONE_CORD = word(r"one (?:vocal )?cord(?: only)?")
_BOTH_CORDS = word(r"both (?:vocal )?cords")
_MEDIASTINAL = word(
    r"(?:mediastinal|subcarinal) nodes? (?:pos(?:itive)?|involved)"
    r"|(?:EBUS )?(?:stn|station) [2-9][RL]?(?: nodes?)? (?:pos(?:itive)?|involved)"
)
"""Stations 2 to 9 are N2 (or N3 on the other side, which no row tells apart)."""
_SIZE = re.compile(LENGTH, re.IGNORECASE)
_INVASION = re.compile(
    r"\b(?:myometrial )?invasion (?:of )?(?P<percent>[0-9]{1,3}) ?%", re.IGNORECASE
)
_OUTER = word(r"outer half(?: invaded)?|deep (?:myometrial )?invasion")
_INNER = word(r"inner half(?: only| on MRI)?")
_NODE = re.compile(rf"(?:para-?aortic|retroperitoneal) nodes? (?:of )?{LENGTH}", re.IGNORECASE)


def in_words(stage: Stage, diagnosis: str, icd10: str) -> Stage:
    """The stage with what the words say of it; a stage that is stated is never changed."""
    text = prepare(diagnosis)
    if icd10.startswith("C32") and not stage.t:
        return replace(stage, t=_laryngeal(text, icd10.startswith("C32.0")))
    if icd10.startswith("C34") and stage.n in ("", "N+") and says(text, _MEDIASTINAL):
        return replace(stage, n="N2")
    if icd10.startswith("C21") and not stage.t:
        return replace(stage, t=_by_size(text))
    if icd10.startswith("C54") and not stage.group:
        return replace(stage, group=_uterine(text, stage.n))
    if icd10.startswith("C62") and not stage.group:
        return replace(stage, group=_seminoma(text))
    return stage


def _laryngeal(text: str, glottic: bool) -> str:
    """T3 a fixed cord; of the glottis T2 with spread above or below, T1 one cord or both."""
    if says(text, _FIXED):
        return "T3"
    if not glottic:
        return ""
    if says(text, _BEYOND):
        return "T2"
    one, both = says(text, _ONE_CORD), says(text, _BOTH_CORDS)
    return ("T1a" if one else "T1b") if one is not both else ""


def _by_size(text: str) -> str:
    """T1 to 2 cm, T2 to 5 cm, T3 above; "" unless one size is given."""
    sizes = {millimetres(match) for match in matches(text, _SIZE)}
    if len(sizes) != 1:
        return ""
    size = sizes.pop()
    return "T1" if size <= 20 else "T2" if size <= 50 else "T3"


def _uterine(text: str, nodes: str) -> str:
    """IA below half of the myometrium, IB from half on, IIIC with positive nodes."""
    if nodes.startswith("N") and nodes != "N0":
        return "IIIC"
    percent = _INVASION.search(text)
    outer = says(text, _OUTER) or (percent is not None and int(percent["percent"]) >= 50)
    inner = says(text, _INNER) or (percent is not None and int(percent["percent"]) < 50)
    if inner is outer:
        return ""
    return "IB" if outer else "IA"


def _seminoma(text: str) -> str:
    """IIA with retroperitoneal nodes up to 2 cm."""
    sizes = [millimetres(match) for match in matches(text, _NODE)]
    return "IIA" if sizes and max(sizes) <= 20 else ""
