"""What one case's text must not say: its own answers, or that it is no diagnosis at all.

A diagnosis that holds the code, the dose and fractions, or the words of a plan hands the answer
to the model, so no number from it is true. Doses of earlier radiotherapy belong to the question
and are told apart by the words around them. Nothing here changes a case: a person edits or
excludes it. Rules over several cases are in ``leakage``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from store.clinical.icd10 import find_codes_in_text
from store.clinical.regimen import Regimen
from store.clinical.regimen_doses import DOSE, to_gray
from store.clinical.regimen_printer import print_dose
from store.clinical.regimen_reader import RegimenError, legible_regimen

CODE, DOSES, NOTE = "code_in_text", "own_dose_in_text", "treatment_note"
SENTENCES: Mapping[str, str] = {
    CODE: "The diagnosis holds an ICD-10 code.",
    DOSES: "The diagnosis holds the case's own dose.",
    NOTE: "The text is that of a plan or treatment note.",
}
"""Each rule by its key, and what is wrong with a case that breaks it."""

NEAR = 60
"""Characters before and after a dose in which it is said when, or why, it was given."""


@dataclass(frozen=True)
class Leak:
    """One way in which an answer gets into a question.

    ``other`` is the case on the other side of the split where the rule is about two; ``detail``
    is a sentence without a word of the patient's text beyond codes and doses.
    """

    key: str
    case_id: str
    detail: str
    other: str = ""


def leaks_of_case(case: Mapping[str, Any]) -> list[Leak]:
    """How this case's diagnosis gives its answers away; reads diagnosis, regimen, icd10, year."""
    text, case_id = str(case["diagnosis"]), str(case["case_id"])
    found: list[Leak] = []
    if codes := _codes(text, str(case["icd10"])):
        found.append(Leak(CODE, case_id, f"The diagnosis holds the code {codes[0]}."))
    present = list(_present_doses(text, case.get("year")))
    if present and (dose := _own_dose(text, present, legible_regimen(str(case["regimen"])))):
        found.append(Leak(DOSES, case_id, f"The diagnosis holds the case's own dose, {dose}."))
    if word := _note_word(text, present):
        found.append(Leak(NOTE, case_id, f"The text is that of a plan or treatment note: {word}."))
    return found


def _codes(text: str, own: str) -> list[str]:
    """Codes in the text; the case's own also in small letters and without its dot."""
    found = find_codes_in_text(text)
    bare = own.replace(".", "")
    if bare.casefold() in text.replace(".", "").casefold():
        form = re.escape(own).replace(r"\.", r"\.?")
        found += [m[0] for m in re.finditer(rf"(?<![\w.-]){form}(?![\w-])", text, re.IGNORECASE)]
    return found


_TREATED = (
    r"(?:rt|xrt|crt|c-?rt|radio\w*|radiation|(?:re-?)?irradiat\w*|chemo-?rad\w*|sbrt|sabr|srs|wbrt"
    r"|pci|brachy\w*|hdr|tbi|csi)\b"
)
_FEW = r"(?:[\w/()-]+:? ){0,5}?"
_NO_SURGERY = r"(?:(?!\w*(?:ectomy|section|surgery|biops))[\w/()-]+:? ){0,4}?"
_PRIOR = re.compile(
    r"\b(?:(?:prior|previous(?:ly)?|earlier|past|old|history of|h/o|hx|s/p|status post|after"
    r"|following|post|since|completed|received|finished|had)[ :-]+"
    rf"(?:{_FEW}{_TREATED}|{_NO_SURGERY}[0-9][0-9.,]* ?-?c?gy\b)|(?:pre|already)[- ]?{_TREATED}"
    r"|re-?irradiat\w*|relapse[d]? after|recurrence after|in-?field)",
    re.IGNORECASE,
)
_PLANNED = re.compile(
    r"\b(?:now|today|current(?:ly)?|plan|plans|planned|planning|will|to (?:receive|be|undergo"
    r"|have|give|start)|recommend\w*|prescri\w+|propos\w+|intend\w*|offer\w*|discussed|consented"
    r"|for (?:adjuvant|salvage|definitive|palliative|radical|curative))\b",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"\b(?:ago|earlier|previously|before|in the past|as a child|elsewhere at)\b", re.IGNORECASE
)
_YEAR = re.compile(r"(?<![0-9.])(?:19|20)[0-9]{2}(?![0-9.]*[0-9]| ?-?c?Gy)", re.IGNORECASE)
_END = re.compile(r"[.;!?](?=\s|$)|\n| - ")


def _present_doses(text: str, year: int | None) -> Iterator[re.Match[str]]:
    """The doses in the text that are not said to be those of earlier radiotherapy."""
    for dose in DOSE.finditer(text):
        begin, end = _sentence(text, dose)
        if not _is_prior(text[begin : dose.end()], text[dose.end() : end], year):
            yield dose


def _sentence(text: str, dose: re.Match[str]) -> tuple[int, int]:
    begin = max((end.end() for end in _END.finditer(text, 0, dose.start())), default=0)
    after = _END.search(text, dose.end())
    return begin, after.start() if after else len(text)


