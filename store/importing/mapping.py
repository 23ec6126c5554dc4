"""Which column of a table is which field of a case.

Columns are guessed by their names alone, never by what is in them; what the person says with
``--map field=column`` counts more. A value after ``@`` holds for every row, as in
``modality=@photon``; ``patient=@row`` says that every row is another patient, and ``site=@``
that no column is the site, whatever the guess.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from store.errors import BadUsage, RadoncError

SYNONYMS: Mapping[str, str] = {
    "patient": (
        "mrn patientid patient medicalrecordnumber patientnumber patientmrn patientkey "
        "subjectid subject pid pat"
    ),
    "diagnosis": (
        "diagnosis dx diagnosistext diagnosisdescription primarydiagnosis clinicaldiagnosis "
        "dxdescription dxtext"
    ),
    "regimen": (
        "prescription rx regimen treatmentregimen treatmentplan plan rxtext prescriptiontext "
        "plandescription treatment"
    ),
    "icd10": "icd10 icd10code icd10cm icd10cmcode icd icdcode diagnosiscode dxcode code",
    "modality": "modality treatmentmodality radiationtype beamtype particle",
    "dose": (
        "totaldose dose prescribeddose prescriptiondose rxdose totaldosegy totaldosecgy "
        "dosegy dosecgy totalgy"
    ),
    "unit": "unit units doseunit doseunits",
    "fractions": (
        "fractions numberoffractions nfractions numfractions nooffractions fractioncount fx fxs"
    ),
    "dose_per_fraction": (
        "doseperfraction doseperfx fractiondose dosefx dosefraction doseperfractiongy "
        "doseperfractioncgy dailydose"
    ),
    "course": "courseid course coursenumber",
    "primary_icd10": "primaryicd10 primaryicd",
    "site": "site bodysite primarysite diseasesite tumorsite tumoursite",
    "target": "target targetvolume treatmentsite treatedsite",
    "intent": "intent treatmentintent",
    "prior_rt": "priorrt priorradiotherapy priorradiation previousradiotherapy",
    "year": "year treatmentyear yearoftreatment diagnosisyear startdate",
    "age": "age ageatdiagnosis ageattreatment patientage",
    "sex": "sex gender",
    "decision_date": (
        "decisiondate approvaldate prescriptionapproval prescriptionapproved prescriptiondate "
        "approvedon rxdate dateofprescription prescribedon"
    ),
    "text_date": "textdate notedate reportdate dictationdate documentdate dateofnote",
    "date_order": "dateorder",
    "attending": (
        "attending attendingphysician physician radiationoncologist oncologist provider "
        "prescriber consultant"
    ),
    "delivered": (
        "delivereddose delivered dosedelivered delivereddosegy delivereddosecgy deliveredgy "
        "deliveredcgy actualdose dosereceived"
    ),
    "ended_early": (
        "endedearly reasonended earlyend stoppedearly discontinued reasonstopped "
        "discontinuationreason terminationreason"
    ),
    "identifier": (
        "name patientname fullname firstname lastname surname givenname familyname middlename "
        "maidenname dob dateofbirth birthdate birthday address streetaddress street addressline1 "
        "addressline2 city zip zipcode postcode postalcode phone phonenumber telephone homephone "
        "workphone mobile mobilephone cell cellphone fax email emailaddress accession accessionno "
        "accessionnumber ssn socialsecuritynumber nhsnumber nationalid insuranceid "
        "insurancenumber policynumber memberid healthcardnumber visitnumber encounterid "
        "encounternumber csn account accountnumber nextofkin emergencycontact contact spouse"
    ),
}
"""The names of each field's column, letters and digits only, the likeliest first.

Of one field there is one column, but of ``identifier``: each is a field of its own
(``identifier:Phone``), and what else could be the patient's number is one too.
"""

IDENTIFIER = "identifier"

_PLAN_NAMES = {"plan", "treatmentplan", "plandescription", "treatment"}
_NEEDED = ("patient", "diagnosis", "icd10")
_DOSES = {"dose", "fractions", "dose_per_fraction"}
_UNIT = re.compile(r"[(\[]\s*(c?gy)\s*[)\]]\s*$", re.I)


def guess_mapping(columns: Sequence[str]) -> dict[str, str]:
    """Field to column, for the columns whose names say what they hold; none is used twice.

    A prescription as text goes before dose and fractions; a plan, which may be no more than a
    plan's name, comes after them.
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_bare(column), column)
    guessed: dict[str, str] = {}
    for field, names in SYNONYMS.items():
        found = next((by_name[name] for name in names.split() if name in by_name), None)
        if found and field != IDENTIFIER:
            guessed[field] = found
    in_columns = len(_DOSES & guessed.keys()) > 1
    if in_columns and _bare(guessed.get("regimen", "")) in _PLAN_NAMES:
        del guessed["regimen"]
    if "regimen" in guessed:
        for field in ("dose", "unit", "fractions", "dose_per_fraction"):
            guessed.pop(field, None)
    own = {*SYNONYMS[IDENTIFIER].split(), *SYNONYMS["patient"].split()} & by_name.keys()
    left = [column for column in columns if _bare(column) in own]
    used = set(guessed.values())
    return guessed | {identifier_field(column): column for column in left if column not in used}


