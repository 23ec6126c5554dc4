"""The diagnosis of a course: the one that it names by code or by reference, and nothing else.

A SNOMED CT code is never mapped to ICD-10: the maps that exist ask for a choice, which is a
person's. Such diagnoses are kept as candidates. Notes and stages count only with a date on or
before the decision, for what was written later may tell what was given; of everything else the
date is handed on, to be compared (``question``). When a disease began is not when its text was
written.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from store.importing.fhir_json import (
    ICD10,
    ICD10_CM,
    Json,
    codes,
    date,
    day_of,
    extension_value,
    reference,
    references,
    snomed_names,
    surely_after,
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
    """What is known of the diagnosis: a text, ICD-10 codes, words by code of SNOMED CT.

    ``dates`` are those on which its parts were written, in ISO form and as far as they are known.
    """

    text: str = ""
    icd10: list[str] = field(default_factory=list[str])
    candidates: dict[str, str] = field(default_factory=dict[str, str])
    names: list[str] = field(default_factory=list[str])
    dates: list[str] = field(default_factory=list[str])

    @property
    def written(self) -> datetime.date | None:
        """The day of the latest part; None where no part has a whole date."""
        return max(filter(None, map(day_of, self.dates)), default=None)

    @property
    def dated(self) -> bool:
        """Whether every part has a whole date."""
        return bool(self.dates) and all(map(day_of, self.dates))

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
        Lost: all references to a condition lead nowhere, or the condition is of a later year or
            month than the decision; whole dates are handed on.
    """
    found, dangling = Diagnosis(), None
    for record in records:
        for concept in record.get("reasonCode", ()):
            if _add(found, concept):
                found.dates.append(date(record.get("authoredOn")))  # a summary has no such date
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


def _add(found: Diagnosis, concept: Json) -> bool:
    """A reason that is coded: of ICD-10-CM and the WHO's ICD-10 the finer one counts.

    Returns:
        whether it says anything that was not known.
    """
    chosen = codes(concept, ICD10_CM) or codes(concept, ICD10)
    found.icd10 += [code for code in chosen if code not in found.icd10]
    found.candidates |= snomed_names(concept)
    name = words(concept)
    if not (name or chosen) or name in found.names:
        return False
    found.names.append(name)
    return True


def _add_condition(found: Diagnosis, condition: Json, find: FindRecord, decision: str) -> None:
    status = {
        str(coding.get("code"))
        for coding in condition.get("verificationStatus", {}).get("coding", ())
    }
    if condition["resourceType"] != "Condition" or status & _REFUTED:
        return
    recorded, onset = (date(condition.get(name)) for name in ("recordedDate", "onsetDateTime"))
    vague = recorded and not day_of(recorded)
    if surely_after(onset, decision) or (vague and surely_after(recorded, decision)):
        raise Lost("text_after_decision", "The condition was recorded after the decision.")
    found.dates.append(recorded)
    _add(found, condition.get("code", {}))
    histology = extension_value(
        condition, "mcode-histology-morphology-behavior", "valueCodeableConcept"
    )
    said = [words(histology) if histology else ""]
    said += [words(site) for site in condition.get("bodySite", ())]
    said += _stages(condition, find, decision)
    for note in condition.get("note", ()):
        if surely_by(time := date(note.get("time")), decision):
            said.append(" ".join(str(note.get("text", "")).split()))
            found.dates.append(time)
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
