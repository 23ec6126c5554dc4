"""What the cases screen says, without a terminal."""

from datetime import datetime
from typing import Any

import pytest
from rich.text import Text

from radonc_tui.cards import card_words
from radonc_tui.screens.cases.choosing import field_options, reason_options, value_options
from radonc_tui.screens.cases.detail import LABEL, detail
from radonc_tui.screens.cases.funnel import bars, counts
from radonc_tui.screens.cases.state import View, chips, empty_line, heading, possible, shown_row
from store.case_events import EXCLUSION_REASONS
from store.case_filter import FILTERS, CaseFilter
from store.case_pages import CaseIndex
from store.curation import Funnel
from store.reasons import REASONS

CASE: dict[str, Any] = {
    "case_id": "case-0123456789ab",
    "diagnosis": "Adenocarcinoma of the prostate, cT2a [not markup]",
    "regimen": "46 Gy in 23 fractions, photon, pelvis; then 32 Gy in 16 fractions, photon, boost",
    "modality": "brachytherapy",
    "icd10": "C61",
    "icd10_system": "cm",
    "meaning": "Malignant neoplasm of prostate",
    "site": "prostate",
    "target": "",
    "intent": "unknown",
    "prior_rt": "no",
    "year": None,
    "age": 64,
    "sex": "male",
    "setting": "",
    "synthetic": False,
    "ambiguous": False,
    "status": "included",
    "annotated": False,
    "split": "none",
    "source": "table",
    "file": "clinic.csv",
    "row_number": 7,
    "repairs": ["59,4 read as 59.4"],
    "kept": {"a_very_long_column_name": "6000 cGy"},
    "history": [],
}


def event(kind: str, number: int, **values: Any) -> dict[str, Any]:
    plain = {"before": {}, "after": {}, "reason": "", "who": "mp", "undone": False}
    made = datetime(2026, 11, 1, 9, 30)
    return {"kind": kind, "number": number, "made": made, "reverses": None, **plain, **values}


def test_an_excluded_case_has_a_sign_and_not_only_a_shade() -> None:
    assert shown_row(CASE)["mark"] == ""
    assert shown_row({**CASE, "annotated": True})["mark"] == "✓"
    row = shown_row({**CASE, "status": "excluded", "annotated": True})
    assert str(row["mark"]) == "✗"
    assert isinstance(row["regimen"], Text)
    assert row["case_id"] == row["whole"]["case_id"] == CASE["case_id"]
    assert str(row["modality"]) == "brachy"
    assert row["whole"]["modality"] == "brachytherapy"


def test_the_heading_says_how_many_are_made_up() -> None:
    for index, said in (
        (None, "…"),
        (CaseIndex(0, 0, ()), "0 cases"),
        (CaseIndex(1, 0, (1,)), "1 case"),
        (CaseIndex(1200, 1200, (1,)), "1,200 cases, synthetic"),
        (CaseIndex(1200, 7, (1,)), "1,200 cases, 7 synthetic"),
    ):
        assert heading(View(index=index)) == said


def test_an_empty_table_says_what_to_do_next() -> None:
    none = CaseIndex(0, 0, ())
    assert "Looking" in empty_line(View())
    assert "d loads the demo cases" in empty_line(View(index=none))
    assert "c clears" in empty_line(View(CaseFilter("lung"), none))
    assert "could not be read" in empty_line(View(index=none, failed=True))
    filtered = View(CaseFilter("", (("site", ""), ("split", "test"))))
    assert chips(filtered) == "site: (empty)  ·  split: test  ·  c clears"
    assert chips(View(CaseFilter("words alone"))) == ""


@pytest.mark.parametrize(
    ("action", "when"),
    [
        ("edit", {"case", "excluded"}),
        ("exclude", {"case"}),
        ("include", {"excluded"}),
        ("clear", {"filtered"}),
        ("demo", {"empty"}),
        ("freeze", {"case", "excluded", "filtered", "unknown"}),
        ("undo", {"case", "excluded", "filtered", "empty", "unknown"}),
    ],
)
def test_only_what_can_be_done_is_offered(action: str, when: set[str]) -> None:
    there, none = View(index=CaseIndex(1, 0, (1,))), CaseIndex(0, 0, ())
    moments = {
        "case": (there, CASE),
        "excluded": (there, {**CASE, "status": "excluded"}),
        "filtered": (View(CaseFilter("x"), none), None),
        "empty": (View(index=none), None),
        "unknown": (View(), None),
    }
    found = {name for name, (view, case) in moments.items() if possible(action, view, case)}
    assert found == when


