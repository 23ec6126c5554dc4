"""Tables as people leave them: titles, merged headers, units, encodings, spreadsheet dates."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from store.errors import RadoncError
from store.importing.dates import one_date, read_date
from store.importing.header import column_names, find_header
from store.importing.stage import stage
from store.importing.tables import open_table
from store.lines import read_lines
from tests.unit.importing_examples import SECRET, codes, quiet, write_xlsx

NAMES = ["MRN", "Dx", "ICD10", "Total dose", "Fractions"]
VALUES = ["1", "Glioblastoma", "C71.9", "6000", "30"]


def took(file: Path, **mapping: str) -> list[dict[str, Any]]:
    """The cases of a table; there are no rejects."""
    out = file.parent / "out"
    out.mkdir(exist_ok=True)
    stage([file], "", {"modality": "@photon", **mapping}, codes(), SECRET, out, quiet)
    assert list(read_lines(out / "rejects.jsonl")) == []
    return list(read_lines(out / "cases.jsonl"))


@pytest.mark.parametrize(
    ("rows", "names", "first"),
    [
        ([NAMES, VALUES], NAMES, 2),
        # a title and a blank row above
        ([["Courses of 2021"], [], NAMES, VALUES], NAMES, 4),
        # cells merged over dose and fractions, with and without names beside them
        (
            [["", "Disease", "", "Prescription", ""], NAMES, VALUES],
            NAMES,
            3,
        ),
        (
            [["MRN", "Dx", "ICD10", "Course", ""], ["", "", "", "Total dose", "Fractions"], VALUES],
            NAMES,
            3,
        ),
        # two groups with the same names below
        (
            [["MRN", "Dx", "ICD10", "Rx", "", "Given", ""], ["", "", "", *["Dose", "Fx"] * 2]],
            ["MRN", "Dx", "ICD10", "Rx Dose", "Rx Fx", "Given Dose", "Given Fx"],
            2,
        ),
        # units below
        (
            [NAMES, ["", "text", "", "cGy", "n"], VALUES],
            [*NAMES[:3], "Total dose (cGy)", "Fractions"],
            3,
        ),
        # the first row of values is none of these
        ([NAMES, ["-", "", "", "", "30"], VALUES], NAMES, 2),
        ([["a", "b"], ["c", "d"]], ["a", "b"], 2),
    ],
)
def test_headers(rows: list[list[str]], names: list[str], first: int) -> None:
    found = find_header(rows)
    if "Rx Dose" in names:  # nothing says which of the two is meant, so the row stands as it is
        names, first = column_names(rows[0]), 2  # type: ignore[assignment]
    assert (list(found.names), found.first) == (list(names), first)


def test_columns_of_one_name_are_numbered_and_none_is_guessed(tmp_path: Path) -> None:
    assert column_names(["Dx", " MRN ", "Dx", "", "Dx (1)"]) == (
        *("Dx (2)", "MRN", "Dx (3)", "column 4", "Dx (1)"),
    )
    file = tmp_path / "a.csv"
    file.write_text("MRN,Dx,Dx,ICD10,Plan\n1,old,Glioblastoma,C71.9,60 Gy in 30\n")
    with pytest.raises(RadoncError, match="no column that is plainly the diagnosis"):
        took(file)
    (case,) = took(file, diagnosis="Dx (2)")
    assert case["diagnosis"] == "Glioblastoma"


def test_many_columns_of_one_name_take_no_time(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(",".join(["Dx"] * 50_000) + "\n")
    assert len(open_table(file).columns) == 50_000


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_title_a_merged_header_and_a_row_of_units(tmp_path: Path, kind: str) -> None:
    rows = [
        ["Report; printed 4.3.2021", "", "", "", ""],
        ["", "", "", "Prescription", ""],
        NAMES,
        ["", "", "", "(cGy)", ""],
        VALUES,
    ]
    file = tmp_path / f"a.{kind}"
    if kind == "csv":
        file.write_text("\n".join(",".join(row) for row in rows))
    else:
        write_xlsx(file, [[*row] for row in rows])
    (case,) = took(file)
    assert (case["row"], case["regimen"]) == (5, "60 Gy in 30 fractions, photon")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    words = "Cancer of the oesophagus chemo-naïve – no surgery"
    text = f"MRN,Dx,ICD10,Plan\n1,{words},C15.9,60 Gy in 30\n"
    file.write_bytes(text.encode(encoding))
    (case,) = took(file)
    assert case["diagnosis"] == words
    assert case["repairs"] == ["text read as Windows-1252"] * (encoding == "cp1252")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("rak płuca", "cp1250"),
        ("tumeur de l'œsophage né", "cp850"),
        ("tumeur née", "cp437"),
        ("tumeur née", "mac-roman"),
        ("рак лёгкого", "cp1251"),
        ("肺癌", "gbk"),
    ],
)
def test_other_encodings_are_refused_and_not_guessed(
    tmp_path: Path, text: str, encoding: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(f"MRN,Dx\n1,{text}\n".encode(encoding, errors="replace"))
    with pytest.raises(RadoncError, match="is not UTF-8 text"):
        open_table(file)


def test_cells_behind_the_header_that_are_empty(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("MRN,Dx,ICD10,Plan\n1,Glioblastoma,C71.9,60 Gy in 30,,\n")
    assert len(took(file)) == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-03-04", date(2021, 3, 4)),
        ("2021-03-04 10:15:00", date(2021, 3, 4)),
        ("2021-03-04T10:15:00.5+01:00", date(2021, 3, 4)),
        ("20210304", date(2021, 3, 4)),
        ("4.3.2021", date(2021, 3, 4)),
        ("04.03.21", date(2021, 3, 4)),
        ("25/03/2021", date(2021, 3, 25)),
        ("03/25/2021 4:05 PM", date(2021, 3, 25)),
        ("4-Mar-2021", date(2021, 3, 4)),
        ("March 4, 2021", date(2021, 3, 4)),
        ("44259", date(2021, 3, 4)),
        ("44259.75", date(2021, 3, 4)),
        ("03/04/2021", None),
        ("2021", None),
        ("2021-02-30", None),
        ("12345", None),
        ("soon", None),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    assert one_date(text) == day


def test_a_date_of_two_readings() -> None:
    assert read_date("03/04/2021") == {"dmy": date(2021, 4, 3), "mdy": date(2021, 3, 4)}
    assert one_date("03/04/2021", "mdy") == date(2021, 3, 4)


def test_the_year_of_a_spreadsheet_s_date(tmp_path: Path) -> None:
    write_xlsx(
        tmp_path / "a.xlsx",
        [
            [*NAMES, "Start date"],
            [*VALUES, 44259.0],
        ],
    )
    assert took(tmp_path / "a.xlsx")[0]["year"] == 2021
