"""A file of predictions is freed of what its own rows name, by the code of an import."""

from pathlib import Path
from typing import Any

import pytest

from exports.inference.job import _diagnoses
from store.errors import BadUsage
from store.importing.stage import stage
from store.lines import read_lines
from tests.unit.importing_examples import SECRET, codes, quiet

HEADER = "MRN,Patient name,Date of birth,Attending,Dx"
# neither is on any list, and nothing before them says that they are names
ROW = (
    "KQX77123,Vaszary Ilka,1950-03-02,Brambilla,"
    '"adenocarcinoma of the prostate, vaszary has cT2a, per brambilla, code kqx77123\x1b[2J"'
)
KEPT = "adenocarcinoma of the prostate, [name] has cT2a, per [name], code [mrn]\u241b[2J"


def asked(folder: Path, text: str) -> list[tuple[int, str]]:
    file = folder / "in.csv"
    file.write_text(text)
    return list(_diagnoses(file))


def test_the_row_s_own_name_goes_from_its_text(tmp_path: Path) -> None:
    assert asked(tmp_path, f"{HEADER}\n{ROW}\n") == [(2, KEPT)]
    # without the columns nobody could know
    header, row = "Dx", ROW.split(",", 4)[4]
    ((_, text),) = asked(tmp_path, f"{header}\n{row}\n")
    assert "vaszary" in text
    assert "\x1b" not in text


def test_an_import_keeps_the_same_text(tmp_path: Path) -> None:
    file, out = tmp_path / "cases.csv", tmp_path / "out"
    out.mkdir()
    file.write_text(f"{HEADER},Prescription,ICD10,Modality\n{ROW},60 Gy in 20,C61,photon\n")
    stage([file], "", {}, codes(), SECRET, out, quiet)
    (case,) = read_lines(out / "cases.jsonl")
    assert case["diagnosis"] == asked(tmp_path, file.read_text())[0][1] == KEPT


def test_rows_keep_their_numbers_and_gaps_are_no_names(tmp_path: Path) -> None:
    rows: Any = "n/a,unknown,,,prostate cancer, unknown stage\n".replace(", unknown", " unknown")
    found = asked(tmp_path, f"{HEADER}\n{rows}\n,,,,\n,,,,lung cancer\n")
    texts = dict(found)
    assert texts[2] == "prostate cancer unknown stage"
    assert list(texts.values())[-1] == "lung cancer"


def test_a_table_without_a_diagnosis_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="no column that looks like a diagnosis"):
        asked(tmp_path, "MRN,Patient name\n1,Ada\n")
