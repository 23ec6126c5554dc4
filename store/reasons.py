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
    """One reason: its key, the step that a record with it does not reach, a sentence.

    ``field`` is the field of a raw case that the reason is about, by which a reader can name
    the column; "" where it is about the whole record.
    """

    key: str
    step: str
    field: str
    text: str


class Lost(Exception):
    """Raised by a rule where a record is no case; ``detail`` says what about this record."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = REASONS[reason].key
        self.detail = detail


_ALL = (
    Reason(
        "no_patient",
        SINGLE_DIAGNOSIS,
        "patient",
        "The record names no patient, so nothing could keep a person on one side of a split.",
    ),
    Reason("no_diagnosis", SINGLE_DIAGNOSIS, "diagnosis", "The record has no diagnosis."),
    Reason(
        "diagnosis_unspecific",
        SINGLE_DIAGNOSIS,
        "diagnosis",
        "The diagnosis is a placeholder that names no disease.",
    ),
    Reason(
        "several_diagnoses",
        SINGLE_DIAGNOSIS,
        "diagnoses",
        "The patient has several diagnoses and the record does not say which was treated.",
    ),
    Reason(
        "damaged_row",
        SINGLE_DIAGNOSIS,
        "",
        "The row has other columns than its table and cannot be read.",
    ),
    Reason("no_plan", PRIMARY_PLAN, "regimen", "The record has no treatment plan."),
    Reason(
        "several_plans",
        PRIMARY_PLAN,
        "plans",
        "There are several courses for the diagnosis and none is marked as the primary one.",
    ),
    Reason(
        "not_radiotherapy",
        PRIMARY_PLAN,
        "modality",
        "The treatment is a systemic radionuclide, not external beam or brachytherapy.",
    ),
    Reason(
        "type_unknown",
        PRIMARY_PLAN,
        "modality",
        "The record does not say which kind of radiotherapy was given.",
    ),
    Reason(
        "target_other",
        PRIMARY_PLAN,
        "target",
        "The course went to a metastasis or a recurrence; the diagnosis is that of the primary.",
    ),
    Reason(
        "target_unknown",
        PRIMARY_PLAN,
        "target",
        "The record does not say whether the primary or another site was treated.",
    ),
    Reason(
        "unfinished",
        PRIMARY_PLAN,
        "regimen",
        "The course was going on or broken off, so its dose is not the prescription.",
    ),
    Reason(
        "diagnosis_too_long",
        ANNOTATED,
        "diagnosis",
        "The diagnosis is longer than a diagnosis text can be.",
    ),
    Reason("no_dose", ANNOTATED, "dose", "The record has no dose."),
    Reason("no_fractions", ANNOTATED, "fractions", "The record has no number of fractions."),
    Reason("dose_unreadable", ANNOTATED, "dose", "The dose is not a number with a unit."),
    Reason(
        "fractions_unreadable",
        ANNOTATED,
        "fractions",
        "The number of fractions is not a whole number.",
    ),
    Reason(
        "dose_ambiguous",
        ANNOTATED,
        "dose",
        "Dose, unit and fractions do not fit, and more than one reading is possible.",
    ),
    Reason(
        "dose_implausible",
        ANNOTATED,
        "dose",
        "The dose, or the dose per fraction, is outside of what is given.",
    ),
    Reason(
        "regimen_unreadable",
        ANNOTATED,
        "regimen",
        "The plan cannot be read as dose and fractions.",
    ),
    Reason(
        "no_modality", ANNOTATED, "modality", "Neither the record nor the plan says the modality."
    ),
    Reason(
        "modality_unreadable",
        ANNOTATED,
        "modality",
        "The modality is none of photon, proton, electron, brachytherapy.",
    ),
    Reason(
        "modality_contradicts",
        ANNOTATED,
        "modality",
        "The recorded modality is not that of the plan.",
    ),
    Reason("no_code", ANNOTATED, "icd10", "The record has no ICD-10 code."),
    Reason(
        "code_unknown",
        ANNOTATED,
        "icd10",
        "The code is neither an ICD-10-CM nor a WHO ICD-10 code.",
    ),
    Reason(
        "code_contradicts",
        ANNOTATED,
        "icd10",
        "The code is not that of the disease that the record describes.",
    ),
    Reason(
        "diagnosis_unlinked",
        SINGLE_DIAGNOSIS,
        "diagnosis",
        "No diagnosis is linked to the course, so nothing says what was treated.",
    ),
    Reason(
        "text_after_decision",
        SINGLE_DIAGNOSIS,
        "text_date",
        "The text was written after the decision on treatment, which it may tell.",
    ),
    Reason(
        "date_unreadable",
        SINGLE_DIAGNOSIS,
        "text_date",
        "The dates do not say whether the text was written before the decision on treatment.",
    ),
    Reason(
        "quality_assurance",
        PRIMARY_PLAN,
        "",
        "The plan is one of quality assurance or of a phantom, not of a patient's treatment.",
    ),
    Reason(
        "not_approved",
        PRIMARY_PLAN,
        "regimen",
        "Neither a prescription nor a plan of the course was approved or treated.",
    ),
    Reason(
        "damaged_file",
        SINGLE_DIAGNOSIS,
        "",
        "The file, or this record of it, is damaged or no such file, and cannot be read.",
    ),
    Reason(
        "reference_dangling",
        PRIMARY_PLAN,
        "",
        "The record points to another that is not in the files.",
    ),
    Reason(
        "only_delivered",
        PRIMARY_PLAN,
        "dose",
        "The record says what was delivered and not what was prescribed.",
    ),
    Reason(
        "phases_missing",
        PRIMARY_PLAN,
        "regimen",
        "The course has several phases or targets and does not say what was given together.",
    ),
    Reason(
        "code_candidates",
        ANNOTATED,
        "icd10",
        "The diagnosis is coded in SNOMED CT alone; an ICD-10 code is for a person to choose.",
    ),
    Reason(
        "text_undated",
        SINGLE_DIAGNOSIS,
        "text_date",
        "Text or decision has no date, and the rules of this home take no such record.",
    ),
    Reason(
        "fraction_implausible",
        ANNOTATED,
        "dose",
        "The dose per fraction is outside of the bounds that the rules of this home set.",
    ),
    Reason(
        "code_who",
        ANNOTATED,
        "icd10",
        "The code is of the WHO's ICD-10 alone, and the rules of this home take ICD-10-CM.",
    ),
    Reason(
        "code_unspecific",
        ANNOTATED,
        "icd10",
        "The code is unspecific, and the rules of this home take no such code.",
    ),
    Reason("duplicate", INCLUDED, "", "The same record occurs earlier in this import."),
)

REASONS: Mapping[str, Reason] = {reason.key: reason for reason in _ALL}
