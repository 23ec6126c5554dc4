"""The curation funnel: the rules by which a raw record becomes a case or a reject.

The order of the rules is the order of the funnel, which follows the selection of the study this
program repeats (Wang et al., arXiv 2501.17286): a single diagnosis record, a clearly
identifiable primary plan, then annotation. Nothing is guessed: what is missing, unreadable or
contradictory is rejected with a reason. No file is read here, and no identifier gets past this
module other than as a keyed hash. Bounds and choices that a home may change come with
``ImportRules``.
"""

import re
import secrets
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from store.cases import Case, Intent, Prior, RawCase, Reject
from store.clinical.icd10 import (
    Code,
    CodeError,
    CodeTable,
    check_code,
    find_codes_in_text,
    laterality,
)
from store.clinical.modality import read_modality
from store.clinical.regimen import DoseRate, Modality, Phase, Regimen, with_modality
from store.clinical.regimen_printer import print_regimen
from store.clinical.regimen_reader import RegimenError, parse_regimen
from store.import_rules import DEFAULT, REJECT, ImportRules
from store.keys import keyed_hash
from store.reasons import REASONS, STEPS, Lost

__all__ = ["REASONS", "STEPS", "Funnel", "Identity", "Source", "curate", "normalise_key"]

KEPT = ("diagnosis", "regimen", "modality", "icd10", "primary_icd10", "site", "target", "intent")
KEPT_NUMBERS = ("prior_rt", "year", "age", "sex")

LONGEST_KEPT = 8000
"""Characters of a kept cell."""

_INTENTS = (
    (r"neo-?adjuvant|pre-?op|induction|prior to (?:surgery|resection)", Intent.NEOADJUVANT),
    (r"adjuvant|post-?op", Intent.ADJUVANT),
    (r"palliat", Intent.PALLIATIVE),
    (r"prophyla", Intent.PROPHYLACTIC),
    (r"benign", Intent.BENIGN),
    (r"curativ|radical|definitiv|primary", Intent.CURATIVE),
)
_WORD = re.compile(r"[^\W\d_]{2}")
_NEGATED = re.compile(
    r"\b(?:non[- ]?|not?\s+(?:\w+\s+){0,2}?)"
    r"(?:curativ|radical|definitiv|palliat|(?:neo-?)?adjuvant|prophyla|benign)\w*",
    re.IGNORECASE,
)
_UNTOLD = re.compile(
    r"unknown|unclear|uncertain|\bno (?:information|records?|data)\b"
    r"|\bnot (?:known|recorded|available|stated|documented|reported)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^(?:no\b|none\b|nil\b|n$|false\b|0$)|\b(?:no|none|nil)\W*$|\bnever\b|\bnot\b|\bwithout\b"
    r"|\bno (?:prior|previous|history)|\b(?:un|non)-?(?:treated|irradiated)|\bdenie[sd]\b"
    r"|\bna[iï]ve\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^(?:y(?:es)?\b|true\b|1$|(?:prior|previous)(?! to\b))|re-?irradiat", re.IGNORECASE
)


@dataclass(frozen=True)
class Source:
    """Where records come from: a name ("tcga", "synthetic", "table"), a file and its SHA-256."""

    name: str
    file: str = ""
    file_sha256: str = ""


@dataclass(frozen=True)
class Identity:
    """Who and which course, as keyed hashes: ``patient``, and ``course`` ("" where unnamed)."""

    patient: str = ""
    course: str = ""


