"""The ``tcga`` profile: clinical tables of The Cancer Genome Atlas (BCR Biotab) as raw cases.

A cohort is two tables, patients and courses, joined on the patient's barcode. Each course
becomes one raw case, or says why it is none; no course is dropped. A patient's course is the
primary plan if it is the only one that went to the primary or its regional site: courses to a
metastasis or a recurrence, and radioiodine, are no rivals to it, a second course that may have
been its boost is. Doses are read and repaired by ``doses``.

The tables do not code the radiation of an external beam. It is taken as photons, which most of
it was, and each case says so among its repairs.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from store.cases import RawCase
from store.clinical.modality import read_modality
from store.clinical.regimen import Modality
from store.curation import Source
from store.errors import RadoncError
from store.importing.doses import BRACHYTHERAPY, EXTERNAL, is_stereotactic, read_prescription
from store.importing.origin import Origin
from store.importing.readers import Asked, Records
from store.importing.tcga_words import Row, diagnosis_sentence, is_melanoma, organ, said
from store.lines import sha256_file
from store.reasons import Lost

FILE_NAME = re.compile(r".*clinical_(?P<kind>patient|radiation)_(?P<cohort>\w+)\.txt")
PHOTON_NOTE = "particle not coded: external beam taken as photon"

COLUMNS = {
    "patient": "bcr_patient_barcode",
    "diagnosis": "histological_type",
    "diagnoses": "other_dx",
    "icd10": "icd_10",
    "modality": "radiation_type",
    "target": "anatomic_treatment_site",
    "dose": "radiation_dosage",
    "fractions": "numfractions",
}
"""The column that each field is read from, to be named where it is the trouble."""

_AGAIN = "Download the table again, as the Biotab file that TCGA gives."
_EXTERNAL = {"External", "EXTERNAL BEAM"}
_IMPLANT = {"Internal", "IMPLANTS"}
_SYSTEMIC = {"Systemic", "RADIOISOTOPE"}
_HERE = {"Primary Tumor Field": "primary tumor", "Regional site": "regional site"}
_LATER = {"PROGRESSION", "RECURRENCE"}
_LATER_NOTE = re.compile(r"progress|recur|\bmets?\b|metasta|new primary|spine|left breast", re.I)
_BROKEN_OFF = re.compile(r"stopped|treatment ended|not complete|discontinu", re.I)
_KEPT = {
    "radiation_type": "radiation type",
    "radiation_type_notes": "radiation type note",
    "anatomic_treatment_site": "site treated",
    "radiation_dosage": "dose",
    "units": "units",
    "numfractions": "fractions",
    "regimen_indication": "indication",
    "tumor_tissue_site": "site",
    "histological_type": "histology",
    "icd_10": "icd10",
}
"""The columns of both tables that are kept as they are recorded; no free text but type notes."""


def begin(asked: Asked) -> tuple[int, Records]:
    """The courses of all cohorts among the files.

    Raises:
        RadoncError: there is none, or a file is no Biotab table.
    """
    pairs = find_cohorts(asked.files)
    return sum(1 for _, courses in pairs for _ in read_biotab(courses)), _records(pairs)


def _records(pairs: list[tuple[Path, Path]]) -> Records:
    for patients, courses in pairs:
        origin = Origin(Source("tcga", courses.name, sha256_file(courses)), COLUMNS)
        for raw in read_cohort(patients, courses):
            yield raw, origin


@dataclass(frozen=True)
class Course:
    """One row of a radiation table with its line number."""

    line: int
    row: Row

    @property
    def patient(self) -> str:
        return self.row["bcr_patient_barcode"]


def find_cohorts(files: Iterable[Path]) -> list[tuple[Path, Path]]:
    """The (patient, radiation) pairs of tables among ``files``, by folder and cohort.

    Raises:
        RadoncError: there is none, or a radiation table has no patient table beside it.
    """
    found: dict[tuple[Path, str], dict[str, Path]] = defaultdict(dict)
    for file in files:
        match = FILE_NAME.fullmatch(file.name)
        if match:
            found[file.parent, match["cohort"]][match["kind"]] = file
    pairs = [tables for _, tables in sorted(found.items()) if "radiation" in tables]
    if not pairs:
        raise RadoncError(
            "No radiation table of the TCGA was found.",
            "The profile reads *_clinical_radiation_<cohort>.txt with the patient table beside it.",
        )
    for tables in pairs:
        if "patient" not in tables:
            raise RadoncError(
                f"{tables['radiation'].name} has no patient table beside it.",
                "Put the *_clinical_patient_ table of the same cohort into the same folder.",
            )
    return [(tables["patient"], tables["radiation"]) for tables in pairs]


def read_cohort(patient_file: Path, radiation_file: Path) -> Iterator[RawCase]:
    """Every course of a cohort as a raw case, in the order of the radiation table.

    Raises:
        RadoncError: a file is no Biotab table.
    """
    patients = {row["bcr_patient_barcode"]: row for _, row in read_biotab(patient_file) if row}
    lines = list(read_biotab(radiation_file))
    courses = [Course(line, row) for line, row in lines if row]
    by_patient: dict[str, list[Course]] = defaultdict(list)
    for course in courses:
        by_patient[course.patient].append(course)
    for line, row in lines:
        if row is None:
            yield RawCase("", "", "", reject="damaged_row", row=line, file=radiation_file.name)
            continue
        course = Course(line, row)
        patient = patients.get(course.patient)
        raw = _blank(course, patient or {}, radiation_file.name)
        try:
            yield _case(raw, course, patient, by_patient[course.patient])
        except Lost as lost:
            yield replace(raw, reject=lost.reason, detail=lost.detail)


def read_biotab(file: Path) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Line number and row of each data line; None where the line has other columns.

    Three lines of header: display names, CDE names (which are the same in every variant of the
    tables, so columns go by them), CDE ids. Nothing is quoted. Of two columns with one name the
    first that says something counts.

    Raises:
        RadoncError: the file is not such a table.
    """
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise RadoncError(
            f"{file.name} is not UTF-8 text at byte {error.start}.", _AGAIN
        ) from error
    # a cell may hold what else Python takes for the end of a line, such as U+2028
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    if len(lines) < 3 or "CDE_ID" not in lines[2] or "bcr_patient_barcode" not in lines[1]:
        raise RadoncError(
            f"{file.name} is no Biotab table: its second and third line name no CDE columns.",
            _AGAIN,
        )
    header = lines[1].split("\t")
    for number, line in enumerate(lines[3:], 4):
        cells = line.split("\t")
        if len(cells) != len(header):
            yield number, None
            continue
        row: dict[str, str] = {}
        for name, cell in zip(header, cells, strict=True):
            if not said(row, name):
                row[name] = cell
        yield number, row


