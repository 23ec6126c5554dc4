"""The sections of an evaluation agree with its tables and say why where there is no number."""

import json
from dataclasses import replace

import numpy as np
import pytest

from exports.evaluation.facts import CaseFacts
from exports.evaluation.sections import Ground, sections
from exports.inference.predictor import Prediction
from store.clinical.icd10 import load_codes
from store.home import Home
from tests.unit.evaluation_examples import ANSWERS, answered, pairs
from trainer.tasks import Task

TEST = pairs(60)
HELD = pairs(130)


def scored(predictions: list[Prediction], seed: int = 0) -> list[Prediction]:
    """The same answers with probabilities, the answer's own the largest."""
    rng = np.random.default_rng(seed)
    found: list[Prediction] = []
    for made in predictions:
        sure = 0.5 + rng.random() / 2
        other = next(a for a in ANSWERS[made.task] if a != made.text)
        closed = made.task is not Task.REGIMEN
        probabilities = {made.text: sure, other: 1 - sure} if closed else {}
        found.append(replace(made, probabilities=probabilities, score=sure))
    return found


@pytest.fixture
def ground(home: Home) -> Ground:
    facts = {
        pair.case_id: CaseFacts(
            pair.case_id, pair.patient, pair.diagnosis, "", "photon", "", site="lung", sex="female"
        )
        for pair in TEST
    }
    return Ground(
        test=TEST,
        train=pairs(200),
        answers={
            "tuned": scored(answered(TEST, 0.9, seed=2)),
            "base": scored(answered(TEST, 0.2, seed=1)),
            "majority": answered(TEST, 0.5, seed=3),
            "nearest": answered(TEST, 0.6, seed=4),
        },
        baselines=("majority", "nearest"),
        facts=facts,
        codes=load_codes(home),
        calibrated_on=HELD,
        calibrating=scored(answered(HELD, 0.7, seed=5)),
        validation={"majority": {"regimen": 0.5}, "nearest": {"regimen": 0.6, "icd10": 0.4}},
        prior={"modality": {"photon": 0.7, "electron": 0.3}},
        resamples=200,
    )


def test_everything_is_there_and_is_json(ground: Ground) -> None:
    found = sections(ground)
    json.dumps(found, allow_nan=False)
    assert set(found) == {
        *("classes", "scores", "selective", "subgroups", "best_baseline", "standing"),
        *("families", "rouge_tests", "power", "codes"),
    }
    assert set(found["classes"]) == {"modality", "icd10"}
    micro = found["classes"]["modality"]["tuned"]["micro"]["recall"]["value"]
    assert micro == pytest.approx(found["standing"]["modality"]["score"])
    assert found["scores"]["regimen"]["calibrated"] is True
    assert found["scores"]["regimen"]["name"] != "model score"
    assert found["scores"]["modality"]["prior"]["total_variation"] == pytest.approx(0.2)
    sites = [row for row in found["subgroups"]["regimen"] if row["by"] == "site"]
    assert [(row["group"], row["cases"]) for row in sites] == [("lung", 60)]


def test_the_best_baseline_is_chosen_on_validation_alone(ground: Ground) -> None:
    found = sections(ground)
    assert found["best_baseline"]["regimen"]["name"] == "nearest"
    assert found["best_baseline"]["modality"]["name"] is None
    base, baseline = found["families"]
    assert set(base["tests"]) == {"regimen.accuracy", "modality.accuracy", "icd10.accuracy"}
    assert set(baseline["tests"]) == {"regimen.accuracy", "icd10.accuracy"}
    assert baseline["alternative"] == "two-sided"
    for test in base["tests"].values():
        assert test["p"] <= test["p_holm"] <= 1


def test_a_quick_evaluation_has_no_p_value(ground: Ground) -> None:
    found = sections(replace(ground, quick=True))
    assert [family["tests"] for family in found["families"]] == [{}, {}]
    assert found["rouge_tests"] == {}


def test_without_validation_nothing_is_called_a_probability(ground: Ground) -> None:
    found = sections(replace(ground, calibrated_on=(), calibrating=(), validation={}, prior={}))
    regimen = found["scores"]["regimen"]
    assert (regimen["calibrated"], regimen["name"]) == (False, "model score")
    assert found["scores"]["icd10"]["calibrated"] is False
    assert found["selective"]["icd10"]["threshold"]["threshold"] is None
    assert found["selective"]["icd10"]["threshold"]["reason"]
    assert found["scores"]["modality"]["prior"]["total_variation"] is None


def test_one_patient_and_no_base_give_numbers_or_reasons(ground: Ground) -> None:
    one = [pair for pair in TEST if pair.patient == "p0"]
    answers = {
        who: [a for a, pair in zip(made, TEST, strict=True) if pair.patient == "p0"]
        for who, made in ground.answers.items()
        if who != "base"
    }
    found = sections(replace(ground, test=one, answers=answers))
    json.dumps(found, allow_nan=False)
    assert found["power"] == {}
    assert found["families"][0]["tests"] == {}