@dataclass
class Funnel:
    """The count of an import: ``read`` = ``cases`` + ``rejects`` at any moment.

    ``duplicates`` counts cases that the store already held; whoever commits them sets it.
    ``rules`` are those that were applied and could have been others.
    """

    read: int = 0
    cases: int = 0
    rejects: int = 0
    duplicates: int = 0
    by_reason: Counter[str] = field(default_factory=Counter[str])
    rules: ImportRules | None = None

    def add(self, outcome: Case | Reject) -> None:
        self.read += 1
        if isinstance(outcome, Case):
            self.cases += 1
        else:
            self.rejects += 1
            self.by_reason[outcome.reason] += 1

    @property
    def steps(self) -> list[dict[str, Any]]:
        """How many records reach each step, in order."""
        left = self.read
        steps: list[dict[str, Any]] = []
        for step in STEPS:
            left -= sum(n for key, n in self.by_reason.items() if REASONS[key].step == step)
            steps.append({"step": step, "count": left})
        return steps

    def as_record(self) -> dict[str, Any]:
        """The funnel as the JSON object that the command line prints."""
        return {
            "read": self.read,
            "cases": self.cases,
            "rejects": self.rejects,
            "by_reason": dict(self.by_reason.most_common()),
            "duplicates": self.duplicates,
            "steps": self.steps,
            **({"rules": asdict(self.rules)} if self.rules else {}),
        }


def curate(
    raw: RawCase,
    source: Source,
    codes: CodeTable,
    secret: bytes,
    who: Identity | None = None,
    rules: ImportRules = DEFAULT,
) -> Case | Reject:
    """Apply the rules of the funnel to one record; ``who`` where its patient is known by hash.

    The same record gives the same key whenever it comes: a case's is a keyed hash of source,
    patient and course (or content, where courses have no name), a reject's of file, row, reason.
    """
    who = who or identify(raw, source, secret)
    try:
        _single_diagnosis(raw, who, rules)
        _identifiable_plan(raw)
        return _annotate(raw, source, codes, secret, who, rules)
    except Lost as lost:
        return reject(raw, source, secret, lost.reason, lost.detail)


def identify(raw: RawCase, source: Source, secret: bytes) -> Identity:
    """The keyed hashes of a record's patient and course."""
    patient, course = normalise_key(raw.patient), normalise_key(raw.course)
    if not patient:
        return Identity()
    return Identity(
        keyed_hash(secret, "patient", patient)[:16],
        keyed_hash(secret, "case", source.name, patient, course)[:12] if course else "",
    )


def normalise_key(text: str) -> str:
    """A patient's or a course's key, so that ``mrn 1`` and `` MRN  1`` are one."""
    return " ".join(text.split()).casefold()


def reject(raw: RawCase, source: Source, secret: bytes, reason: str, detail: str = "") -> Reject:
    """The reject of this record for this reason; without a detail the reason's own sentence."""
    file = raw.file or source.file
    who = identify(raw, source, secret)
    digest = keyed_hash(secret, "reject", source.file_sha256, file, str(raw.row), reason)
    return Reject(
        reject_id=f"reject-{digest[:12]}",
        reason=REASONS[reason].key,
        detail=detail or REASONS[reason].text,
        source=source.name,
        file=file,
        file_sha256=source.file_sha256,
        row=raw.row,
        kept=kept_columns(raw),
        patient=who.patient,
        course=who.course,
    )


def kept_columns(raw: RawCase) -> dict[str, str]:
    """The clinical columns of a record as text; never the patient, the course or free notes."""
    if raw.kept:
        return {name: value[:LONGEST_KEPT] for name, value in raw.kept.items()}
    values = {name: str(getattr(raw, name) or "") for name in (*KEPT, *KEPT_NUMBERS)}
    return {name: value[:LONGEST_KEPT] for name, value in values.items() if value}


def _single_diagnosis(raw: RawCase, who: Identity, rules: ImportRules) -> None:
    if raw.reject:
        raise Lost(raw.reject, raw.detail)
    if not who.patient:
        raise Lost("no_patient")
    if not _WORD.search(raw.diagnosis):
        raise Lost("no_diagnosis")
    rivals = max(raw.diseases, 1) if rules.patient_diagnoses == REJECT else 1
    if raw.diagnoses != 1 or rivals != 1:
        count = raw.diagnoses if raw.diagnoses != 1 else rivals
        raise Lost("several_diagnoses", f"The patient has {count} diagnosis records.")
    if not (rules.undated_text or raw.synthetic or (raw.decided and raw.written)):
        raise Lost("text_undated")