@pytest.mark.parametrize("width", [30, 50, 100])
def test_a_case_is_shown_whole_and_wrapped_beside_its_names(width: int) -> None:
    shown = detail(CASE, width).plain
    for value in ("[not markup]", "C61", "Malignant", "64 years", "59,4 read as 59.4", "cGy"):
        assert value in shown
    words = " ".join(shown.split())
    assert str(CASE["regimen"]) in words
    regimen = shown.split("regimen")[1].split("modality")[0].strip("\n").split("\n")
    assert all(line.startswith(" " * LABEL) for line in regimen[1:])
    assert all(len(line) <= width for line in regimen)
    assert "History" not in shown
    assert "intent" not in shown, "what is unknown is not drawn"


def test_a_history_says_who_did_what_and_what_was_taken_back() -> None:
    change = {"before": {"icd10": "C60"}, "after": {"icd10": "C61"}}
    back = {"before": change["after"], "after": change["before"]}
    events = [
        event("undo", 3, reverses=1, **back),
        event("exclude", 2, reason="consent", after={"status": "excluded"}),
        event("edit", 1, reason="typing error", undone=True, **change),
    ]
    shown = detail({**CASE, "history": events}).plain
    assert "2026-11-01 09:30 mp  undid change 1" in shown
    assert "excluded: consent" in shown
    assert "edited: typing error  (undone)" in shown
    assert shown.count("icd10: C60 → C61") == 1
    assert "status" not in shown


def test_the_funnel_counts_every_record_once() -> None:
    funnel = Funnel(10, 6, 4)
    funnel.by_reason.update({"no_code": 3, "no_plan": 1})
    rules = {"import-1": {"most_gy": 120.0, "accept_who_codes": False}}
    record = {**funnel.as_record(), "excluded": 2, "import_rules": rules}
    drawn = bars(record)
    assert drawn[0] == ("extracted", 10)
    assert [count for _, count in drawn] == sorted((c for _, c in drawn), reverse=True)
    said = counts(record).plain
    assert "import-1 went by other rules: most_gy 120, accept_who_codes off" in said
    assert "10 read = 6 cases + 4 rejects" in said
    assert "2 of the cases are excluded" in said
    assert REASONS["no_code"].text in said


def test_what_can_be_chosen_fits_a_line_of_a_box() -> None:
    assert {field for field, _ in field_options(CaseFilter())} == set(FILTERS)
    now = dict(field_options(CaseFilter("", (("site", "lung"),))))
    assert now["site"].endswith("= lung")
    values = value_options([("lung", 1200), ("", 3)], is_set=True)
    assert [key for key, _ in values] == ["free", "=lung", "="]
    assert [label.split() for _, label in values[1:]] == [["lung", "1,200"], ["(empty)", "3"]]
    assert len(reason_options()) == len(EXCLUSION_REASONS) + 1
    assert max(len(label) for _, label in (*reason_options(), *now.items())) <= 64


def test_a_card_in_words_names_what_is_left_out() -> None:
    card = {
        "cases": 1000,
        "excluded": 3,
        "parts": {"train": 700, "validation": 100, "test": 200},
        "patients": {"train": 650, "validation": 99, "test": 180},
        "synthetic": 1000,
        "icd10": {"C61": 1000},
        "site": {"prostate": 1000},
    }
    words = card_words(card)
    assert "1,000 cases (synthetic), 1 code, 1 site; 3 excluded by hand are left out" in words
    assert words.splitlines()[0].split() == ["train", "700", "cases", "650", "patients"]
    assert "(some synthetic)" in card_words({**card, "synthetic": 5})
    assert "left out" not in card_words({**card, "excluded": 0})
