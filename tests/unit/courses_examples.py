"""Synthetic extracts of an oncology information system, as tables of one file or of several.

The people are made up; the column names are those of the built-in profiles.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from store.importing.profiles import built_in
from store.importing.readers import reader_of
from store.importing.stage import stage
from store.lines import read_lines
from tests.unit.importing_examples import SECRET, codes, quiet

ARIA: Mapping[str, str] = {
    "PatientId": "MRN-77",
    "LastName": "Okafor",
    "FirstName": "Ada",
    "DateOfBirth": "1960-05-01",
    "Sex": "Female",
    "CourseId": "C1",
    "CourseIntent": "Curative",
    "CourseStatus": "Completed",
    "Physician": "Dr Lindqvist",
    "DiagnosisId": "D1",
    "DiagnosisDescription": "Invasive ductal carcinoma of the left breast, upper outer quadrant",
    "DiagnosisCode": "C50.412",
    "DiagnosisDate": "2021-01-10",
    "Stage": "T1c N0 M0",
    "PrescriptionSer": "9001",
    "PrescriptionName": "Breast L",
    "PrescribedDose": "40.05 Gy",
    "DosePerFraction": "2.67 Gy",
    "NumberOfFractions": "15",
    "PrescriptionSite": "whole breast",
    "PrescriptionSequence": "1",
    "PrescriptionStatus": "Approved",
    "PrescriptionApprovalDate": "2021-02-01",
    "PlanId": "Breast_L",
    "PlanStatus": "TreatmentApproved",
    "PlanIntent": "Curative",
    "EnergyMode": "6X",
    "MachineId": "TrueBeam1",
}
"""One row of a wide ARIA extract, which is a case."""

MOSAIQ: Mapping[str, str] = {
    "IDA": "MRN-88",
    "Last_Name": "Bergström",
    "Birth_DtTm": "1950-03-02",
    "Gender": "Male",
    "Course": "1",
    "Tx_Intent": "Curative",
    "Diagnosis_ID": "7",
    "Diag_Description": "Adenocarcinoma of the prostate",
    "Diag_Code": "C61",
    "Diag_DtTm": "2020-05-01",
    "Site_Name": "Prostate",
    "Dose_Tx": "300",
    "Dose_Ttl": "6000",
    "Fractions": "20",
    "Phase": "1",
    "Technique": "VMAT",
    "Modality": "Xrays",
    "Version": "0",
    "Sanct_DtTm": "2020-06-01",
}
"""One row of a wide MOSAIQ extract, which is a case."""


def write(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A CSV of rows that may differ in their columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, names, restval="")
        out.writeheader()
        out.writerows(rows)
    return path


def take(folder: Path, profile: str = "aria") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The cases and the rejects of all tables in a folder."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    known = built_in(profile)
    assert reader_of(known).endings
    funnel = stage([folder], known, {}, codes(), SECRET, out, quiet)
    cases, rejects = (list(read_lines(out / f"{n}.jsonl")) for n in ("cases", "rejects"))
    assert funnel.read == len(cases) + len(rejects)
    return cases, rejects


def wide(
    folder: Path, *changes: Mapping[str, str], base: Mapping[str, str] = ARIA
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What comes of a wide table of the usual row with these changes, a row each."""
    write(folder / "wide.csv", [{**base, **change} for change in changes or ({},)])
    return take(folder, "aria" if base is ARIA else "mosaiq")
