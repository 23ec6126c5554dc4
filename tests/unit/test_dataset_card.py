"""The card of a data set, and which cases a run saw, on a real store."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.cases import SynthRequest, synth_cases
from radonc_tui.actions.curating import find_leaks, pass_leakage_gate
from radonc_tui.actions.data import freeze, preview_split
from radonc_tui.actions.plans import TrainRequest
from radonc_tui.actions.run_cases import run_cases
from radonc_tui.actions.stored import lease, opened
from radonc_tui.actions.train import train
from radonc_tui.cards import card_notes, card_tables, card_words, seen_line, seen_text
from store import datasets, work
from store.dataset_card import Removed, age_band, card
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home, open_home
from store.splits import SplitRules
from tests.driven import ended

CASE: dict[str, Any] = {
    **{"modality": "photon", "site": "Lung", "source": "clinic", "intent": "curative"},
    **{"icd10": "C34.11", "year": 2020, "age": 66, "sex": "male", "synthetic": False},
}


def made_card() -> dict[str, Any]:
    """Six training cases of one code, two test cases of another, and some that were removed."""
    cases = [
        {**CASE, "case_id": f"c{n}", "patient": f"p{n}", "attending": "attending-1a"}
        for n in range(6)
    ]
    cases += [
        {**CASE, "case_id": f"t{n}", "patient": "p9", "icd10": "C61", "site": "prostate"}
        | {"age": None, "attending": "", "year": None}
        for n in range(2)
    ]
    parts = {c["case_id"]: "test" if c["case_id"].startswith("t") else "train" for c in cases}
    lost = Removed(
        excluded=1,
        by_reason={"no_code": 3, "no_plan": 1},
        groups={"age": {"80+": 4}, "sex": {"unknown": 4}, "site": {"lung": 4}},
    )
    return card(cases, parts, lost)


def test_a_card_counts_what_is_in_it() -> None:
    made = made_card()
    assert made["parts"] == {"train": 6, "validation": 0, "test": 2}
    assert made["patients"] == {"train": 6, "validation": 0, "test": 1}
    assert made["attending"] == {"attending-1a": 6}
    assert made["year"] == {"2020": 6, "unknown": 2}
    assert made["rare_codes"] == {
        **{"below": 5, "codes": 0, "cases": 0},
        **{"only_in_test": ["C61"], "test_cases_without": 2},
    }
    assert made["strata"] == {
        "count": 2,
        "without_train": ["photon / prostate"],
        "without_test": ["photon / Lung"],
    }


def test_a_card_says_whom_the_funnel_removed() -> None:
    made = made_card()
    assert made["funnel"]["read"] == 8 + 1 + 4
    assert made["funnel"]["steps"][-1]["count"] == 8
    assert made["removed"]["age"] == {
        "65-79": {"cases": 6, "rejects": 0},
        "80+": {"cases": 0, "rejects": 4},
        "unknown": {"cases": 2, "rejects": 0},
    }
    assert made["removed"]["site"]["lung"] == {"cases": 6, "rejects": 4}
    titles = [columns[0] for columns, _ in card_tables(made)]
    assert titles[-3:] == ["rejected for", "age", "site"], "nothing is known of the rejects' sex"


def test_a_card_is_said_in_a_few_lines() -> None:
    words = card_words(made_card())
    assert "2 test cases with a code that training lacks: C61" in words
    assert "modality and site not in train: photon / prostate" in words
    assert "of 13 read 4 rejected: 3 no_code, 1 no_plan" in words
    older = {name: made_card()[name] for name in ("parts", "patients", "cases", "icd10", "site")}
    assert card_notes({**older, "synthetic": 0, "excluded": 0}) == []


@pytest.mark.parametrize(
    ("age", "band"), [(0, "0-17"), (18, "18-39"), (64, "40-64"), (79, "65-79"), (90, "80+")]
)
def test_ages_by_band(age: int, band: str) -> None:
    assert age_band(age) == band
    assert age_band(None) == "unknown"


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with cases, made once; tests get copies."""
    made = open_home(tmp_path_factory.mktemp("master") / "home")
    ended(synth_cases(made, SynthRequest(90)))
    lease(made).close()
    return made.path


@pytest.fixture
def stored(home: Home, master: Path) -> Home:
    shutil.copytree(master, home.path, dirs_exist_ok=True)
    return home


