"""The words of a prescription besides its doses: schedule, technique, dose rate, isotope, point.

One vocabulary for the printer and the reader. A target is what is left of a phase when all of
these are taken out; ``is_target`` says whether words can stand as one without being taken for
something else. Nothing here reads a dose.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from store.clinical.modality import STATED, stated_modalities
from store.clinical.regimen import DoseRate, Modality, Schedule
from store.clinical.whole_words import word
from store.errors import RadoncError


class RegimenError(RadoncError):
    """Text is no legible regimen; the message names the part and quotes no more than numbers."""

    kind = "regimen"

    def __init__(self, message: str) -> None:
        super().__init__(message, "Write it such as: 60 Gy in 30 fractions, photon, prostate.")


FRACTION = (
    r"(?:(?:fractions?|fracs?|fract|fxs?|frx?s?|f|treatments?|tx|sessions?|pulses|insertions?"
    r"|applications?|implants?)(?![A-Za-z0-9])|#)"
)
"""How a fraction is written, as a pattern; an insertion or an implant of a series is one."""

_A_DAY = r"(?: ?/ ?| a | per | each | )(?:day|daily)"
_A_WEEK = r"(?:times |days |fractions |fx |x )?(?:/ ?|a |per |each )?(?:week|weekly|wk)"
_DRUGS = r"(?:\w{0,20}platin|\w{0,20}taxel|cetuximab|temozolomide)"
_SCHEDULES: tuple[tuple[re.Pattern[str], Schedule | None], ...] = (
    # "twice weekly" and "5 fractions a week" come first, so that no part of them reads as weekly
    (word(rf"(?:5|five) ?{_A_WEEK}"), Schedule.DAILY),
    (word(rf"(?:[2346]x?|two|twice|three|four|six) ?{_A_WEEK}"), None),
    (word(rf"b\.?i\.?d\.?|twice-daily|(?:twice|two times|2 ?x){_A_DAY}"), Schedule.BID),
    (word(rf"(?:2|two) (?:fractions|fx){_A_DAY}"), Schedule.BID),
    (word(rf"t\.?i\.?d\.?|(?:thrice|three times|3 ?x){_A_DAY}"), Schedule.TID),
    (word(rf"(?:3|three) (?:fractions|fx){_A_DAY}"), Schedule.TID),
    (
        word(
            r"q\.?o\.?d\.?|e\.?o\.?d\.?|(?:on )?(?:every|each) (?:other|second) day"
            r"|(?:on )?alternat(?:e|ing)[- ]days?"
        ),
        Schedule.ALTERNATE_DAY,
    ),
    (word(rf"(?:once )?weekly(?! {_DRUGS})|(?:once|one) (?:a|per|every) week"), Schedule.WEEKLY),
    (word(r"(?:once )?daily|once a day|q\.?d\.?"), Schedule.DAILY),
)

TECHNIQUES: Mapping[str, re.Pattern[str]] = {
    name: word(pattern)
    for name, pattern in {
        "SBRT": r"sbrt|sabr|stereotactic (?:ablative |body )radi\w{1,12}",
        "SRS": r"srs|(?:stereotactic )?radiosurgery",
        "TBI": r"tbi|total body irradiation",
        "TSEBT": r"tsebt?|total skin electrons?(?: beam)?(?: therapy)?",
        "IORT": r"iort|ioert|intra-?operative radi\w{1,12}",
        "Gamma Knife": r"gamma[- ]?knife",
        "CyberKnife": r"cyber[- ]?knife",
        "VMAT": r"vmat|volumetric[- ](?:modulated )?arc(?: therapy)?|rapid-?arc",
        "IMRT": r"imrt|intensity[- ]modulated radi\w{1,12}(?: therapy)?",
        "IMPT": r"impt|intensity[- ]modulated proton \w{1,12}",
        "PBS": r"pbs|pencil[- ]beam(?: scanning)?",
        "tomotherapy": r"tomotherapy",
        "3D-CRT": r"3d-?crt|3-?d conformal(?: radi\w{1,12})?",
        "orthovoltage": r"orthovoltage|superficial x-?rays?",
        "en face": r"en[- ]?face",
        "interstitial": r"interstitial",
        "intracavitary": r"intracavitary",
        "intraluminal": r"intraluminal",
        "plaque": (
            r"(?:eye|episcleral|scleral|coms) plaques?"
            r"|plaques?(?= ?\(?(?:brachytherapy|radiotherapy|therapy|I-?125|Ru-?106))"
            r"|(?<=125 )plaques?|(?<=106 )plaques?"
        ),
        "surface mould": r"surface mou?ld|surface applicator",
    }.items()
}
"""The techniques that are kept, by the name they are printed with: what is done, then how."""
_HOW = tuple(TECHNIQUES).index("VMAT")

_SYMBOLS = r"I|Pd|Ir|Ru|Cs|Sr|Co|Au"
_NAMES = r"iodine|palladium|iridium|ruthenium|ca?esium|strontium|cobalt|gold"
_MASSES = r"125|103|192|106|131|137|90|60|198"
_ISOTOPE = word(
    rf"(?P<element>{_SYMBOLS}|{_NAMES})[- ]?(?P<mass>{_MASSES})"
    rf"|(?P<mass_first>{_MASSES})-?(?P<symbol>{_SYMBOLS})"
)
_SYMBOL_OF = {"io": "I", "i": "I", "pa": "Pd", "ir": "Ir", "ru": "Ru", "ce": "Cs", "ca": "Cs"} | {
    "st": "Sr", "co": "Co", "go": "Au"
}  # fmt: skip
ISOTOPES = ("I-125", "Pd-103", "Ir-192", "Ru-106", "Cs-131", "Cs-137", "Sr-90", "Co-60", "Au-198")
_SEED_ISOTOPES = ("I-125", "Pd-103", "Cs-131", "Au-198")
LOW_RATE_ISOTOPES = (*_SEED_ISOTOPES, "Ru-106")
"""Isotopes that are only ever given at a low dose rate; ruthenium only as a plaque."""
_PERMANENT_FROM_GY = 100

_POINT = re.compile(
    r"(?<![A-Za-z0-9])(?:prescribed )?(?:(?:at|to) )?(?:the )?(?:"
    r"(?P<volume>D(?:100|9[0-9]|50|max))(?:%|(?![A-Za-z0-9]))"
    r"|(?P<isodose>[1-9][0-9]{1,2}) ?% ?(?:isodose|idl)(?: line| surface)?(?![A-Za-z0-9])"
    r"|(?P<named>point [AB]|isocent(?:re|er)|icru (?:reference )?point)(?![A-Za-z0-9])"
    r")|(?<![A-Za-z0-9])(?:at|to) (?:a depth of |the )?(?:applicator )?"
    r"(?:(?P<depth>[0-9]{1,2}(?:\.[0-9])?(?:-[0-9]{1,2}(?:\.[0-9])?)?) ?(?P<unit>mm|cm)"
    r"(?: depth)?|(?P<surface>surface))(?![A-Za-z0-9])|\((?P<alone>surface)\)",
    re.IGNORECASE,
)
_RATES = word(r"(?:high|pulsed|low)[- ]dose[- ]rate|HDR|PDR|LDR")
_PERMANENT = word(
    r"permanent(?:ly)?(?: seeds?)?(?: implants?| implanted| brachytherapy)|seeds?(?: implants?)?"
)
_TEMPORARY = word(r"temporary(?: interstitial)?(?: implants?| brachytherapy)?|wires?")
_RBE = re.compile(
    r"\(? ?(?<![A-Za-z0-9])(?:Gy ?\(? ?RBE\)?|CGE|C?GyE|RBE(?:[- ]weighted)?)(?![A-Za-z0-9])"
    r"(?: ?(?:of|=|:)? ?1\.1)?(?: dose)? ?\)?",
    re.IGNORECASE,
)
SIMULTANEOUS = word(
    r"(?:as )?(?:an? )?(?:sib|simultaneous(?:ly)?[- ](?:integrated )?boost(?:ed)?"
    r"|simultaneous(?:ly)?|integrated boost)(?: boost)?"
)
_ENERGY = word(r"[0-9]{1,2}(?:-[0-9]{1,2})? ?(?:MeV|MV)|[0-9]{2,3} ?kVp?")


@dataclass
class Words:
    """A phase's text, from which recognised words are taken one kind at a time."""

    text: str

    def take(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """All matches of ``pattern``; they leave the text."""
        found = list(pattern.finditer(self.text))
        if found:
            self.text = " ".join(pattern.sub(" ", self.text).split())
        return found

    def modalities(self) -> set[Modality]:
        """The modalities that the words name."""
        named = stated_modalities(self.text)
        for pattern in (_ENERGY, *STATED.values()):
            self.take(pattern)
        return named

    def schedules(self) -> set[Schedule]:
        named = {schedule for pattern, schedule in _SCHEDULES if self.take(pattern)}
        return {schedule for schedule in named if schedule}

    def technique(self) -> str:
        """The technique named; of several, the one that says what is done; else none."""
        ranks = [i for i, pattern in enumerate(TECHNIQUES.values()) if self.take(pattern)]
        chosen = [i for i in ranks if i < _HOW] or ranks
        return list(TECHNIQUES)[chosen[0]] if len(chosen) == 1 else ""

    def isotope(self) -> str:
        """The isotope such as I-125; none where two are named."""
        named: set[str] = set()
        for match in self.take(_ISOTOPE):
            element = (match["element"] or match["symbol"]).casefold()
            symbol = _SYMBOL_OF.get(element[:2], element.capitalize())
            named |= {f"{symbol}-{match['mass'] or match['mass_first']}"} & set(ISOTOPES)
        return named.pop() if len(named) == 1 else ""

    def point(self) -> str:
        """The prescription point: D95, 80% isodose, surface, a depth in mm, a named point."""
        found = self.take(_POINT)
        return _point(found[0]) if found else ""

    def rates(self) -> set[str]:
        """What is said of the dose rate: HDR, PDR, LDR, permanent, temporary."""
        long = {"h": "HDR", "p": "PDR", "l": "LDR"}
        named = {long[match[0][0].casefold()] for match in self.take(_RATES)}
        if self.take(_PERMANENT):
            named.add("permanent")
        if self.take(_TEMPORARY):
            named.add("temporary")
        return named

    def rbe(self) -> bool:
        """Whether the words say RBE-weighted besides the unit of a dose."""
        return bool(self.take(_RBE))


def dose_rate(said: set[str], technique: str, isotope: str, dose_gy: float) -> DoseRate:
    """The dose-rate class of what is ``said`` (``Words.rates``).

    LDR not said to be either is permanent with an isotope of permanent seeds or from 100 Gy:
    permanent prostate implants are prescribed 100 to 145 Gy (AAPM TG-137), temporary ones less.

    Raises:
        RegimenError: two classes are named in one phase.
    """
    rates = said & {"HDR", "PDR", "LDR"}
    kinds = said & {"permanent", "temporary"}
    if technique == "plaque":
        kinds = {"temporary"}
    if len(rates) > 1 or len(kinds) > 1 or ("permanent" in kinds and rates - {"LDR"}):
        raise RegimenError("One phase names two kinds of brachytherapy.")
    if rates - {"LDR"}:
        return DoseRate(rates.pop())
    if kinds:
        return DoseRate.LDR_PERMANENT if "permanent" in kinds else DoseRate.LDR_TEMPORARY
    if not rates:
        return DoseRate.EXTERNAL
    seeds = isotope in _SEED_ISOTOPES or (not isotope and dose_gy >= _PERMANENT_FROM_GY)
    return DoseRate.LDR_PERMANENT if seeds else DoseRate.LDR_TEMPORARY


def _point(match: re.Match[str]) -> str:
    if match["volume"]:
        return match["volume"][0].upper() + match["volume"][1:].casefold()
    if match["isodose"]:
        return f"{match['isodose']}% isodose"
    if match["depth"]:
        scale = 10 if match["unit"].casefold() == "cm" else 1
        return "-".join(f"{float(d) * scale:g}" for d in match["depth"].split("-")) + " mm"
    named = (match["named"] or "surface").casefold()
    if named.startswith("point"):
        return f"point {named[-1].upper()}"
    return {"is": "isocentre", "ic": "ICRU point"}.get(named[:2], "surface")


def is_point(text: str) -> bool:
    """Whether ``text`` is a prescription point as it is printed."""
    return Words(f"at {text}").point() == text


_EDGE = (
    r"(?:to|the|of|with|for|in|by|on|and|at|as|plus|then|given|delivered|prescribed|dose|a|an"
    r"|total(?! (?:skin|body|marrow|lymphoid|nodal))|rt|rx|ebrt|radiation|radiotherapy"
    r"|external beam|regimen|plan|using|via|beam|phase [0-9]|course|therapy|treatment"
    r"|or|followed)"
)
_LEADING = re.compile(rf"^(?:{_EDGE}(?![A-Za-z0-9])|[\s,.:;=/+&@*~-])+", re.IGNORECASE)
_TRAILING = re.compile(rf"(?:(?<![A-Za-z0-9]){_EDGE}|[\s,.:;=/+&@*~-])+$", re.IGNORECASE)
_NOT_A_TARGET = re.compile(
    r"[;\n\x00]|(?<![A-Za-z0-9])(?:patients?|was|were|is|received|recommend\w{0,6}|treated"
    rf"|unstated|physical)(?![A-Za-z0-9])|[0-9] ?-?(?:c?Gy|c?gr[ae]y|{FRACTION})"
    r"|[0-9]{4}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}",
    re.IGNORECASE,
)
LONGEST_TARGET = 100


_SYSTEMIC = word(
    rf"(?:with |and )?(?:concurrent |concomitant )?(?:weekly |daily )?(?:{_DRUGS}|capecitabine|adt)"
    r"|(?:with |and )?(?:concurrent|concomitant) chemo\w{0,12}"
)
_SENTENCE = re.compile(r"(?<=[a-z]{5})\.(?= [A-Z])")


def clean_target(text: str) -> str:
    """What is left of a phase as the name of a target; empty where it names none."""
    text = _SENTENCE.split(_SYSTEMIC.sub(" ", text))[0]
    text = re.sub(r"\([\s,.;:/+-]*\)", " ", text)
    if text.count("(") != text.count(")"):
        text = text.replace("(", " ").replace(")", " ")
    text = re.sub(r"\s*/\s*", "/", " ".join(text.split()))
    if len(text) > 2 * LONGEST_TARGET:
        return ""
    before = None
    while before != text:
        before = text
        text = _TRAILING.sub("", _LEADING.sub("", text)).strip()
        if text.startswith("(") and text.find(")") == len(text) - 1:
            text = text[1:-1].strip()
    return text if len(text) <= LONGEST_TARGET and not _NOT_A_TARGET.search(text) else ""


def is_target(text: str) -> bool:
    """Whether ``text`` reads as a target and as nothing else, alone and in a printed phase."""
    if not text or clean_target(text) != text or " / " in text or text[0] == "-":
        return not text
    words = Words(text)
    taken = (
        words.schedules() or words.technique() or words.isotope() or words.point()
        or words.rates() or words.rbe() or words.modalities() or words.take(SIMULTANEOUS)
    )  # fmt: skip
    return not taken and words.text == text
