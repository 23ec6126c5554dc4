import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from exports.evaluation.evaluate import evaluate
from exports.evaluation.families import FAMILIES
from exports.evaluation.job import evaluate_work
from exports.evaluation.metrics import CLASS_METRICS
from exports.evaluation.sections import Ground, sections
from exports.inference.predictor import Prediction
from store.clinical.icd10 import load_codes
from store.errors import RadoncError, Refused
from store.home import Home
from store.lines import write_json
from store.work import Reporter, Work
from tests.unit.evaluation_examples import RESULT, SPEC, TEST, answered, pairs
from trainer.pairs import case_pairs, pair_from_record, pair_record, read_pairs, write_pairs
from trainer.tasks import Pair, Task, prompt

FAMILY = FAMILIES[0].members


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [n for inner in value.values() for n in numbers(inner)]
    if isinstance(value, list):
        return [n for inner in value for n in numbers(inner)]
    return [value] if isinstance(value, float) else []


def test_the_shape_is_the_one_that_readers_rely_on() -> None:
    assert RESULT["family"] == list(FAMILY)
    assert RESULT["test_patients"] == 60
    assert RESULT["base"] == {
        "name": "smollm2",
        "file": "Q8_0.gguf",
        "sha256": "b" * 64,
        "quant": "Q8_0",
    }
    assert set(RESULT["tasks"]) == {"regimen", "modality", "icd10"}
    assert set(RESULT["tasks"]["regimen"]["metrics"]) == {
        "rouge1",
        "accuracy",
        "accuracy_string",
        "unparsed",
    }
    for task in ("modality", "icd10"):
        block = RESULT["tasks"][task]
        assert set(block["metrics"]) == {"accuracy", "rouge1", *CLASS_METRICS}
        assert set(block["free_running"]) == {*block["metrics"], "illegal"}
        macro = block["metrics"]["f1_macro"]
        assert macro["p_one_sided"] is None
        assert macro["reason"] == "no per-patient value"
    for name in FAMILY:
        task, metric = name.split(".")
        entry = RESULT["tasks"][task]["metrics"][metric]
        assert entry["test"] == "wilcoxon"
        assert entry["zero_method"] == "wilcox"
        assert entry["method"] == "exact"
        assert entry["n_effective"] == entry["better"] + entry["worse"]
        assert entry["better"] + entry["worse"] + entry["tied"] == 60
        assert entry["ci95"][0] <= entry["difference"] <= entry["ci95"][1]
        assert entry["difference"] == pytest.approx(entry["tuned"] - entry["base"])
        assert entry["p_holm"] >= entry["p_mcnemar"]
        assert entry["p_holm"] <= 0.001
    json.dumps(RESULT, allow_nan=False)


def test_the_p_values_are_those_of_scipy_on_the_same_answers() -> None:
    from scipy.stats import binomtest, wilcoxon

    base, tuned = answered(TEST, 0.2, seed=1), answered(TEST, 0.95, seed=2)
    picked = [i for i, pair in enumerate(TEST) if pair.task is Task.ICD10]
    right = [
        np.array([float(said[i].text == TEST[i].answer) for i in picked]) for said in (base, tuned)
    ]
    difference = right[1] - right[0]
    entry = RESULT["tasks"]["icd10"]["metrics"]["accuracy"]
    expected: Any = wilcoxon(difference, alternative="greater", method=entry["method"])
    assert entry["p_one_sided"] == pytest.approx(expected.pvalue)
    assert (entry["base"], entry["tuned"]) == (right[0].mean(), right[1].mean())
    better, worse = int((difference > 0).sum()), int((difference < 0).sum())
    exact = binomtest(better, better + worse, alternative="greater").pvalue
    assert entry["p_mcnemar"] == pytest.approx(exact)


def test_only_the_declared_family_is_corrected() -> None:
    for task, block in RESULT["tasks"].items():
        for name, entry in block["metrics"].items():
            assert (entry["p_holm"] is not None) == (f"{task}.{name}" in FAMILY)
    assert RESULT["tasks"]["icd10"]["free_running"]["accuracy"]["p_holm"] is None


def test_the_declared_tests_are_those_of_the_sections(home: Home) -> None:
    answers = {"tuned": answered(TEST, 0.9), "base": answered(TEST, 0.3, seed=5)}
    ground = Ground(TEST, TEST, answers, (), {}, load_codes(home), resamples=50)
    (of_base, _) = sections(ground)["families"]
    found = evaluate(TEST, answers["base"], answers["tuned"], {}, SPEC)
    for name, test in of_base["tests"].items():
        task, metric = name.split(".")
        entry = found["tasks"][task]["metrics"][metric]
        assert (entry["p_mcnemar"], entry["p_holm"]) == (test["p"], test["p_holm"])
        assert entry["p_one_sided"] == test["wilcoxon"]["p"]
    assert list(of_base["tests"]) == found["family"]


