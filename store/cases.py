"""What a case is: one patient, one diagnosis, one primary plan, in words that may be kept.

These are the records that flow from the readers (``importing``, ``synthetic``) through
``curation`` into the store. The identifying row itself never gets this far: a raw case carries
its patient only as a key to be hashed, and only mapped clinical columns besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from store.clinical.regimen import Modality


class Intent(StrEnum):
    CURATIVE = "curative"
    ADJUVANT = "adjuvant"
    NEOADJUVANT = "neoadjuvant"
    PALLIATIVE = "palliative"
    BENIGN = "benign"
    PROPHYLACTIC = "prophylactic"
    UNKNOWN = "unknown"


class Prior(StrEnum):
    """Prior radiotherapy to the region treated."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class RawCase:
    """One record as a reader understood it, before curation; text fields as the source has them.

    ``patient`` is whatever groups records of one person in the source; it is hashed with the
    home's secret and then dropped. ``course`` tells courses of one patient apart. ``diagnoses``
    and ``plans`` count the records of each that the source holds for the course; ``diseases`` those
    of the patient, where the record names no course and holds its own diagnosis. A reader that
    already knows why the record cannot be a case sets ``reject`` to a reason of ``reasons``.
    ``kept`` holds the clinical columns as the source has them, where that says more than the
    fields above (a dose that was repaired, a course that is no case).

    ``identifiers`` are the row's own (name, record numbers, birth date, address, phone ...), to be
    taken out of its text wherever they occur and dropped with the row, as ``attending`` (the
    physician, coded by a keyed hash before it is kept), ``decided`` (the day on which the
    prescription was approved) and ``written`` (the day of the latest text in ``diagnosis``) are.
    """

    patient: str
    diagnosis: str
    regimen: str
    modality: str = ""
    icd10: str = ""
    course: str = ""
    primary_icd10: str = ""
    diagnoses: int = 1
    plans: int = 1
    diseases: int = 1
    site: str = ""
    target: str = ""
    intent: str = ""
    prior_rt: str = ""
    year: int | None = None
    age: int | None = None
    sex: str = ""
    setting: str = ""
    synthetic: bool = False
    ambiguous: bool = False
    repairs: tuple[str, ...] = ()
    reject: str = ""
    detail: str = ""
    row: int = 0
    file: str = ""
    kept: Mapping[str, str] = field(default_factory=dict[str, str])
    identifiers: tuple[str, ...] = ()
    attending: str = ""
    decided: date | None = None
    written: date | None = None


@dataclass(frozen=True)
class Case:
    """One case that may be trained on: (patient, diagnosis, primary plan).

    ``case_id`` is random, so that it says nothing of the patient; ``key`` is a keyed hash by which
    the same course is known again. ``patient`` is a keyed hash; ``regimen`` is the canonical
    print of the parsed phases; ``icd10_system`` is "cm" or "who"; ``kept`` holds the mapped
    clinical columns of the source row as text. ``setting`` names the synthetic setting and is
    empty for real cases.
    """

    case_id: str
    patient: str
    diagnosis: str
    regimen: str
    modality: Modality
    icd10: str
    icd10_system: str
    source: str
    file: str
    file_sha256: str
    row: int
    primary_icd10: str = ""
    site: str = ""
    target: str = ""
    intent: Intent = Intent.UNKNOWN
    prior_rt: Prior = Prior.UNKNOWN
    year: int | None = None
    age: int | None = None
    sex: str = ""
    setting: str = ""
    synthetic: bool = False
    ambiguous: bool = False
    repairs: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict[str, str])
    key: str = ""


@dataclass(frozen=True)
class Reject:
    """One record that is no case, with the reason and the sentence that says where and why.

    ``patient`` and ``course`` are keyed hashes as a case's ``patient`` and ``key``, so that a
    record which is put right becomes the case that it would have been; "" where there is none.
    """

    reject_id: str
    reason: str
    detail: str
    source: str
    file: str
    file_sha256: str
    row: int
    kept: Mapping[str, str] = field(default_factory=dict[str, str])
    patient: str = ""
    course: str = ""
