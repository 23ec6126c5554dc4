"""Edits, annotations, exclusions and their undoing, on a real store."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from store.case_edits import ANNOTATED, EDITABLE, corrected
from store.case_events import Kind, change, exclude, history, include, undo
from store.case_filter import CaseFilter
from store.case_table import Connection, count_cases, rows, show_case
from store.clinical.icd10 import CodeTable, load_codes
from store.database import open_store
from store.datasets import dataset_part, freeze, preview
from store.errors import BadUsage
from store.home import Home, open_home
from store.splits import SplitRules
from tests.unit.case_examples import synthetic_cases, take


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return open_home(tmp_path_factory.mktemp("events") / "home")


@pytest.fixture(scope="module")
def codes(home: Home) -> CodeTable:
    return load_codes(home)


@pytest.fixture(scope="module")
def store(home: Home, codes: CodeTable) -> Generator[Connection]:
    """One store for the module; every test begins a transaction and takes it back."""
    connection = open_store(home)
    take(connection, synthetic_cases(150, codes), home.tmp / "staged")
    yield connection
    connection.close()


@pytest.fixture
def connection(store: Connection) -> Generator[Connection]:
    store.execute("BEGIN")
    yield store
    store.execute("ROLLBACK")


def one(connection: Connection, condition: str = "modality = 'photon'") -> dict[str, Any]:
    found = rows(connection, f"SELECT case_id FROM cases WHERE {condition} ORDER BY seq", [])
    return show_case(connection, found[0]["case_id"])


def edit(connection: Connection, codes: CodeTable, case_id: str, **changes: str) -> None:
    values = corrected(show_case(connection, case_id), changes, codes)
    change(connection, case_id, Kind.EDIT, values, "typing error", "mp")


def test_an_edit_is_kept_as_an_import_would_keep_it_and_found_by_search(
    connection: Connection, codes: CodeTable
) -> None:
    case = one(connection)
    case_id = case["case_id"]
    edit(connection, codes, case_id, regimen="vmat 6000 cgy/30 fx to the uvula", icd10="c052")
    now = show_case(connection, case_id)
    assert now["regimen"] == "60 Gy in 30 fractions, photon VMAT, uvula"
    assert (now["icd10"], now["icd10_system"]) == ("C05.2", "cm")
    assert count_cases(connection, CaseFilter(f"uvula {case_id}")) == 1
    assert count_cases(connection, CaseFilter(f"{case['regimen']} {case_id}")) == 0
    event = history(connection, case_id)[0]
    assert event["before"] == {"regimen": case["regimen"], "icd10": case["icd10"]}
    assert event["after"] == {"regimen": now["regimen"], "icd10": "C05.2"}
    assert (event["kind"], event["who"], event["reason"]) == ("edit", "mp", "typing error")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"regimen": "as per protocol"}, "dose"),
        ({"regimen": "120 Gy in 60 fractions"}, "120 Gy is more than is ever prescribed"),
        ({"modality": "proton"}, "Recorded is proton, the plan says photon. Change modality and"),
        ({"modality": "laser"}, "'laser' is no modality. Choose photon"),
        ({"icd10": "C99.99"}, "'C99.99' is no ICD-10-CM"),
        ({"icd10": ""}, "no ICD-10 code"),
        ({"diagnosis": "  "}, "no diagnosis"),
        ({"intent": "hopeful"}, "'hopeful' is no intent. Choose one of curative"),
        ({"patient": "x"}, "'patient' cannot be set here"),
        ({"site": "s" * 300}, "300 characters"),
    ],
)
def test_what_an_import_would_turn_away_is_refused_in_one_sentence(
    connection: Connection, codes: CodeTable, changes: dict[str, str], sentence: str
) -> None:
    case = one(connection)
    with pytest.raises(BadUsage) as refused:
        corrected(case, changes, codes)
    assert sentence in str(refused.value)
    assert refused.value.hint


def test_a_case_as_it_stands_is_never_changed_by_the_rules(
    connection: Connection, codes: CodeTable
) -> None:
    for case in rows(connection, "SELECT * FROM cases", []):
        assert corrected(case, {}, codes) == {}, case["case_id"]


def test_a_code_in_the_diagnosis_is_taken_out(connection: Connection, codes: CodeTable) -> None:
    case = one(connection)
    text = f"{case['diagnosis']} ({case['icd10']})"
    assert corrected(case, {"diagnosis": text}, codes) == {}


def test_to_annotate_confirms_or_sets_the_answers_alone(
    connection: Connection, codes: CodeTable
) -> None:
    case = one(connection)
    change(connection, case["case_id"], Kind.ANNOTATE, {"annotated": True}, "", "mp")
    assert show_case(connection, case["case_id"])["annotated"] is True
    assert count_cases(connection, CaseFilter("", (("annotated", "yes"),))) == 1
    # a second person confirms: the event is there, the values are not changed
    event = change(connection, case["case_id"], Kind.ANNOTATE, {"annotated": True}, "", "ro")
    assert (event["after"], event["who"]) == ({}, "ro")
    with pytest.raises(BadUsage, match="'diagnosis' cannot be set"):
        corrected(case, {"diagnosis": "other"}, codes, ANNOTATED)


def test_excluded_cases_stay_in_the_store_and_out_of_data_sets(connection: Connection) -> None:
    total = count_cases(connection, CaseFilter())
    before = freeze(connection, SplitRules(), b"k")
    left_out = [c["case_id"] for c in dataset_part(connection, before["dataset_id"], "train")[:7]]
    for case_id in left_out:
        exclude(connection, case_id, "consent", "mp")
    assert count_cases(connection, CaseFilter()) == total
    assert count_cases(connection, CaseFilter("", (("status", "excluded"),))) == 7
    made = freeze(connection, SplitRules(), b"k")
    assert made["card"]["excluded"] == preview(connection, SplitRules(), b"k")["excluded"] == 7
    assert made["card"]["cases"] == before["card"]["cases"] - 7
    frozen = {
        case["case_id"]
        for part in ("train", "validation", "test")
        for case in dataset_part(connection, made["dataset_id"], part)
    }
    assert frozen.isdisjoint(left_out)
    # the earlier data set keeps what it was frozen with
    assert len(dataset_part(connection, before["dataset_id"], "train")) >= 7


def test_what_cannot_be_done_is_a_sentence(connection: Connection) -> None:
    case_id = one(connection)["case_id"]
    for attempt, sentence in (
        (lambda: include(connection, case_id, "", "mp"), "not excluded"),
        (lambda: exclude(connection, case_id, "  ", "mp"), "for a reason"),
        (lambda: undo(connection, case_id, "mp"), "Nothing was changed"),
        (lambda: undo(connection, "case-x", "mp"), "no case 'case-x'"),
        (lambda: exclude(connection, "case-x", "why", "mp"), "no case 'case-x'"),
    ):
        with pytest.raises(BadUsage, match=sentence):
            attempt()
    exclude(connection, case_id, "test record", "mp")
    with pytest.raises(BadUsage, match="excluded already"):
        exclude(connection, case_id, "test record", "mp")
    with pytest.raises(ValueError, match="no event may change patient"):
        change(connection, case_id, Kind.EDIT, {"patient": "other"}, "", "mp")


def test_undo_takes_back_the_last_change_and_then_the_one_before(
    connection: Connection, codes: CodeTable
) -> None:
    case = one(connection)
    case_id = case["case_id"]
    edit(connection, codes, case_id, diagnosis="Carcinoma of the uvula")
    exclude(connection, case_id, "wrong plan", "mp")
    assert undo(connection, case_id, "ro")["kind"] == "undo"
    now = show_case(connection, case_id)
    assert (now["status"], now["diagnosis"]) == ("included", "Carcinoma of the uvula")
    undo(connection, case_id, "ro")
    assert show_case(connection, case_id) == case
    kinds = [(e["kind"], e["undone"]) for e in history(connection, case_id)]
    assert kinds == [("undo", False), ("undo", False), ("exclude", True), ("edit", True)]
    numbers = [e["number"] for e in history(connection, case_id)]
    assert numbers == sorted(numbers, reverse=True)
    reversed_ = [e["reverses"] for e in history(connection, case_id)]
    assert reversed_ == [numbers[3], numbers[2], None, None]
    with pytest.raises(BadUsage, match="Nothing was changed"):
        undo(connection, case_id, "ro")
    edit(connection, codes, case_id, diagnosis="Carcinoma of the tongue")
    assert undo(connection, case_id, "ro")["after"] == {"diagnosis": case["diagnosis"]}


def test_the_same_import_again_does_not_bring_back_what_was_corrected(
    connection: Connection, codes: CodeTable, tmp_path: Path
) -> None:
    case_id = one(connection)["case_id"]
    edit(connection, codes, case_id, diagnosis="Carcinoma of the uvula")
    take(connection, synthetic_cases(150, codes), tmp_path / "again", "import-2")
    assert show_case(connection, case_id)["diagnosis"] == "Carcinoma of the uvula"


EDITS = st.sampled_from(
    [
        ("edit", {"diagnosis": "Carcinoma of the tongue"}),
        ("edit", {"diagnosis": "Sarcoma, T2"}),
        ("edit", {"regimen": "60 Gy in 30, proton", "modality": "proton"}),
        ("edit", {"regimen": "8 Gy in 1, photon", "modality": "photon", "icd10": "c79.51"}),
        ("edit", {"icd10": "C61", "site": "prostate"}),
        ("edit", {"intent": "palliative"}),
        ("annotate", {}),
        ("annotate", {"icd10": "C15.9"}),
        ("exclude", {}),
        ("include", {}),
        ("undo", {}),
    ]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(EDITS, max_size=9), st.integers(0, 149))
def test_as_many_undos_as_changes_give_the_case_back(
    store: Connection, codes: CodeTable, steps: list[tuple[str, dict[str, str]]], index: int
) -> None:
    store.execute("BEGIN")
    try:
        everything = rows(store, "SELECT * FROM cases ORDER BY seq", [])
        case_id = everything[index]["case_id"]
        standing = sum(_did(store, codes, case_id, *step) for step in steps)
        for _ in range(standing):
            undo(store, case_id, "mp")
        assert rows(store, "SELECT * FROM cases ORDER BY seq", []) == everything
        with pytest.raises(BadUsage, match="Nothing was changed"):
            undo(store, case_id, "mp")
    finally:
        store.execute("ROLLBACK")


def _did(
    store: Connection, codes: CodeTable, case_id: str, kind: str, changes: dict[str, str]
) -> int:
    """Do one step; returns by how much the number of changes that stand grew."""
    case = show_case(store, case_id)
    try:
        if kind == "exclude":
            exclude(store, case_id, "wrong plan", "mp")
        elif kind == "include":
            include(store, case_id, "", "mp")
        elif kind == "undo":
            undo(store, case_id, "mp")
            return -1
        else:
            values = corrected(case, changes, codes, EDITABLE if kind == "edit" else ANNOTATED)
            values |= {"annotated": True} if kind == "annotate" else {}
            change(store, case_id, Kind(kind), values, "", "mp")
    except BadUsage:
        assert show_case(store, case_id) == case
        return 0
    return 1