def _identifiable_plan(raw: RawCase) -> None:
    if raw.plans == 0 or not raw.regimen.strip():
        raise Lost("no_plan")
    if raw.plans != 1:
        raise Lost("several_plans", f"There are {raw.plans} plans for the diagnosis.")


def _annotate(
    raw: RawCase,
    source: Source,
    codes: CodeTable,
    secret: bytes,
    who: Identity,
    rules: ImportRules,
) -> Case:
    if len(raw.diagnosis) > rules.most_characters:
        raise Lost("diagnosis_too_long", f"The diagnosis has {len(raw.diagnosis)} characters.")
    regimen, modality = _with_modality(_regimen(raw.regimen, rules), raw.modality)
    code = _code(raw.icd10, codes)
    _check_system(code, rules)
    diagnosis, taken_out = _without_codes(unicodedata.normalize("NFC", raw.diagnosis))
    _check_side(diagnosis, code)
    printed = print_regimen(regimen)
    content = (diagnosis.casefold(), printed, modality.value, code.code)
    key = who.course or keyed_hash(secret, "case", source.name, who.patient, *content)[:12]
    return Case(
        # what is made up is the same in every home of the same secret; a patient's is drawn
        case_id=f"case-{key if raw.synthetic else secrets.token_hex(6)}",
        key=key,
        patient=who.patient,
        diagnosis=diagnosis,
        regimen=printed,
        modality=modality,
        icd10=code.code,
        icd10_system=code.system,
        source=source.name,
        file=raw.file or source.file,
        file_sha256=source.file_sha256,
        row=raw.row,
        primary_icd10=_code(raw.primary_icd10, codes).code if raw.primary_icd10 else "",
        site=raw.site,
        target=raw.target,
        intent=read_intent(raw.intent),
        prior_rt=read_prior(raw.prior_rt),
        year=raw.year,
        age=raw.age,
        sex=raw.sex,
        setting=raw.setting,
        synthetic=raw.synthetic,
        ambiguous=raw.ambiguous,
        repairs=(*raw.repairs, *taken_out),
        kept=kept_columns(raw),
    )


def _regimen(text: str, rules: ImportRules) -> Regimen:
    try:
        regimen = parse_regimen(text)
    except RegimenError as error:
        raise Lost("regimen_unreadable", error.message) from error
    for phase in regimen.phases:
        if phase.dose_rate is DoseRate.EXTERNAL and phase.modality is not Modality.BRACHYTHERAPY:
            _check_plausible(phase, rules)
    return regimen


def _check_plausible(phase: Phase, rules: ImportRules) -> None:
    """Bounds for external beam; by default 100 Gy, and 0.3 to 30 Gy a fraction when fractionated.

    The bounds are wide: 0.5 Gy a fraction is given for arthritis, 90 Gy in one for neuralgia,
    5 x 20 Gy by stereotaxy. They only catch what is no prescription at all.
    """
    each = phase.dose_per_fraction_gy
    if phase.dose_gy > rules.most_gy:
        raise Lost("dose_implausible", f"{phase.dose_gy:g} Gy is more than is ever prescribed.")
    within = rules.least_gy_per_fraction <= (each or 0) <= rules.most_gy_per_fraction
    if each and (phase.fractions or 1) > 1 and not within:
        raise Lost("fraction_implausible", f"{each:g} Gy a fraction is outside of what is given.")


def _with_modality(regimen: Regimen, recorded: str) -> tuple[Regimen, Modality]:
    """The regimen with its modality stated, and the case's modality.

    What the plan does not state is taken from the record; what both state has to agree.
    """
    stated = {phase.modality for phase in regimen.phases if phase.modality}
    label = _recorded_modality(recorded)
    modality = label or regimen.modality
    if modality is None:
        raise Lost("no_modality")
    if label and stated and label not in stated:
        names = " and ".join(sorted(m.value for m in stated))
        raise Lost("modality_contradicts", f"Recorded is {label.value}, the plan says {names}.")
    if stated and modality is Modality.BRACHYTHERAPY:
        return regimen, modality  # an unstated phase beside an implant may be external beam
    return with_modality(regimen, modality), modality


