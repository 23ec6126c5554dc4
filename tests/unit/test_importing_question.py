"""The question holds no text of a later day, and no name; what was delivered is never the label."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from store.cases import RawCase
from store.importing.mapping import complete_mapping, guess_mapping, parse_map_options
from store.importing.question import coded, delivered_gy, in_time
from store.importing.row import apply
from store.importing.stage import stage, stage_raw
from store.lines import read_lines
from tests.unit.importing_examples import SECRET, SOURCE, codes, quiet, raw

HEADER = "MRN,Dx,Plan,ICD10,Modality,Approval date,Note date"
ROW = "1,Glioblastoma,60 Gy in 30,C71.9,photon"


def taken(folder: Path, text: str, **mapping: str) -> tuple[list[Any], list[Any]]:
    (folder / "a.csv").write_text(text)
    (folder / "out").mkdir(exist_ok=True)
    stage([folder / "a.csv"], "", mapping, codes(), SECRET, folder / "out", quiet)
    cases, rejects = (list(read_lines(folder / "out" / f"{n}.jsonl")) for n in ("cases", "rejects"))
    return cases, rejects


@pytest.mark.parametrize(
    ("dates", "outcome"),
    [
        ("2021-03-04,2021-03-04", "case"),
        ("2021-03-04,2021-01-04 23:59", "case"),
        ("2021-03-04,2021-03-05", "text_after_decision"),
        ("44259,44260", "text_after_decision"),
        # either reading of both says the same
        ("05/06/2021,06/07/2021", "text_after_decision"),
        ("06/07/2021,05/06/2021", "case"),
        # the other cell tells how days and months are written
        ("25/03/2021,04/03/2021", "case"),
        ("03/25/2021,04/03/2021", "text_after_decision"),
        # they disagree
        ("01/02/2021,02/01/2021", "date_unreadable"),
        ("25/03/2021,03/25/2021", "date_unreadable"),
        ("soon,2021-03-04", "date_unreadable"),
        # a gap is said and not guessed
        (",2021-03-04", "case"),
        ("2021-03-04,", "case"),
    ],
)
def test_text_of_a_later_day_is_refused(tmp_path: Path, dates: str, outcome: str) -> None:
    good = ROW.replace("1,", "2,", 1) + ",2021-01-01,2021-01-01"
    cases, rejects = taken(tmp_path, f"{HEADER}\n{good}\n{ROW},{dates}\n")
    if outcome == "case":
        assert (len(cases), rejects) == (2, [])
        said = "a date is missing: text not compared with the decision" in cases[1]["repairs"]
        assert said is ("" in dates.split(","))
        assert cases[1]["year"] in (2021, None)
    else:
        assert [(r["row"], r["reason"]) for r in rejects] == [(3, outcome)]
        assert rejects[0]["detail"].startswith("a.csv, row 3, column Note date: ")
    kept = [record["kept"] for record in (*cases, *rejects)]
    assert not any("2021-" in str(value) or "/2021" in str(value) for value in kept)


def test_one_column_of_dates_alone_compares_nothing(tmp_path: Path) -> None:
    header = HEADER.removesuffix(",Note date")
    (case,), _ = taken(tmp_path, f"{header}\n{ROW},2021-01-01\n")
    assert case["repairs"] == ["a date is missing: text not compared with the decision"]
    (case,), _ = taken(tmp_path, f"{header.removesuffix(',Approval date')}\n{ROW}\n")
    assert case["repairs"] == []


def test_the_person_may_say_how_dates_are_written(tmp_path: Path) -> None:
    plain = ROW.replace("1,", "2,", 1) + ",2021-01-01,2021-01-01"
    rows = f"{HEADER}\n{plain}\n{ROW},01/02/2021,02/01/2021\n"
    assert len(taken(tmp_path, rows, date_order="@dmy")[0]) == 2
    assert taken(tmp_path, rows, date_order="@mdy")[1][0]["reason"] == "text_after_decision"


def test_every_reader_s_text_is_held_to_the_decision(tmp_path: Path) -> None:
    late = raw(decided=date(2021, 3, 4), written=date(2021, 3, 14))
    assert in_time(late).reject == "text_after_decision"
    assert in_time(raw(decided=date(2021, 3, 4), written=date(2021, 3, 4))).reject == ""
    funnel = stage_raw([late, raw(patient="2")], SOURCE, codes(), SECRET, tmp_path, quiet)
    assert dict(funnel.by_reason) == {"text_after_decision": 1}
    (reject,) = read_lines(tmp_path / "rejects.jsonl")
    assert "10 days after the decision" in reject["detail"]


def test_a_physician_is_kept_as_a_code_only(tmp_path: Path) -> None:
    text = f"{HEADER},Attending\n" + "".join(
        f"{n}{ROW[1:]},,,{name}\n" for n, name in enumerate(("Dr. A. Novak", "dr. a.  novak", "Wu"))
    )
    cases, _ = taken(tmp_path, text)
    found = [case["kept"]["attending"] for case in cases]
    assert found[0] == found[1] != found[2]
    assert all(code.startswith("attending-") and len(code) == 16 for code in found)
    assert "novak" not in str(cases).casefold()
    one = coded(raw(attending="Dr. Novak"), SECRET)
    assert (one.attending, one.identifiers) == ("", ("Dr. Novak",))
    assert coded(raw(), SECRET) == raw()
    assert coded(raw(attending="Dr. Novak"), b"1" * 32).kept["attending"] != one.kept["attending"]


def test_the_row_s_identifiers_are_carried_and_not_kept() -> None:
    columns = ["MRN", "Chart", "Patient Name", "DOB", "Dx", "Plan", "ICD10", "Old number"]
    chosen = parse_map_options(["identifier=Old number", "identifier=Chart"])
    mapping = complete_mapping(Path("a.csv"), columns, chosen)
    values = ["1", "c-7", "Ada Okafor", "1.5.1960", "Glioblastoma", "60 Gy in 30", "C71.9", "x99"]
    one = apply(mapping, dict(zip(columns, values, strict=True)), 2, "a.csv")
    assert sorted(one.identifiers) == ["1.5.1960", "Ada Okafor", "c-7", "x99"]
    assert set(one.kept) == {"diagnosis", "regimen", "icd10"}
    # a column that is guessed to name a person can be said to be something else
    other = complete_mapping(Path("a.csv"), columns, {"diagnosis": "Patient Name"})
    assert "identifier:Patient Name" not in other
    assert guess_mapping(columns)["identifier:DOB"] == "DOB"


def test_what_was_delivered_is_kept_beside_the_label(tmp_path: Path) -> None:
    text = f"{HEADER},Delivered dose (cGy),Reason ended\n{ROW},,,4200,patient declined\n"
    (case,), _ = taken(tmp_path, text)
    assert case["regimen"] == "60 Gy in 30 fractions, photon"
    assert case["kept"]["delivered_gy"] == "42"
    assert case["kept"]["ended_early"] == "patient declined"
    (case,), _ = taken(tmp_path, text.replace("patient declined", "No"))
    assert "ended_early" not in case["kept"]


@pytest.mark.parametrize(
    ("cell", "unit", "gray", "notes"),
    [
        ("42", "Gy", "42", 0),
        ("4200", "cGy", "42", 0),
        ("42.5 Gy", "cGy", "42.5", 0),
        ("4200", "", "42", 1),
        ("42", "", "42", 0),
        ("most", "", "", 1),
        ("", "", "", 0),
    ],
)
def test_delivered_doses(cell: str, unit: str, gray: str, notes: int) -> None:
    found = delivered_gy(cell, unit)
    assert (found[0], len(found[1])) == (gray, notes)


def test_raw_cases_carry_no_identifiers_by_default() -> None:
    assert RawCase("1", "Glioma", "60 Gy in 30").identifiers == ()
