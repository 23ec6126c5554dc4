"""Why a record is no case: the reasons, each with the step of the funnel at which it is lost.

Readers and curation name reasons by key; a key that is not listed here cannot be used.
"""

from collections.abc import Mapping
from dataclasses import dataclass

EXTRACTED = "extracted"
SINGLE_DIAGNOSIS = "single diagnosis"
PRIMARY_PLAN = "identifiable primary plan"
ANNOTATED = "annotated"
INCLUDED = "included"

STEPS = (EXTRACTED, SINGLE_DIAGNOSIS, PRIMARY_PLAN, ANNOTATED, INCLUDED)


@dataclass(frozen=True)
class Reason:
    """One reason: its key, the step that a record with it does not reach, a sentence."""

    key: str
    step: str
    text: str


class Lost(Exception):
    """Raised by a rule where a record is no case; ``detail`` says what about this record."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = REASONS[reason].key
        self.detail = detail


_TEXTS: dict[str, dict[str, str]] = {
    SINGLE_DIAGNOSIS: {
        "damaged_row": "The row has other columns than the table and cannot be read.",
        "no_patient": "The record names no patient, so nothing could keep a person's records on "
        "one side of a split.",
        "no_diagnosis": "The record has no diagnosis.",
        "diagnosis_unspecific": "The diagnosis is a placeholder that names no disease.",
        "several_diagnoses": "The patient has several diagnoses and the record does not say which "
        "one was treated.",
    },
    PRIMARY_PLAN: {
        "no_plan": "The record has no treatment plan.",
        "several_plans": "There are several courses or prescriptions for the diagnosis and none "
        "is marked as the primary one.",
        "not_radiotherapy": "The treatment is a systemic radionuclide, not external beam or "
        "brachytherapy.",
        "type_unknown": "The record does not say which kind of radiotherapy was given.",
        "target_other": "The course went to a metastasis or a recurrence while the diagnosis "
        "describes the primary.",
        "target_unknown": "The record does not say whether the primary or another site was "
        "treated.",
        "unfinished": "The course was still going on or was broken off, so its dose is not the "
        "prescription.",
    },
    ANNOTATED: {
        "no_dose": "The record has no dose.",
        "no_fractions": "The record has no number of fractions.",
        "dose_unreadable": "The dose is not a number with a unit.",
        "fractions_unreadable": "The number of fractions is not a whole number.",
        "dose_ambiguous": "Dose, unit and fractions do not fit each other and more than one "
        "reading is possible.",
        "dose_implausible": "The dose, or the dose per fraction, is outside of what is given.",
        "regimen_unreadable": "The plan cannot be read as dose and fractions.",
        "no_modality": "Neither the record nor the plan says the modality.",
        "modality_unreadable": "The modality is none of photon, proton, electron, brachytherapy.",
        "modality_contradicts": "The recorded modality is not that of the plan.",
        "no_code": "The record has no ICD-10 code.",
        "code_unknown": "The code is neither an ICD-10-CM nor a WHO ICD-10 code.",
        "code_contradicts": "The code is not that of the disease that the record describes.",
        "number_unreadable": "A number in the record is no number.",
    },
    INCLUDED: {
        "duplicate": "The same record occurs earlier in this import.",
    },
}

REASONS: Mapping[str, Reason] = {
    key: Reason(key, step, text) for step, texts in _TEXTS.items() for key, text in texts.items()
}
