"""A file that is called after a patient is kept under a name that is nobody's."""

from pathlib import Path

import pytest

from store.importing.file_names import TableName, alias
from store.importing.stage import stage
from store.lines import read_lines
from tests.unit.importing_examples import SECRET, codes, quiet

HEADER = "MRN,Patient name,DOB,Diagnosis,Prescription,ICD10,Modality\n"
ROWS = (
    "8812344,Wu Li,1950-01-02,Prostate cancer,60 Gy in 20,C61,photon\n"
    "8812345,Anna Szegi,1960-06-15,Prostate cancer,60 Gy in 20,C61,photon\n"
    "8812346,Bo Lind,1961-01-02,Prostate cancer,as planned,C61,photon\n"
)


@pytest.mark.parametrize(
    ("name", "own", "kept"),
    [
        ("Szegi_Anna_export.csv", "Anna Szegi", "[name] export.csv"),
        ("AnnaSzegi.xlsx", "Szegi, Anna", "[name].xlsx"),
        ("export-szegi-anna.csv", "Anna Szegi", "export-[name].csv"),
        ("MRN8812345.csv", "88-12345", "MRN [mrn].csv"),
        ("cases_20210304_8812345.csv", "8812345", "cases 2021 [mrn].csv"),
        ("cases 1960-06-15.csv", "1960-06-15", "cases 1960.csv"),
        ("cases_19600615.csv", "1960-06-15", "cases 1960.csv"),
        # what a name only happens to share with a row stays
        ("cases.csv", "Case, John", "cases.csv"),
        ("breast_cancer_2021.csv", "2021", "breast_cancer_2021.csv"),
        ("Export 2021-03-04.csv", "8812345", "Export 2021-03-04.csv"),
        ("a.csv", "a b", "a.csv"),
        ("1.csv", "1", "1.csv"),
    ],
)
def test_a_name_loses_what_identifies_a_row(name: str, own: str, kept: str) -> None:
    found = TableName(Path("folder") / name)
    found.look(["Ada O", own, ""])
    assert found.kept == kept


def test_an_alias_is_of_what_the_file_holds() -> None:
    endings = (".dcm", ".json", "")
    assert alias(Path("Ada O.DCM"), "3fa91c0d12ab77", endings) == "3fa91c0d12ab.dcm"
    assert alias(Path("RP.4711"), "3fa91c0d12ab77", endings) == "3fa91c0d12ab"


def test_a_table_is_kept_under_one_name_in_all_its_records(tmp_path: Path) -> None:
    file, out = tmp_path / "Szegi_1960.csv", tmp_path / "out"
    out.mkdir()
    file.write_text(HEADER + ROWS)
    stage([file], "", {}, codes(), SECRET, out, quiet)
    cases, rejects = (list(read_lines(out / f"{n}.jsonl")) for n in ("cases", "rejects"))
    assert {record["file"] for record in (*cases, *rejects)} == {"[name] 1960.csv"}
    assert rejects[0]["detail"].startswith("[name] 1960.csv, row 4, column Prescription: ")
    assert "szegi" not in str(cases + rejects).casefold()
