"""What is shown of files before they are imported: their beginning, and what is guessed of it."""

import json
import time
from pathlib import Path

import polars as pl
import pytest

from radonc_tui.actions.importing import ImportPreview, preview_import
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.importing.opened import Meter
from store.importing.preview import LONGEST_CELL, SHOWN_ROWS
from store.importing.tables import open_table
from tests.driven import ended
from tests.unit.importing_examples import EXCERPT, TABLES, write_xlsx

HEADER = ["MRN", "Dx", "Prescription", "ICD10", "Ward"]
ROW = ["4711", "Glioblastoma", "60 Gy in 30", "C71.9", "3b"]


def look(home: Home, *paths: Path, profile: str = "") -> ImportPreview:
    return ended(preview_import(home, paths, profile))


def write(path: Path, rows: int) -> Path:
    """A table with so many rows, of the kind that the ending says."""
    records = [dict(zip(HEADER, ROW, strict=True))] * rows
    match path.suffix:
        case ".xlsx":
            write_xlsx(path, [[*HEADER], *([*ROW] for _ in range(rows))])
        case ".parquet":
            pl.DataFrame(records).write_parquet(path)
        case ".jsonl":
            path.write_text("".join(json.dumps(record) + "\n" for record in records))
        case _:
            path.write_text(";".join(HEADER) + "\n" + (";".join(ROW) + "\n") * rows)
    return path


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.csv", "text in UTF-8, cells parted by semicolons"),
        ("a.xlsx", "XLSX, sheet 'Cases'"),
        ("a.parquet", "Parquet"),
        ("a.jsonl", "JSON lines in UTF-8"),
    ],
)
def test_the_first_rows_of_every_kind(home: Home, tmp_path: Path, name: str, form: str) -> None:
    found = look(home, write(tmp_path / name, 50))
    (file,) = found.files
    assert (found.profile, file.form, file.columns) == ("table", form, tuple(HEADER))
    assert file.guess == {
        "patient": "MRN",
        "diagnosis": "Dx",
        "regimen": "Prescription",
        "icd10": "ICD10",
    }
    assert len(file.rows) == SHOWN_ROWS
    assert dict(file.rows[0][1]) == dict(zip(HEADER, ROW, strict=True))
    assert file.missing({}) == []


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl"])
def test_a_million_rows_are_not_read(home: Home, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.parquet":
        pl.DataFrame([dict(zip(HEADER, ROW, strict=True))]).select(
            pl.all().repeat_by(1_000_000).explode()
        ).write_parquet(path)
    else:
        write(path, 1_000_000)
    look(home, write(tmp_path / f"warm{path.suffix}", 1))
    started = time.monotonic()
    assert len(look(home, path).files[0].rows) == SHOWN_ROWS
    assert time.monotonic() - started < 0.5


def test_choices_go_before_the_guess(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("MRN,Dx,Summary,Plan,Gy,N,ICD10\n1,,Glioma,x,60,30,C71.9\n")
    (file,) = look(home, path).files
    assert file.guess["diagnosis"] == "Dx"
    chosen = {"diagnosis": "Summary", "regimen": "@"}
    assert file.mapping(chosen)["diagnosis"] == "Summary"
    assert file.missing(chosen) == ["regimen"]
    assert file.missing(chosen | {"dose": "Gy", "fractions": "N"}) == []
    assert file.absent({"site": "Organ", "modality": "@photon"}) == ["Organ"]


def test_what_a_terminal_would_obey_is_not_shown(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"MRN,Dx\n1,a\x1b[2Jb\u202ec{'x' * 500}\n")
    cell = look(home, path).files[0].rows[0][1]["Dx"]
    assert cell.startswith("a [2Jb cx")
    assert len(cell) == LONGEST_CELL


def test_columns_that_are_no_text_are_named_and_left(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"MRN": ["1"], "Site": [["a", "b"]]}).write_parquet(path)
    (file,) = look(home, path).files
    assert (file.columns, file.closed) == (("MRN", "Site"), {"Site"})
    assert dict(file.rows[0][1]) == {"MRN": "1"}
    assert "site" not in file.guess


def test_a_tcga_folder_is_known_by_its_tables(home: Home, tmp_path: Path) -> None:
    for file in EXCERPT.glob("*_gbm.txt"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    found = look(home, tmp_path)
    assert found.profile == "tcga"
    assert [file.name for file in found.left_alone] == ["other.csv"]
    (file,) = found.files
    assert file.form == ("TCGA courses, joined to nationwidechildrens.org_clinical_patient_gbm.txt")
    assert file.guess["dose"] == "radiation_dosage"
    assert file.rows[0][0] == 4
    with pytest.raises(RadoncError, match="no patient table beside it"):
        look(home, next(tmp_path.glob("*radiation*")))


def test_several_files_and_what_is_no_table(home: Home, tmp_path: Path) -> None:
    assert [file.path.name for file in look(home, TABLES).files] == ["courses.csv", "doses.csv"]
    noise = tmp_path / "photo.csv"
    noise.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    with pytest.raises(RadoncError, match=r"photo\.csv is no text"):
        look(home, TABLES / "doses.csv", noise)
    with pytest.raises(BadUsage, match="There is no file or folder"):
        look(home, tmp_path / "gone.csv")
    with pytest.raises(BadUsage, match="There is no profile 'fhir5'"):
        look(home, TABLES, profile="fhir5")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.parquet", "a.jsonl"])
def test_a_reader_counts_the_bytes_of_its_file(tmp_path: Path, name: str) -> None:
    table = open_table(write(tmp_path / name, 5000))
    meter = Meter()
    seen = [meter.bytes_read for _ in table.read(["Dx"], meter)]
    assert len(seen) == 5000
    assert seen == sorted(seen)
    assert seen[1000] < table.size / 2 < meter.bytes_read <= table.size
