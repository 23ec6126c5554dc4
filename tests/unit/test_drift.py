"""Drift says which answers changed and what was lost; nothing smaller is recommended beyond it."""

import pytest

from exports.evaluation.drift import drift
from exports.evaluation.drift_limit import (
    NOT_RECORDED,
    DriftLimit,
    beyond,
    by_device,
    limit_of,
    recommended,
)
from exports.inference.predictor import Prediction
from store.policy import Policy
from trainer.tasks import Pair, Task


def pairs(count: int, task: Task, answer: str) -> list[Pair]:
    return [Pair(f"c{i}", f"p{i}", task, "text", answer) for i in range(count)]


def said(asked: list[Pair], *texts: str, sure: float = 0.9) -> list[Prediction]:
    every = [texts[i % len(texts)] for i in range(len(asked))]
    return [
        Prediction(p.case_id, p.task, text, {text: sure, "other": 1 - sure})
        for p, text in zip(asked, every, strict=True)
    ]


def test_equal_answers_have_no_drift() -> None:
    asked = pairs(40, Task.MODALITY, "photon")
    answers = said(asked, "photon", "proton")
    found = drift(asked, answers, answers)["modality"]
    assert (found["changed"], found["lost"], found["full"], found["small"]) == (0, 0, 0.5, 0.5)
    assert found["kl"] == pytest.approx(0)
    assert beyond({"cpu": {"modality": found}}, DriftLimit()) == []


def test_what_changes_and_what_is_lost_is_counted_by_patient() -> None:
    asked = pairs(40, Task.MODALITY, "photon")
    found = drift(asked, said(asked, "photon"), said(asked, "photon", "proton"))["modality"]
    assert (found["n"], found["changed"], found["changed_share"], found["lost"]) == (
        40,
        20,
        0.5,
        0.5,
    )
    low, high = found["lost_ci95"]
    assert 0.3 < low < 0.5 < high < 0.7
    assert found["kl"] > 1
    sentences = beyond({"cpu": {"modality": found}}, DriftLimit())
    assert ["change" in s for s in sentences] == [True, False]
    assert "lost" in sentences[1]


def test_another_wording_of_a_regimen_is_no_change() -> None:
    asked = pairs(4, Task.REGIMEN, "60 Gy in 30 fractions, photon")
    found = drift(
        asked, said(asked, "60 Gy in 30 fractions, photon"), said(asked, "2 Gy x 30, photon")
    )
    assert found["regimen"]["changed"] == 0
    assert "4 validation patients" in beyond({"cpu": found}, DriftLimit())[0]


def test_the_smallest_file_within_the_limit_is_recommended() -> None:
    asked = pairs(40, Task.ICD10, "C61")
    same = {"cpu": drift(asked, said(asked, "C61"), said(asked, "C61"))}
    moved = {"cpu": drift(asked, said(asked, "C61"), said(asked, "C61", "C50.911"))}
    files = {
        "Q8_0": {"bytes": 8, "mean_kl": 0.01, "drift": same},
        "Q4_K_M": {"bytes": 4, "mean_kl": 0.05, "drift": moved},
    }
    assert recommended(files, DriftLimit()) == "Q8_0"
    files["Q4_K_M"]["drift"] = same
    assert recommended(files, DriftLimit()) == "Q4_K_M"
    # another department lets half of the answers change
    files["Q4_K_M"]["drift"] = moved
    assert recommended(files, limit_of(Policy(drift_changed=0.5, drift_lost=0.5))) == "Q4_K_M"
    unmeasured = {name: {**file, "drift": None} for name, file in files.items()}
    assert recommended(unmeasured, DriftLimit()) == "Q8_0"


def test_a_file_must_be_within_the_limit_on_every_device() -> None:
    asked = pairs(40, Task.ICD10, "C61")
    same = drift(asked, said(asked, "C61"), said(asked, "C61"))
    moved = drift(asked, said(asked, "C61"), said(asked, "C61", "C50.911"))
    found = beyond({"gpu": same, "cpu": moved}, DriftLimit())
    assert [sentence.split(":")[0] for sentence in found] == ["icd10 on cpu", "icd10 on cpu"]
    assert by_device(same) == {NOT_RECORDED: same}
    assert by_device({"gpu": same}) == {"gpu": same}
    assert by_device(None) == {}
