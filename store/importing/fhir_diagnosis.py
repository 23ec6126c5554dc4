"""The diagnosis of a course: the one that it names by code or by reference, and nothing else.

A SNOMED CT code is never mapped to ICD-10: the maps that exist ask for a choice, which is a
person's. Such diagnoses are kept as candidates. Text counts only with a date on or before the
decision, for what was written later may tell what was given.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from store.importing.fhir_json import (
    ICD10,
    ICD10_CM,
    Json,
    codes,
    date,
    extension_value,
    reference,
    references,
    snomed_names,
    surely_by,
    words,
)
from store.reasons import Lost

FindRecord: TypeAlias = Callable[[str, tuple[str, ...]], Json]
"""Finds the resource of one of some kinds that a reference names; raises Lost without."""

_REFUTED = {"refuted", "entered-in-error"}
_STAGES = 2


@dataclass
class Diagnosis:
    """What is known of the diagnosis: a text, ICD-10 codes, words by code of SNOMED CT."""

    text: str = ""
    icd10: list[str] = field(default_factory=list[str])
    candidates: dict[str, str] = field(default_factory=dict[str, str])
    names: list[str] = field(default_factory=list[str])

    def check(self, linked: bool) -> None:
        """Whether there is one diagnosis.

        ``linked`` says that the patient has a condition in the files.

        Raises:
            Lost: there is none, or several, or none with an ICD-10 code.
        """
        if not self.names:
            raise Lost("diagnosis_unlinked" if linked else "no_diagnosis")
        if len(self.icd10) > 1:
            raise Lost("several_diagnoses", f"The course names {len(self.icd10)} ICD-10 codes.")

    def check_code(self) -> None:
        """Whether the diagnosis has a code that needs no mapping.

        Raises:
            Lost: there are SNOMED CT codes alone.
        """
        if self.candidates and not self.icd10:
            raise Lost("code_candidates")


def diagnosis_of(records: list[Json], find: FindRecord, decision: str) -> Diagnosis:
    """The diagnosis that the first of ``records`` (prescription, plan, summary) names.

    Raises:
        Lost: all references to a condition lead nowhere, or the condition is of a later date.
    """
    found, dangling = Diagnosis(), None
    for record in records:
        for concept in record.get("reasonCode", ()):
            _add(found, concept)
        for address in references(record, "reasonReference"):
            try:
                condition = find(address, ("Condition", "Observation"))
            except Lost as lost:
                dangling = lost
                continue
            _add_condition(found, condition, find, decision)
        if found.names:
            break
    if dangling and not found.names:
        raise dangling
    found.text = "; ".join(filter(None, found.names))
    return found


def _add(found: Diagnosis, concept: Json) -> None:
    """A reason that is coded: of ICD-10-CM and the WHO's ICD-10 the finer one counts."""
    chosen = codes(concept, ICD10_CM) or codes(concept, ICD10)
    found.icd10 += [code for code in chosen if code not in found.icd10]
    found.candidates |= snomed_names(concept)
    name = words(concept)
    if (name or chosen) and name not in found.names:
        found.names.append(name)


def _add_condition(found: Diagnosis, condition: Json, find: FindRecord, decision: str) -> None:
    status = {
        str(coding.get("code"))
        for coding in condition.get("verificationStatus", {}).get("coding", ())
    }
    if condition["resourceType"] != "Condition" or status & _REFUTED:
        return
    known = date(condition.get("onsetDateTime")) or date(condition.get("recordedDate"))
    if known and decision and known[:4] > decision[:4]:
        raise Lost("text_after_decision", "The condition was recorded after the decision.")
    _add(found, condition.get("code", {}))
    histology = extension_value(
        condition, "mcode-histology-morphology-behavior", "valueCodeableConcept"
    )
    said = [words(histology) if histology else ""]
    said += [words(site) for site in condition.get("bodySite", ())]
    said += _stages(condition, find, decision)
    said += [
        " ".join(str(note.get("text", "")).split())
        for note in condition.get("note", ())
        if surely_by(date(note.get("time")), decision)
    ]
    found.names += [part for part in said if part and part not in found.names]


def _stages(condition: Json, find: FindRecord, decision: str) -> list[str]:
    """The stages whose assessment is dated on or before the decision."""
    said: list[str] = []
    for stage in condition.get("stage", ())[:_STAGES]:
        for assessment in stage.get("assessment", ()):
            address = reference({"is": assessment}, "is")
            try:
                observed = find(address, ("Observation",))
            except Lost:
                continue  # a stage without a date is not taken, and the diagnosis stands without it
            if surely_by(date(observed.get("effectiveDateTime")), decision):
                said.append(words(stage.get("summary", {})))
    return said