def _is_prior(before: str, after: str, year: int | None) -> bool:
    """Whether the words around a dose place it in the past: the nearest of them decides."""
    prior = max((m.start() for m in _PRIOR.finditer(before)), default=-1)
    planned = max((m.start() for m in _PLANNED.finditer(before)), default=-1)
    if prior >= 0 and prior >= planned - 3:  # "planned after prior 50 Gy": the past is nearer
        return True
    if planned >= 0:
        return False
    close = after[:NEAR].split(", ", maxsplit=1)[0]
    years = [*_YEAR.findall(before[-25:]), *_YEAR.findall(after[:NEAR])]
    past = any(year is None or int(said) < year for said in years)
    return past or bool(_AGO.search(close))


def _own_dose(text: str, present: list[re.Match[str]], own: Regimen | None) -> str:
    """The case's own dose as it is found among the doses of the text; "" where it is not."""
    if own is None:
        return ""
    totals = {round(phase.dose_gy, 2) for phase in own.phases}
    totals |= {level.dose_gy for phase in own.phases for level in phase.levels}
    if own.total_gy:
        totals.add(own.total_gy)
    for dose in present:
        stated = {_gray(dose), *_totals_read(text, dose)}
        if same := stated & totals:
            return f"{print_dose(max(same))} Gy"
    return ""


def _gray(dose: re.Match[str]) -> float:
    try:
        return round(to_gray(dose["d"], dose["u"]), 2)
    except RegimenError:
        return 0.0  # two readings: it is no dose that could be compared


def _totals_read(text: str, dose: re.Match[str]) -> set[float]:
    """The totals that the words around a dose come to, as in 30 x 2 Gy or 2 Gy in 30 fractions."""
    begin, end = _sentence(text, dose)
    comma = max(text.rfind(",", begin, dose.start()), text.rfind(":", begin, dose.start())) + 1
    stop = text.find(",", dose.end(), end)
    starts = (dose.start(), max(begin, comma), max(begin, dose.start() - 20))
    ends = (stop if stop > 0 else end, min(end, dose.end() + 24))
    for start in starts:
        for last in ends:
            read = legible_regimen(text[start:last])
            if read:
                sums = {read.total_gy} if read.total_gy else set[float]()
                return sums | {phase.dose_gy for phase in read.phases}
    return set()


_WHOLE_NOTE = re.compile(
    r"\b(?:(?:radiation|radiotherapy|rt|treatment)[- ](?:treatment |therapy )?(?:completion |"
    r"planning |course )?(?:summary|note)|end[- ]of[- ]treatment|on[- ]treatment (?:visit|review"
    r"|note)|weekly (?:on-?treatment|management) (?:visit|note)|(?:simulation|planning) note"
    r"|(?:fraction|fx) ?#? ?[0-9]{1,2} ?(?:of|/) ?[0-9]{1,2}|[0-9]{1,2} ?(?:of|/) ?[0-9]{1,2} "
    r"?(?:fractions|fx)(?: (?:given|delivered|completed))?)\b",
    re.IGNORECASE,
)
_PLAN_WORDS = {
    "target volume": r"\b(?:PTV|CTV|GTV|ITV)[a-z0-9_-]*\b|planning target volume",
    "isocentre": r"\bisocent\w*\b",
    "organs at risk": r"\b(?:OARs?|organs? at risk)\b",
    "dose-volume": r"\bDVH\b|\b(?:V[0-9]{1,2}|D[0-9]{1,2}%?|mean \w+ dose|dose constraints?)\b",
    "image guidance": r"\b(?:CBCT|cone[- ]beam|IGRT|kV imaging|set-?up images?)\b",
    "beam": r"\b[0-9]{1,2} ?MV\b|\b[0-9]{1,2} ?MeV\b|\b(?:arcs?|gantry|collimator|couch|bolus)\b",
    "immobilisation": r"\bimmobili[sz]\w*|thermoplastic|vac-?lok",
    "simulation": r"\bCT[- ]simulat\w*|\bplanning CT\b|\bsimulated\b",
    "technique": r"\b(?:VMAT|IMRT|3D-?CRT|tomotherapy|IMPT)\b",
}
_PLAN = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PLAN_WORDS.items()}
PLAN_WORDS = 3
"""So many different words of planning make a text a plan; one or two a diagnosis may have."""


def _note_word(text: str, present: list[re.Match[str]]) -> str:
    """What shows that the text is a plan or a treatment note; "" where nothing does."""
    if found := _WHOLE_NOTE.search(text):
        return found[0].casefold()
    for dose in present:
        begin, _ = _sentence(text, dose)
        if _PLANNED.search(text[max(begin, dose.start() - NEAR) : dose.start()]):
            return f"{_gray(dose):g} Gy is planned"
    words = [name for name, pattern in _PLAN.items() if pattern.search(text)]
    return ", ".join(words) if len(words) >= PLAN_WORDS else ""
