"""Rejects put right: what becomes a case, what does not, and what is written down."""

from pathlib import Path

import pytest

from radonc_tui.actions import quarantine as actions
from radonc_tui.actions.cases import ImportRequest, import_cases, show_case, show_funnel
from radonc_tui.actions.stored import opened
from radonc_tui.cli.main import run
from store.case_events import undo
from store.errors import BadUsage
from store.home import Home
from tests.driven import ended

ROWS = """MRN,Course ID,Diagnosis,Total dose (Gy),Fractions,Modality,ICD10,Year
1,A,"Prostate cancer, cT2a N0",60,20,photon,C61,2021
2,A,"Glioblastoma, right frontal lobe",60,30,photon,,2021
3,A,"Bone metastasis of the right femur",8,1,photon,C79.51,2021
,A,"Prostate cancer, cT1c",60,20,photon,C61,2021
5,A,"Left breast cancer",,,photon,C50.912,2022
"""


@pytest.fixture
def table(home: Home, tmp_path: Path) -> Path:
    file = tmp_path / "cases.csv"
    file.write_text(ROWS)
    ended(import_cases(home, ImportRequest((file,))))
    return file


def rejected(home: Home, reason: str) -> str:
    (found,) = ended(actions.list_rejects(home, reason, 10))
    return str(found["reject_id"])


def funnel(home: Home) -> tuple[int, int, int]:
    counted = ended(show_funnel(home))
    return counted["read"], counted["cases"], counted["rejects"]


def test_a_reject_that_is_put_right_is_the_case_it_would_have_been(home: Home, table: Path) -> None:
    assert funnel(home) == (5, 2, 3)
    reject_id = rejected(home, "no_code")
    values = ended(actions.show_reject(home, reject_id))["values"]
    assert values["regimen"] == "60 Gy in 30 fractions"
    assert (values["modality"], values["icd10"]) == ("photon", "")
    case = ended(actions.fix_reject(home, reject_id, {"icd10": "c711"}, "from the letter"))
    assert (case["icd10"], case["regimen"]) == ("C71.1", "60 Gy in 30 fractions, photon")
    assert (case["year"], case["source"], case["row_number"]) == (2021, "table", 3)
    (event,) = case["history"]
    assert (event["kind"], event["before"], event["after"], event["reason"]) == (
        *("correct", {"icd10": ""}, {"icd10": "c711"}),
        "from the letter",
    )
    assert funnel(home) == (5, 3, 2)
    # the same course of the corrected table is that case, and the old table brings no reject back
    right = table.with_name("right.csv")
    right.write_text(ROWS.replace("photon,,2021", "photon,C71.1,2021"))
    again = ended(import_cases(home, ImportRequest((right,))))
    assert (again.funnel["cases"], again.funnel["duplicates"]) == (3, 3)
    ended(import_cases(home, ImportRequest((table,))))
    assert funnel(home)[1] == 3
    assert not ended(actions.list_rejects(home, "no_code", 10))


def test_what_is_still_no_case_stays_a_reject(home: Home, table: Path) -> None:
    reject_id = rejected(home, "no_code")
    for changes, said in (
        ({"icd10": "Z99.999X"}, "still no case"),
        ({"regimen": "60 Gy in 30 fractions"}, "still no case"),
        ({"year": "2020"}, "'year' cannot be set here"),
        ({}, "nothing to put right"),
    ):
        with pytest.raises(BadUsage, match=said):
            ended(actions.fix_reject(home, reject_id, changes))
    with pytest.raises(BadUsage, match="no reject 'reject-0'"):
        ended(actions.fix_reject(home, "reject-0", {"icd10": "C61"}))
    assert funnel(home) == (5, 2, 3)


def test_a_missing_patient_is_given_and_never_kept(home: Home, table: Path) -> None:
    reject_id = rejected(home, "no_patient")
    with pytest.raises(BadUsage, match="still no case") as refused:
        ended(actions.fix_reject(home, reject_id, {"site": "prostate"}))
    assert "--mrn asks for it" in refused.value.hint
    case = ended(
        actions.fix_reject(home, reject_id, {"patient": "MRN-8123467", "site": "prostate"})
    )
    shown = ended(show_case(home, case["case_id"]))
    assert "8123467" not in str(case) + str(shown)
    with opened(home) as connection:
        log = connection.execute("SELECT * FROM audit_log").fetchall()
        patients = connection.execute("SELECT count(DISTINCT patient) FROM cases").fetchone()
    assert "8123467" not in str(log)
    assert "reject put right" in str(log)
    assert patients == (3,)


def test_a_course_that_is_a_case_already_is_not_taken_in_twice(home: Home, table: Path) -> None:
    reject_id = rejected(home, "no_patient")
    ended(actions.fix_reject(home, reject_id, {"patient": "9"}))
    table.with_name("more.csv").write_text(ROWS)
    ended(import_cases(home, ImportRequest((table.with_name("more.csv"),))))
    with pytest.raises(BadUsage, match="already"):
        ended(actions.fix_reject(home, rejected(home, "no_patient"), {"patient": "9"}))


def test_how_a_case_came_to_be_cannot_be_undone(home: Home, table: Path) -> None:
    case = ended(actions.fix_reject(home, rejected(home, "no_code"), {"icd10": "C71.1"}))
    with opened(home) as connection, pytest.raises(BadUsage, match="Nothing was changed"):
        undo(connection, case["case_id"], "mp")


def test_on_the_command_line(home: Home, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cases", "rejects", "list"]) == 0
    listed = capsys.readouterr().out
    assert "3 of 3 rejects" in listed
    reject_id = rejected(home, "no_code")
    assert reject_id in listed
    assert run(["cases", "rejects", "show", reject_id]) == 0
    assert "Glioblastoma" in capsys.readouterr().out
    assert run(["cases", "rejects", "fix", reject_id, "--set", "icd10=C71.1"]) == 0
    assert "icd10:  -> C71.1" in capsys.readouterr().out
    assert run(["cases", "rejects", "fix", reject_id, "--set", "icd10=C71.1"]) == 2
