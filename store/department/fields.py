"""The fields by which a row is chosen, read from a case's question and its structured facts.

The code, the intent and prior radiotherapy are the case's own; stage, risk, operation, histology
and findings are read from the text by fixed patterns. The regimen and the target are never looked
at: they are answers. What is not stated is "", None or not among the words.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from store.clinical.whole_words import word
from store.department.findings import read_findings
from store.department.histology import read_histologies
from store.department.operations import Operation, read_operations
from store.department.prostate import RISK_WORDS, Prostate, read_prostate
from store.department.question import prepare, says
from store.department.stages import Stage, is_stage_word, read_stage, stage_words
from store.department.stages_in_words import in_words


class Facts(Protocol):
    """What is known of a case before it is treated; "" or None where it is not."""

    @property
    def diagnosis(self) -> str: ...
    @property
    def icd10(self) -> str: ...
    @property
    def intent(self) -> str: ...
    @property
    def prior_rt(self) -> str: ...
    @property
    def age(self) -> int | None: ...
    @property
    def sex(self) -> str: ...


@dataclass(frozen=True)
class CaseFields:
    """The key fields of one case: the code in capitals, ``prior_rt`` yes, no or "" (unknown)."""

    icd10: str = ""
    intent: str = ""
    prior_rt: str = ""
    age: int | None = None
    sex: str = ""
    stage: Stage = field(default_factory=Stage)
    prostate: Prostate = field(default_factory=Prostate)
    operation: Operation = field(default_factory=Operation)
    histologies: frozenset[str] = frozenset()
    findings: frozenset[str] = frozenset()

    @property
    def stage_words(self) -> frozenset[str]:
        """The words of stage, grade and risk band that a row may ask for."""
        return frozenset(stage_words(self.stage)) | self.prostate.risk


_AGE = re.compile(
    r"(?<![0-9.])(?P<age>[0-9]{1,3})[ -]?(?:y/?o\b|yrs?[ -]old\b|years?[ -]old\b|[MF]\b)"
    r"|\b(?:man|woman|boy|girl) of (?P<of>[0-9]{1,3})\b|\b(?:fe)?male (?P<after>[0-9]{1,3})\b",
    re.IGNORECASE,
)
_FEMALE = word(r"wom[ae]n|females?|girl|[0-9]{1,3} ?F|y/?o F")
_MALE = word(r"m[ae]n|males?|boy|[0-9]{1,3} ?M|y/?o M")
_IRRADIATED = word(
    r"(?:previous|prior|earlier)(?: \w+){0,3} (?:RT|radiotherapy|irradiation|radiation)"
    r"|previously irradiated|re-?irradiation|had full dose (?:\w+ )?RT|after full[- ]dose EBRT"
)


def read_fields(facts: Facts) -> CaseFields:
    """The key fields of a case."""
    read = _read(facts.diagnosis, facts.icd10.strip().upper())
    age, sex, irradiated = _person(facts.diagnosis)
    prior = facts.prior_rt if facts.prior_rt in ("yes", "no") else ""
    return CaseFields(
        icd10=read.icd10,
        intent=facts.intent,
        prior_rt=prior or ("yes" if irradiated else ""),
        age=age if facts.age is None else facts.age,
        sex=facts.sex.casefold() or sex,
        stage=read.stage,
        prostate=read.prostate,
        operation=read.operation,
        histologies=read.histologies,
        findings=read.findings,
    )


@lru_cache(maxsize=32768)
def _read(diagnosis: str, icd10: str) -> CaseFields:
    stage = in_words(read_stage(diagnosis, icd10), diagnosis, icd10)
    operation = read_operations(diagnosis, icd10)
    return CaseFields(
        icd10=icd10,
        stage=stage,
        prostate=read_prostate(diagnosis, stage.t) if icd10.startswith("C61") else Prostate(),
        operation=operation,
        histologies=read_histologies(diagnosis, icd10),
        findings=read_findings(diagnosis, icd10, operation),
    )


@lru_cache(maxsize=32768)
def _person(diagnosis: str) -> tuple[int | None, str, bool]:
    """Age in years and sex as the text has them, and whether it tells of earlier radiotherapy."""
    text = prepare(diagnosis)
    ages = {int(m["age"] or m["of"] or m["after"]) for m in _AGE.finditer(text)}
    female, male = bool(_FEMALE.search(text)), bool(_MALE.search(text))
    sex = "" if female is male else "female" if female else "male"
    return ages.pop() if len(ages) == 1 else None, sex, says(text, _IRRADIATED)


def stage_band(facts: Facts) -> str:
    """The risk band, the stage without its letter, or T and N without theirs; "" where not stated.

    So that cases can be called alike: ``high``, ``III``, ``T2 N1``.
    """
    fields = read_fields(facts)
    for band in ("very high", "high", "intermediate", "low"):
        if band in fields.prostate.risk:
            return band
    roman = re.match("IV|I{1,3}|0", fields.stage.group)
    if roman:
        return roman[0]
    return " ".join(said[:2] for said in (fields.stage.t, fields.stage.n) if said)


def is_word_of_stage(text: str) -> bool:
    """Whether a row may ask for this word of stage, grade or risk band."""
    return text in RISK_WORDS or is_stage_word(text)