def _blank(course: Course, patient: Row, file: str) -> RawCase:
    """What is known of a course whatever comes of it."""
    both = {**patient, **course.row}
    kept = {name: said(both, column) for column, name in _KEPT.items()}
    return RawCase(
        patient=course.patient,
        course=said(course.row, "bcr_radiation_barcode"),
        diagnosis="",
        regimen="",
        row=course.line,
        file=file,
        kept={name: value for name, value in kept.items() if value},
    )


def _case(raw: RawCase, course: Course, patient: Row | None, courses: list[Course]) -> RawCase:
    """The course as a case.

    Raises:
        Lost: it is none.
    """
    if patient is None:
        raise Lost("no_diagnosis", "The patient table has no row for the patient of this course.")
    if "Synchronous" in said(patient, "other_dx"):
        raise Lost("several_diagnoses", "A synchronous or bilateral malignancy is recorded.")
    diagnosis = diagnosis_sentence(patient)
    _check_target(course.row)
    if said(course.row, "radiation_type") in _SYSTEMIC:
        raise Lost("not_radiotherapy")
    _check_only(course, courses)
    modality, notes = _modality(course.row)
    _check_finished(course.row)
    regimen, repairs = _regimen(course.row, patient, modality)
    icd10 = said(patient, "icd_10")
    _check_code(icd10, course.row, patient)
    return replace(
        raw,
        diagnosis=diagnosis,
        regimen=regimen,
        modality=modality.value,
        icd10=icd10,
        site=organ(patient),
        target=_HERE[said(course.row, "anatomic_treatment_site")],
        intent=said(course.row, "regimen_indication"),
        year=_whole(patient, "year_of_initial_pathologic_diagnosis"),
        age=_whole(patient, "age_at_initial_pathologic_diagnosis"),
        sex=said(patient, "gender").lower(),
        repairs=(*notes, *repairs),
    )