def _recorded_modality(text: str) -> Modality | None:
    if not text.strip():
        return None
    modality = read_modality(text)
    if modality is None:
        raise Lost("modality_unreadable", f"{text.strip()[:40]!r} is no modality.")
    return modality


def _code(text: str, codes: CodeTable) -> Code:
    if not text.strip():
        raise Lost("no_code")
    try:
        return check_code(codes, text)
    except CodeError as error:
        raise Lost("code_unknown", error.message) from error


def _check_system(code: Code, rules: ImportRules) -> None:
    if code.system == "who" and not rules.accept_who_codes:
        raise Lost("code_who", f"{code.code} is a code of the WHO's ICD-10, not of ICD-10-CM.")
    if code.unspecific and not rules.accept_unspecific_codes:
        raise Lost("code_unspecific", f"{code.code} is unspecific.")


def _without_codes(text: str) -> tuple[str, tuple[str, ...]]:
    """The diagnosis without codes, which would hand the answer to the model, and the note."""
    diagnosis = " ".join(text.split())
    found = find_codes_in_text(diagnosis)
    if not found:
        return diagnosis, ()
    for code in found:
        diagnosis = diagnosis.replace(code, " ")
    diagnosis = re.sub(
        r"\bICD-?10(?:-?CM)?\b\s*(?:code)?\s*:?", " ", diagnosis, flags=re.IGNORECASE
    )
    diagnosis = re.sub(r"[(\[]\s*[)\]]", " ", diagnosis)
    diagnosis = re.sub(r"\s+([,;.)])", r"\1", " ".join(diagnosis.split())).strip(" ,;:-")
    if not _WORD.search(diagnosis):
        raise Lost("no_diagnosis", "The diagnosis is nothing but a code.")
    return diagnosis, ("code taken out of the diagnosis text",)


def _check_side(diagnosis: str, code: Code) -> None:
    """A code of one side cannot be that of a diagnosis that names only the other, and plainly.

    Any word or abbreviation that may mean the code's own side (``L``, ``lt``, ``LLL``, ``OS``)
    lets the code pass, so that a remark about the other hip rejects nothing.
    """
    side = laterality(code.description)
    other = {"left": "right", "right": "left"}.get(side)
    if not other or not re.search(rf"\b{other}\b(?!-)", diagnosis, re.IGNORECASE):
        return
    initial, eye = side[0], {"left": "os", "right": "od"}[side]
    short = rf"{initial}|{initial}t|{initial}[ulmio][a-z]{{0,2}}|{eye}"
    own = rf"\b(?:{side}\w*|{short}|bilat\w*|both)\b"
    if not re.search(own, diagnosis, re.IGNORECASE):
        raise Lost("code_contradicts", f"{code.code} is {side}, the diagnosis says {other}.")


def read_intent(text: str) -> Intent:
    """The intent that a word or phrase states; unknown where it states none, or what it is not."""
    stated = _NEGATED.sub(" ", text)
    for pattern, intent in _INTENTS:
        if re.search(pattern, stated, re.IGNORECASE):
            return intent
    return Intent.UNKNOWN


def read_prior(text: str) -> Prior:
    """Whether the text says yes or no to prior radiotherapy to the region; unknown if both."""
    stripped = text.strip()
    if _UNTOLD.search(stripped):
        return Prior.UNKNOWN
    if _NO.search(stripped):
        return Prior.UNKNOWN if re.match(r"y(?:es)?\b", stripped, re.IGNORECASE) else Prior.NO
    return Prior.YES if _YES.search(stripped) else Prior.UNKNOWN