def identifier_field(column: str) -> str:
    """The field that a column of identifiers is: there may be many, each is its own."""
    return f"{IDENTIFIER}:{column}"


def kind_of(field: str) -> str:
    """The field as it is offered and shown: one for all columns of identifiers."""
    return IDENTIFIER if field.startswith(f"{IDENTIFIER}:") else field


def check_fields(mapping: Mapping[str, str]) -> None:
    """Whether all fields of a mapping exist.

    Raises:
        BadUsage: one does not.
    """
    for field in mapping:
        if kind_of(field) not in SYNONYMS:
            raise BadUsage(f"There is no field {field!r}.", f"Fields are {', '.join(SYNONYMS)}.")


def _bare(column: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _UNIT.sub(r"\1", column.casefold()))


def parse_map_options(options: Sequence[str]) -> dict[str, str]:
    """``["diagnosis=Dx", ...]`` as a mapping.

    Raises:
        BadUsage: an option has no ``=``, names no field, or names a field again.
    """
    mapping: dict[str, str] = {}
    for option in options:
        field, equals, column = option.partition("=")
        field, column = field.strip().casefold(), column.strip()
        if not equals or not column:
            raise BadUsage(f"--map {option} is no field=column.", "An example: --map diagnosis=Dx")
        check_fields({field: column})
        key = identifier_field(column) if field == IDENTIFIER else field
        if key in mapping:
            raise BadUsage(f"--map names the field {field!r} twice.", "Give each field once.")
        mapping[key] = column
    return mapping


def complete_mapping(
    path: Path, columns: Sequence[str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """The guess for a table's columns, overruled by what was chosen.

    Raises:
        RadoncError: a chosen column is not there, or a field that a case needs has no column.
    """
    for field, column in chosen.items():
        if column not in columns and not column.startswith("@"):
            raise RadoncError(
                f"{path.name} has no column {column!r} (for {field}).",
                _listed(columns, chosen),
            )
    mapping = merge_mapping(columns, chosen)
    missing = missing_fields(mapping)
    if missing:
        raise RadoncError(
            f"{path.name}, row 1 names no column that is plainly the {' or the '.join(missing)}.",
            f"Name it with --map {missing[0]}=COLUMN. {_listed(columns, chosen)}",
        )
    return mapping


def merge_mapping(columns: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """The guess for these columns, overruled by what was chosen; fields may still be missing."""
    guessed = guess_mapping(columns)
    refused = {guessed.get(field) for field, column in chosen.items() if column == "@"}
    spoken_for = refused | set(chosen.values())
    guessed = guess_mapping([column for column in columns if column not in spoken_for])
    if any(chosen.get(field, "@") != "@" for field in _DOSES):
        guessed.pop("regimen", None)
    merged = guessed | dict(chosen)
    return {field: column for field, column in merged.items() if column != "@"}


def missing_fields(mapping: Mapping[str, str]) -> list[str]:
    """The fields without which no row can be a case; two of the dose's stand for a regimen."""
    missing = [field for field in _NEEDED if field not in mapping]
    if "regimen" not in mapping and len(_DOSES & mapping.keys()) < 2:
        missing.append("regimen")
    return missing


def _listed(columns: Sequence[str], chosen: Mapping[str, str]) -> str:
    """The first twelve names, each cut at forty characters, in a sentence.

    The first row of a file without a header is a patient's, so it is shown only where it names
    fields that are known, or a column that was chosen.
    """
    known = len(guess_mapping(columns)) > 1 or set(chosen.values()) & set(columns)
    # a header that is torn into a patient's row names fields too; a record number tells it
    known = known and not any(re.search(r"\d{4}", column) for column in columns)
    if not known:
        count = len(columns)
        return f"Row 1 has {count} cell{'s' * (count > 1)} and does not look like a header."
    names = [column if len(column) <= 40 else column[:37] + "..." for column in columns[:12]]
    return f"Its columns are {', '.join(names)}{', ...' if len(columns) > 12 else ''}."