def test_the_card_is_kept_with_the_version(stored: Home) -> None:
    first = ended(freeze(stored, SplitRules()))
    assert first["card"]["version"] == 1
    assert first["card"]["funnel"]["read"] == 90 + first["card"]["funnel"]["rejects"]
    assert sum(first["card"]["removed"]["by_reason"].values()) > 0
    assert sum(n["rejects"] for n in first["card"]["removed"]["sex"].values()) > 0
    assert "version" not in ended(preview_split(stored, SplitRules()))
    second = ended(freeze(stored, SplitRules(by="year")))
    assert second["card"]["version"] == 2
    with opened(stored) as connection:
        kept = datasets.show_dataset(connection, first["dataset_id"])
    assert kept["card"] == json.loads(json.dumps(first["card"]))


def test_a_case_that_leaks_stops_freezing_and_training(stored: Home) -> None:
    made = ended(freeze(stored, SplitRules()))
    ended(pass_leakage_gate(stored, made["dataset_id"]))
    with opened(stored) as connection:
        leaks = "diagnosis || ', planned: ' || regimen"
        connection.execute(f"UPDATE cases SET diagnosis = {leaks} WHERE site = 'prostate'")
    with pytest.raises(Refused, match="own_dose_in_text") as refused:
        ended(freeze(stored, SplitRules()))
    assert "radonc data leakage" in refused.value.hint
    found = ended(find_leaks(stored, "", SplitRules()))
    assert {"own_dose_in_text", "treatment_note"} <= set(found.counts)
    assert not ended(find_leaks(stored, "latest", SplitRules())).leaks, "frozen before"


def test_a_case_that_is_taken_out_meanwhile_is_not_frozen(stored: Home) -> None:
    freezing = freeze(stored, SplitRules())
    next(freezing)
    with opened(stored) as connection:
        connection.execute("DELETE FROM cases WHERE seq = (SELECT min(seq) FROM cases)")
    with pytest.raises(RadoncError, match="1 of the cases were taken out"):
        ended(freezing)
    with opened(stored) as connection:
        assert datasets.list_datasets(connection) == []


def test_a_data_set_that_leaks_is_not_trained_on(stored: Home) -> None:
    made = ended(freeze(stored, SplitRules()))
    with opened(stored) as connection:
        # as frozen by a version that did not know the rule
        connection.execute(
            """UPDATE dataset_cases
               SET record = json_merge_patch(record, {'diagnosis': 'for 60 Gy in 20 fractions'})
               WHERE position = 0 AND dataset_id = ?""",
            [made["dataset_id"]],
        )
        connection.execute(
            """UPDATE dataset_cases
               SET record = json_merge_patch(record, {'regimen': '60 Gy in 20 fractions, photon'})
               WHERE position = 0"""
        )
    with pytest.raises(Refused, match=r"1 case of data-.* leaks"):
        ended(train(stored, TrainRequest()))
    assert not work.everything(stored, "run")


def test_a_run_says_which_cases_it_saw(stored: Home) -> None:
    made = ended(freeze(stored, SplitRules()))
    dataset = {"id": made["dataset_id"], "sha256": made["sha256"]}
    run = work.create(stored, "run", "run-20261101-000001", {"dataset": dataset})
    found = ended(run_cases(stored, "latest"))
    assert found.run == run.id
    parts = made["card"]["parts"]
    assert (found.count("train"), found.count("validation")) == (
        parts["train"],
        parts["validation"],
    )
    assert found.held_out == parts["test"]
    with opened(stored) as connection:
        held = datasets.dataset_part(connection, made["dataset_id"], "test")
    test = {case["case_id"] for case in held}
    assert len(test) == parts["test"]
    assert test.isdisjoint(case.case_id for case in found.cases)
    assert f"learned from {parts['train']} cases" in seen_line(found)
    assert all(case.case_id in seen_text(found).plain for case in found.cases)


def test_a_run_of_another_home_is_a_sentence(stored: Home, tmp_path: Path) -> None:
    made = ended(freeze(stored, SplitRules()))
    dataset = {"id": made["dataset_id"], "sha256": "0" * 64}
    work.create(stored, "run", "run-20261101-000001", {"dataset": dataset})
    with pytest.raises(RadoncError, match="is not the data set"):
        ended(run_cases(stored, "latest"))
    with pytest.raises(BadUsage, match="no run"):
        ended(run_cases(stored, "run-9"))