def test_the_methods_are_those_that_the_entries_name() -> None:
    said = RESULT["methods"]
    entries = [e for block in RESULT["tasks"].values() for e in block["metrics"].values()]
    assert {e["zero_method"] for e in entries if e.get("method")} == {"wilcox"}
    assert "zero_method wilcox" in said["wilcoxon"]
    assert "exact with ties" in said["wilcoxon"]
    known = {"patient bootstrap", "wilson, all patients alike"}
    known.add("patient bootstrap, moved by twice its bias")
    assert {e["ci95_method"] for e in entries if e["ci95"]} <= known
    assert (
        f"{SPEC.resamples} resamples of whole patients, seed {SPEC.seed}" in said["interval_mean"]
    )
    assert "moved by twice their bias" in said["interval_classes"]


def test_free_text_is_read_for_its_answer() -> None:
    free = RESULT["tasks"]["icd10"]["free_running"]
    assert free["accuracy"]["tuned"] == RESULT["tasks"]["icd10"]["metrics"]["accuracy"]["tuned"]
    assert free["illegal"]["tuned"] == 0
    assert free["rouge1"]["tuned"] < RESULT["tasks"]["icd10"]["metrics"]["rouge1"]["tuned"]


def test_quick_claims_no_p_value_anywhere_and_says_why() -> None:
    quick = replace(SPEC, quick=True)
    found = evaluate(TEST, answered(TEST, 0.2), answered(TEST, 0.9), {}, quick)
    for block in found["tasks"].values():
        for entry in [*block["metrics"].values(), *block.get("free_running", {}).values()]:
            assert entry["p_one_sided"] is entry["p_holm"] is entry.get("p_mcnemar") is None
            assert entry["reason"]
    assert found["tasks"]["icd10"]["metrics"]["accuracy"]["ci95"]


def test_two_cases_of_a_patient_are_one_patient_to_the_test() -> None:
    test = pairs(6, cases_each=5)
    found = evaluate(test, answered(test, 0.0), answered(test, 1.0), {}, SPEC)
    entry = found["tasks"]["icd10"]["metrics"]["accuracy"]
    assert (entry["better"], entry["worse"], entry["tied"]) == (6, 0, 0)
    assert entry["p_one_sided"] == pytest.approx(1 / 64)
    assert entry["p_mcnemar"] == pytest.approx(1 / 64)
    assert (found["tasks"]["icd10"]["n"], found["tasks"]["icd10"]["pairs"]) == (6, 30)


def test_the_order_of_predictions_does_not_matter() -> None:
    base, tuned = answered(TEST, 0.2, seed=1), answered(TEST, 0.95, seed=2)
    majority = {"majority": answered(TEST, 0.5, seed=3)}
    assert evaluate(TEST, base[::-1], tuned[::-1], majority, SPEC) == RESULT


@pytest.mark.parametrize("damage", ["missing", "double"])
def test_a_missing_or_double_prediction_is_an_error_that_names_it(damage: str) -> None:
    tuned = answered(TEST, 0.9)
    tuned = tuned[1:] if damage == "missing" else [tuned[0], *tuned]
    with pytest.raises(RadoncError, match=r"bundle-1 .*case c0-0"):
        evaluate(TEST, answered(TEST, 0.2), tuned, {}, SPEC)


def test_no_test_pair_is_an_error() -> None:
    with pytest.raises(RadoncError, match="no test pair"):
        evaluate([], [], [], {}, SPEC)


def test_a_code_not_in_training_stays_and_is_counted_as_wrong() -> None:
    test = [*TEST, Pair("new", "p-new", Task.ICD10, "rare", "C69.31")]
    tuned = [*answered(TEST, 1.0), Prediction("new", Task.ICD10, "C34.11")]
    found = evaluate(test, None, tuned, {}, replace(SPEC, base=None))
    assert found["unseen_codes"] == 1
    assert found["tasks"]["icd10"]["unseen_labels"] == 1
    assert found["tasks"]["icd10"]["n"] == 61
    assert found["tasks"]["icd10"]["metrics"]["accuracy"]["tuned"] == pytest.approx(60 / 61)


