"""New cases are held against those a model knows, by their mixes, their words and its answers."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from exports.evaluation.facts import CaseFacts
from exports.evaluation.mix import mix, vocabulary
from exports.evaluation.monitoring import last_prescribed, monitoring, stale
from exports.inference.predictor import Prediction
from store import datasets
from store.arrivals import arrivals, prescribed
from store.clinical.icd10 import load_codes
from store.database import open_store
from store.home import Home
from store.splits import SplitRules
from tests.unit.case_examples import synthetic_cases, take
from trainer.tasks import Task

values = st.lists(st.sampled_from("abcde"), min_size=1, max_size=60)


@given(values, values)
def test_a_distance_is_between_0_and_1_and_the_same_both_ways(one: list[str], other: list[str]):
    found = mix(one, other)
    assert 0 <= found["distance"] <= 1
    assert found["distance"] == mix(other, one)["distance"]
    assert mix(one, one)["distance"] == 0


def test_mixes_without_a_common_value_are_1_apart() -> None:
    found = mix(["breast"] * 5, ["lung"] * 4)
    assert (found["distance"], found["unseen"]) == (1.0, 1.0)
    assert {row["value"] for row in found["moved"]} == {"breast", "lung"}


def test_a_known_distance() -> None:
    # Jensen-Shannon divergence of (1, 0) and (1/2, 1/2) in bits: 3/4 log2(4/3) ... = 0.3113
    assert mix(["a"], ["a", "b"])["distance"] == pytest.approx(0.3113**0.5, abs=1e-3)


def test_nothing_to_compare_has_no_distance() -> None:
    assert mix([], ["a"])["distance"] is None
    assert vocabulary(["text"], [])["new_words"] is None


def test_words_that_no_earlier_text_has() -> None:
    found = vocabulary(["carcinoma of the breast"], ["carcinoma of the pancreas", "the pancreas"])
    assert found == {"new_words": pytest.approx((1 / 4 + 1 / 2) / 2), "examples": ["pancreas"]}


CASE = CaseFacts("c", "p", "text", "60 Gy in 30 fractions, photon", "photon", "C34.11", site="lung")


def answered(case_id: str, text: str, task: Task = Task.REGIMEN) -> Prediction:
    return Prediction(case_id, task, text)


def test_accuracy_is_counted_by_year() -> None:
    arrived = [
        replace(CASE, case_id=f"c{i}", patient=f"p{i}", year=2024 + i % 2) for i in range(10)
    ]
    answers = [
        answered(c.case_id, "photon" if c.year == 2024 else "proton", Task.MODALITY)
        for c in arrived
    ]
    found = monitoring([CASE], arrived, answers, [])
    shares = {year: (s["right"], s["n"]) for year, s in found["accuracy"]["modality"].items()}
    assert shares == {"2024": (5, 5), "2025": (0, 5), "all": (5, 10)}
    assert found["inputs"]["all"]["site"]["distance"] == 0
    assert set(found["inputs"]) == {"all", "2024", "2025"}


def test_what_nobody_prescribes_any_more_is_marked() -> None:
    history = [
        ("60 Gy in 30 fractions, photon", 2015),
        ("55 Gy in 20 fractions, photon", 2024),
        ("60 Gy in 30 fractions, photon", 2020),
    ]
    answers = [
        answered("a", "2 Gy x 30, photon"),
        answered("b", "55 Gy in 20 fractions, photon"),
        answered("c", "66 Gy in 33 fractions, photon"),
    ]
    assert [(row["regimen"], row["last_year"]) for row in stale(answers, history)] == [
        ("2 Gy x 30, photon", 2020),
        ("66 Gy in 33 fractions, photon", None),
    ]
    assert stale(answers, []) == []
    assert max(last_prescribed(history).values()) == 2024


def test_only_what_came_later_and_is_of_other_patients_arrives(home: Home, tmp_path: Path) -> None:
    connection = open_store(home)
    cases = synthetic_cases(60, load_codes(home))
    take(connection, cases[:40], tmp_path / "one")
    made = datasets.freeze(connection, SplitRules(), b"secret")
    connection.execute("UPDATE imports SET made = '2026-01-01'")
    take(connection, cases, tmp_path / "two", "import-2")
    since = datetime.fromisoformat("2026-06-01")
    found = arrivals(connection, since, made["dataset_id"])
    assert {case["case_id"] for case in found} == {case.case_id for case in cases[40:]}
    assert arrivals(connection, datetime.now() + timedelta(days=1), made["dataset_id"]) == []
    connection.execute("UPDATE cases SET synthetic = false")
    assert arrivals(connection, since, made["dataset_id"]) == []
    assert len(prescribed(connection, False)) == 60
    connection.close()
