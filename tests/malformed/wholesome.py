"""Well-formed files of every kind that can be read, which are then damaged.

All persons are invented. ``PLANTED`` are what identifies them: no error may quote it.
"""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.unit import courses_examples as courses, fhir_made as fhir
from tests.unit.dicom_made import item, plan, write
from tests.unit.importing_examples import EXCERPT, write_xlsx

PLANTED = ("Okonkwo", "Adaeze", "MRN-77310", "Okafor", "Lindqvist", "MRN-88")

HEADER = ["MRN", "Name", "Diagnosis", "ICD10", "Total dose (Gy)", "Fractions", "Modality", "Year"]
ROWS = [
    [f"MRN-7731{n}", "Okonkwo, Adaeze", text, code, dose, fractions, modality, "2021"]
    for n, (text, code, dose, fractions, modality) in enumerate(
        [
            ("Adenocarcinoma of the prostate, cT2a", "C61", "60", "20", "photon"),
            ("Carcinoma of the left breast, pT1 pN0", "C50.412", "40.05", "15", "photon"),
            ("Glioblastoma of the frontal lobe", "C71.1", "60", "30", "proton"),
            ("Squamous cell carcinoma of the larynx", "C32.0", "63", "28", "photon"),
            ("Basal cell carcinoma of the nose", "C44.311", "50", "20", "electron"),
        ]
    )
]
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Kind:
    """A kind of source: the profile that reads it, and well-formed files by name."""

    profile: str
    make: Callable[[], Files]


def _delimited(separator: str, ending: str) -> Files:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerows([HEADER, *ROWS])
    return {f"cases{ending}": out.getvalue().encode()}


def _jsonl() -> Files:
    lines = [json.dumps(dict(zip(HEADER, row, strict=True))) for row in ROWS]
    return {"cases.jsonl": ("\n".join(lines) + "\n").encode()}


def _written(name: str, put: Callable[[Path], object]) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        put(path)
        return {name: path.read_bytes()}


def _xlsx() -> Files:
    return _written(
        "cases.xlsx", lambda path: write_xlsx(path, [[*row] for row in (HEADER, *ROWS)])
    )


def _parquet() -> Files:
    import polars as pl

    frame = pl.DataFrame(ROWS, schema=HEADER, orient="row")
    return _written("cases.parquet", frame.write_parquet)


def _tcga() -> Files:
    return {path.name: path.read_bytes() for path in sorted(EXCERPT.glob("*_brca.txt"))}


def _fhir_resources() -> list[fhir.Resource]:
    return [
        fhir.patient(mrn=PLANTED[2]),
        fhir.volume("v1", "Breast", "left"),
        fhir.request("rx", fhir.radiation(fhir.PHOTON, fhir.VMAT), fhir.dose("v1", 5000, 25)),
        fhir.summary(extension=[fhir.delivered("v1", 5000, 25)]),
    ]


def _bundle() -> Files:
    return _written("bundle.json", lambda path: fhir.write_bundle(path, *_fhir_resources()))


def _ndjson() -> Files:
    return _written("all.ndjson", lambda path: fhir.write_lines(path, *_fhir_resources()))


def _dicom() -> Files:
    made = plan(PatientID=PLANTED[2])
    made.BeamSequence[0].ControlPointSequence = [item(ControlPointIndex=0)]
    made.BeamSequence[0].NumberOfControlPoints = 1
    rows = "patient,date,diagnosis,icd10\n"
    rows += f"{PLANTED[2]},2021-02-01,Carcinoma of the left breast,C50.412\n"
    return {**_written("plan.dcm", lambda path: write(path, made)), "rows.csv": rows.encode()}


def _extract(row: Mapping[str, str], numbers: str, course: str) -> Files:
    """A wide extract of one row, of three courses of three patients."""
    rows = [{**row, numbers: f"{row[numbers]}{n}", course: f"{row[course]}{n}"} for n in range(3)]
    return _written("extract.csv", lambda path: courses.write(path, rows))


KINDS: Mapping[str, Kind] = {
    "csv": Kind("table", cache(lambda: _delimited(",", ".csv"))),
    "tsv": Kind("table", cache(lambda: _delimited("\t", ".tsv"))),
    "xlsx": Kind("table", cache(_xlsx)),
    "parquet": Kind("table", cache(_parquet)),
    "jsonl": Kind("table", cache(_jsonl)),
    "aria": Kind("aria", cache(lambda: _extract(courses.ARIA, "PatientId", "CourseId"))),
    "mosaiq": Kind("mosaiq", cache(lambda: _extract(courses.MOSAIQ, "IDA", "Course"))),
    "tcga": Kind("tcga", cache(_tcga)),
    "fhir bundle": Kind("fhir", cache(_bundle)),
    "fhir lines": Kind("fhir", cache(_ndjson)),
    "dicom": Kind("dicom", cache(_dicom)),
}