def test_without_a_base_there_is_no_difference_and_a_reason() -> None:
    found = evaluate(TEST, None, answered(TEST, 0.9), {}, replace(SPEC, base=None))
    assert found["base"] is None
    for block in found["tasks"].values():
        for entry in block["metrics"].values():
            assert entry["base"] is entry["difference"] is entry["ci95"] is None
            assert entry["p_one_sided"] is None
            assert entry["reason"] == "no base model was evaluated"
            assert 0 <= entry["tuned"] <= 1


def test_one_task_alone_keeps_the_family_as_declared() -> None:
    test = [pair for pair in TEST if pair.task is Task.ICD10]
    found = evaluate(test, answered(test, 0.0), answered(test, 1.0), {}, SPEC)
    entry = found["tasks"]["icd10"]["metrics"]["accuracy"]
    assert set(found["tasks"]) == {"icd10"}
    assert entry["p_holm"] == pytest.approx(3 * entry["p_mcnemar"])


def test_a_baseline_has_values_intervals_and_the_tuned_models_distance() -> None:
    for task, block in RESULT["baselines"]["majority"].items():
        entry = block["metrics"]["accuracy"]
        assert entry["ci95"][0] <= entry["value"] <= entry["ci95"][1]
        tuned = RESULT["tasks"][task]["metrics"]["accuracy"]["tuned"]
        assert entry["tuned_difference"] == pytest.approx(tuned - entry["value"])
        assert block["n"] == 60


@given(
    st.integers(1, 7),
    st.integers(1, 2),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_any_evaluation_is_json_without_nan(
    n: int, each: int, base: float, tuned: float, garbage: bool
) -> None:
    test = pairs(n, each)
    said = answered(test, tuned, seed=n)
    if garbage:
        said = [replace(p, text="?!", free_text="") for p in said]
    spec = replace(SPEC, resamples=50)
    found = evaluate(test, answered(test, base), said, {"nearest": said}, spec)
    json.dumps(found, allow_nan=False)
    assert all(np.isfinite(number) for number in numbers(found))
    for block in found["tasks"].values():
        for entry in [*block["metrics"].values(), *block.get("free_running", {}).values()]:
            assert entry["ci95"] or entry["ci95_reason"]
            assert entry["p_one_sided"] is not None or entry["reason"]


def test_pairs_come_back_from_their_file(tmp_path: Any) -> None:
    case = {
        "case_id": "c1",
        "patient": "p1",
        "diagnosis": "Lungenkrebs, größer als 3 cm",
        "regimen": "60 Gy in 30 fractions, photon",
        "modality": "photon",
        "icd10": "C34.11",
    }
    made = case_pairs(case)
    assert [pair.answer for pair in made] == [case["regimen"], "photon", "C34.11"]
    assert write_pairs(tmp_path / "test.jsonl", made) == 3
    assert list(read_pairs(tmp_path / "test.jsonl")) == made


def test_a_letter_typed_as_two_characters_makes_the_same_prompt() -> None:
    assert prompt("gro\u0308\u00dfer", Task.ICD10) == prompt("gr\u00f6\u00dfer", Task.ICD10)


@pytest.mark.parametrize("seen", ["train", "held", "against"])
def test_a_test_patient_that_a_model_has_seen_stops_the_evaluation(
    tmp_path: Path, seen: str
) -> None:
    known = pairs(6)
    parts = {"test": known[:6], "train": known[6:9], "held": known[9:12], "against": known[12:15]}
    parts[seen] = [*parts[seen], known[0]]
    for name, part in parts.items():
        write_pairs(tmp_path / f"{name}.jsonl", part)
    spec = {
        "schema": 1,
        "test_file": str(tmp_path / "test.jsonl"),
        "train_file": str(tmp_path / "train.jsonl"),
        "seen_files": [str(tmp_path / "held.jsonl"), str(tmp_path / "against.jsonl")],
    }
    write_json(tmp_path / "spec.json", spec)
    with pytest.raises(Refused, match="1 test patient can be found in what"):
        evaluate_work(Work(tmp_path), Reporter(io.StringIO(), tmp_path / "stop"))
    assert not (tmp_path / "predictions.jsonl").exists()


@pytest.mark.parametrize("damage", [{"task": "dose"}, {"answer": None}])
def test_a_line_that_is_no_pair_is_an_error(damage: dict[str, Any]) -> None:
    record: dict[str, Any] = {**pair_record(TEST[0]), **damage}
    record = {name: value for name, value in record.items() if value is not None}
    with pytest.raises(RadoncError, match="no pair of a case"):
        pair_from_record(record)