def _check_target(row: Row) -> None:
    site = said(row, "anatomic_treatment_site")
    if not site:
        raise Lost("target_unknown")
    if site not in _HERE:
        raise Lost("target_other", f"The course went to: {site.lower()}.")
    if _is_later(row):
        raise Lost("target_other", "The course was given for progression or recurrence.")


def _is_later(row: Row) -> bool:
    return said(row, "regimen_indication") in _LATER or bool(
        _LATER_NOTE.search(said(row, "regimen_indication_notes"))
    )


def _check_only(course: Course, courses: list[Course]) -> None:
    """Only one course may have gone to the primary or its regional site."""
    rivals = [
        other
        for other in courses
        if said(other.row, "radiation_type") not in _SYSTEMIC
        and said(other.row, "anatomic_treatment_site") in (*_HERE, "")
        and not _is_later(other.row)
    ]
    lines = [other.line for other in rivals if other.line != course.line]
    if lines:
        where = " and ".join(str(line) for line in lines)
        raise Lost("several_plans", f"Other such courses of the patient are in row {where}.")


def _modality(row: Row) -> tuple[Modality, tuple[str, ...]]:
    kind, note = said(row, "radiation_type"), said(row, "radiation_type_notes")
    if kind in _EXTERNAL:
        return Modality.PHOTON, (PHOTON_NOTE,)
    if kind in _IMPLANT:
        return Modality.BRACHYTHERAPY, ()
    if kind == "COMBINATION":
        raise Lost("several_plans", "A combination of external beam and implant has one dose.")
    named = read_modality(note) if kind == "OTHER" else None
    if named is None:
        raise Lost("type_unknown")
    return named, (f"type OTHER: {named.value} by its note",)


def _check_finished(row: Row) -> None:
    if said(row, "radiation_treatment_ongoing") == "YES":
        raise Lost("unfinished", "The course is recorded as ongoing.")
    if _BROKEN_OFF.search(said(row, "regimen_indication_notes")):
        raise Lost("unfinished", "A note says that the course was broken off.")


def _regimen(row: Row, patient: Row, modality: Modality) -> tuple[str, tuple[str, ...]]:
    dose, fractions = said(row, "radiation_dosage"), said(row, "numfractions")
    if not dose:
        raise Lost("no_dose")
    if not fractions:
        raise Lost("no_fractions")
    # large fractions to a high dose are usual in the lung
    large = organ(patient) == "lung" or is_stereotactic(said(row, "radiation_type_notes"))
    rules = BRACHYTHERAPY if modality is Modality.BRACHYTHERAPY else EXTERNAL
    read = read_prescription(dose, said(row, "units"), fractions, rules, stereotactic=large)
    return f"{read.text}, {modality.value}", read.repairs


def _check_code(icd10: str, row: Row, patient: Row) -> None:
    """The code is copied from the sampled tissue, so it may name a node or miss the histology."""
    nodal = icd10.startswith(("C77", "C78", "C79"))
    if nodal and said(row, "anatomic_treatment_site") == "Primary Tumor Field":
        raise Lost("code_contradicts", f"{icd10} is a metastasis, the primary was treated.")
    if is_melanoma(patient) and not nodal and not icd10.startswith(("C43", "C69")):
        raise Lost("code_contradicts", f"{icd10} is no code of a melanoma or its metastases.")


def _whole(row: Mapping[str, str], column: str) -> int | None:
    text = said(row, column)
    return int(text) if text.isdigit() else None
