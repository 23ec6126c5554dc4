"""The rules of an import that a home may change: set, applied, kept with the import, counted."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.cases import ImportRequest, import_cases, show_funnel
from radonc_tui.actions.quarantine import fix_reject, list_rejects
from radonc_tui.actions.stored import opened
from radonc_tui.cli.main import run
from store import datasets, work
from store.cases import Case, Reject
from store.curation import curate
from store.database import open_store
from store.errors import BadUsage
from store.home import Home
from store.import_rules import DEFAULT, RULES, ImportRules, current, from_record, set_rule
from store.importing.stage import stage
from store.lines import read_lines
from store.reasons import REASONS
from store.splits import SplitRules
from tests.driven import ended
from tests.unit.importing_examples import SECRET, SOURCE, codes, quiet, raw

TABLE = (
    "MRN,Diagnosis,Prescription,ICD10,Modality\n"
    "1,Prostate cancer,60 Gy in 20,C61,photon\n"
    "2,Breast cancer,50 Gy in 25,C50.9,photon\n"
    "3,Prostate cancer,120 Gy in 60,C61,photon\n"
)


@pytest.fixture
def connection(home: Home) -> Iterator[Any]:
    made = open_store(home)
    yield made
    made.close()


def outcome(rules: ImportRules, **values: object) -> str:
    """What becomes of a record under rules: the reason, or "case"."""
    found = curate(raw(**values), SOURCE, codes(), SECRET, rules=rules)
    return found.reason if isinstance(found, Reject) else "case"


@pytest.mark.parametrize(
    ("key", "value", "values", "before"),
    [
        ("accept_who_codes", False, {"icd10": "C34.9"}, "case"),
        ("accept_unspecific_codes", False, {"icd10": "C34.90"}, "case"),
        ("accept_unspecific_codes", False, {"icd10": "C50"}, "case"),
        ("undated_text", False, {"decided": date(2021, 1, 1)}, "case"),
        ("patient_diagnoses", "linked", {"diseases": 2}, "several_diagnoses"),
        ("most_characters", 20, {}, "case"),
        ("most_characters", 9000, {"diagnosis": "cancer " * 1200}, "diagnosis_too_long"),
        ("most_gy", 130.0, {"regimen": "120 Gy in 60 fractions"}, "dose_implausible"),
        ("most_gy", 50.0, {}, "case"),
        ("most_gy_per_fraction", 35.0, {"regimen": "70 Gy in 2 fractions"}, "fraction_implausible"),
        ("least_gy_per_fraction", 4.0, {}, "case"),
    ],
)
def test_each_rule_turns_a_record_and_no_other(
    key: str, value: Any, values: dict[str, Any], before: str
) -> None:
    after = "case" if before != "case" else RULES[key].reason
    assert outcome(DEFAULT, **values) == before
    assert outcome(from_record({key: value}), **values) == after
    assert after == "case" or after in REASONS
    usual = {"icd10": "C61", "decided": date(2021, 1, 2), "written": date(2021, 1, 1)}
    if values:
        assert outcome(from_record({key: value}), **usual) in ("case", RULES[key].reason)


def test_what_is_asked_of_an_unspecific_code_alone() -> None:
    strict = ImportRules(accept_unspecific_codes=False, accept_who_codes=False)
    assert outcome(strict, icd10="C61") == "case"
    assert outcome(strict, icd10="C79.51") == "case"
    # the code of the primary is only to be one
    assert outcome(strict, icd10="C79.51", primary_icd10="C50.9") == "case"
    assert outcome(ImportRules(undated_text=False), synthetic=True) == "case"


def test_a_policy_never_chooses_among_diagnoses_of_one_course() -> None:
    linked = ImportRules(patient_diagnoses="linked")
    assert outcome(linked, diagnoses=2) == "several_diagnoses"
    assert outcome(linked, diagnoses=2, diseases=2) == "several_diagnoses"


def test_rows_of_a_patient_with_two_diseases_keep_their_own(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "MRN,Diagnosis,Prescription,ICD10,Modality,Course ID\n"
        "1,Breast cancer,50 Gy in 25,C50.9,photon,\n"
        "1,Lung cancer,60 Gy in 30,C34.9,photon,\n"
        "2,Breast cancer,50 Gy in 25,C50.9,photon,A\n"
        "2,Lung cancer,50 Gy in 25,C34.9,photon,A\n"
        "3,Prostate cancer,60 Gy in 20,C61,photon,\n"
    )
    for policy, taken in (("reject", ["C61"]), ("linked", ["C50.9", "C34.9", "C61"])):
        out = tmp_path / policy
        out.mkdir()
        rules = ImportRules(patient_diagnoses=policy)
        funnel = stage([file], "", {}, codes(), SECRET, out, quiet, rules=rules)
        assert [case["icd10"] for case in read_lines(out / "cases.jsonl")] == taken
        assert funnel.as_record()["rules"]["patient_diagnoses"] == policy
        assert json.loads((out / "funnel.json").read_text())["rules"] == vars(rules)


def test_values_are_set_kept_and_audited(connection: Any) -> None:
    assert current(connection) == DEFAULT
    assert set_rule(connection, "accept_who_codes", " OFF") == "off"
    assert set_rule(connection, "most_gy", "120") == "120"
    assert set_rule(connection, "most_gy", "110.5") == "110.5"
    assert set_rule(connection, "patient_diagnoses", "linked") == "linked"
    assert current(connection).changed == {
        "accept_who_codes": False,
        "most_gy": 110.5,
        "patient_diagnoses": "linked",
    }
    for key in ("accept_who_codes", "most_gy", "patient_diagnoses"):
        set_rule(connection, key, "default")
    assert current(connection) == DEFAULT
    found = connection.execute("SELECT after FROM audit_pending WHERE subject = 'most_gy'")
    assert [json.loads(after)["value"] for (after,) in found.fetchall()] == [120.0, 110.5, 100.0]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("site", "on"),
        ("accept_who_codes", "1"),
        ("patient_diagnoses", "guess"),
        ("most_gy", "nan"),
        ("most_gy", "inf"),
        ("most_gy", "0"),
        ("most_gy", "off"),
        ("most_characters", "12.5"),
        ("most_characters", "20001"),
        ("least_gy_per_fraction", "31"),
        ("most_gy_per_fraction", "0.2"),
        ("most_gy", ""),
    ],
)
def test_a_value_that_a_rule_cannot_have_is_a_sentence(
    connection: Any, key: str, value: str
) -> None:
    with pytest.raises(BadUsage):
        set_rule(connection, key, value)
    assert current(connection) == DEFAULT


def test_every_rule_has_a_value_and_a_reason() -> None:
    assert list(RULES) == list(vars(DEFAULT))
    assert all(rule.reason in REASONS for rule in RULES.values())


def test_an_import_goes_by_the_rules_of_the_home_and_says_so(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "clinic.csv"
    file.write_text(TABLE)
    for rule, value in (("accept_who_codes", "off"), ("most_gy", "130")):
        assert run(["cases", "rules", "set", rule, value]) == 0
    capsys.readouterr()
    tried = ended(import_cases(home, ImportRequest((file,), dry_run=True)))
    assert tried.funnel["by_reason"] == {"code_who": 1}
    assert run(["cases", "import", str(file)]) == 0
    assert "other than the default: accept_who_codes off, most_gy 130" in capsys.readouterr().out
    with opened(home) as connection:
        (row,) = connection.execute("SELECT import_id, funnel FROM imports").fetchall()
        draft = datasets.draft(connection, SplitRules(), SECRET)
    changed = {"accept_who_codes": False, "most_gy": 130.0}
    assert json.loads(row[1])["rules"] == {**vars(DEFAULT), **changed}
    assert work.Work(home.folder("imports") / row[0]).spec["rules"] == {
        **vars(DEFAULT),
        **changed,
    }
    assert draft.card["funnel"]["import_rules"] == {row[0]: changed}
    assert ended(show_funnel(home))["import_rules"] == {row[0]: changed}
    assert run(["cases", "rules", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["import rules"]
    one = next(rule for rule in listed if rule["key"] == "accept_who_codes")
    assert (one["value"], one["is_default"], one["left_out"]) == ("off", False, 1)
    # who puts a record right goes by them too
    (reject,) = ended(list_rejects(home, "code_who", 5))
    with pytest.raises(BadUsage, match="not of ICD-10-CM"):
        ended(fix_reject(home, reject["reject_id"], {"site": "breast"}))
    assert run(["cases", "rules", "set", "accept_who_codes", "default"]) == 0
    case = ended(fix_reject(home, reject["reject_id"], {"site": "breast"}))
    assert case["icd10"] == "C50.9"


def test_a_record_that_is_put_right_needs_no_date(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "clinic.csv"
    file.write_text(TABLE)
    with opened(home) as connection:
        set_rule(connection, "undated_text", "off")
    with pytest.raises(Exception, match="none of its 3 rows is a case"):
        ended(import_cases(home, ImportRequest((file,))))
    file.write_text(
        "MRN,Diagnosis,Prescription,ICD10,Modality,Approval date,Note date\n"
        "1,Prostate cancer,60 Gy in 20,C61,photon,2021-01-02,2021-01-01\n"
        "2,Breast cancer,50 Gy in 25,C50.9,photon,2021-01-02,\n"
        "3,Prostate cancer,as planned,C61,photon,2021-01-02,2021-01-01\n"
    )
    ended(import_cases(home, ImportRequest((file,))))
    (other,) = ended(list_rejects(home, "regimen_unreadable", 5))
    ended(fix_reject(home, other["reject_id"], {"regimen": "60 Gy in 20"}))
    (reject,) = ended(list_rejects(home, "text_undated", 5))
    with pytest.raises(BadUsage, match="no date"):
        ended(fix_reject(home, reject["reject_id"], {"site": "breast"}))
    case = ended(fix_reject(home, reject["reject_id"], {"diagnosis": "Carcinoma of the breast"}))
    assert case["diagnosis"] == "Carcinoma of the breast"


def test_a_case_keeps_its_type() -> None:
    assert isinstance(curate(raw(), SOURCE, codes(), SECRET), Case)
