"""What is declared beforehand, and what a verdict leads with."""

import json
import subprocess
import sys

import numpy as np
import pytest

from exports.evaluation.families import (
    FAMILIES,
    best_by_validation,
    corrected,
    families_record,
    read_families,
)
from exports.evaluation.standing import standing
from exports.evaluation.statistics import mean_interval, wilson


def people(n: int) -> list[str]:
    return [f"p{i:04d}" for i in range(n)]


def test_two_families_of_three_are_frozen_as_data() -> None:
    base, baseline = FAMILIES
    assert (base.alternative, baseline.alternative) == ("greater", "two-sided")
    assert base.members == baseline.members
    assert len(base.members) == 3
    assert read_families(json.loads(json.dumps(families_record()))) == FAMILIES


def test_naming_the_families_imports_nothing_heavy() -> None:
    code = (
        "import sys, exports.evaluation.families\n"
        "print([m for m in ('numpy', 'scipy', 'sklearn') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_member_that_could_not_be_tested_does_not_make_the_family_smaller() -> None:
    family = FAMILIES[0]
    names = family.members
    found = corrected(family, {names[0]: 0.01, names[1]: None, "icd10.f1_macro": 0.001})
    assert list(found) == list(names)
    assert found[names[0]] == {"p": 0.01, "p_holm": 0.03}
    assert found[names[1]] == found[names[2]] == {"p": None, "p_holm": None}


def test_the_best_baseline_is_that_of_validation_and_of_equal_ones_the_first() -> None:
    scores = {"majority": 0.3, "tfidf_lr": 0.5, "nearest": 0.5, "broken": float("nan")}
    found = best_by_validation(scores)
    assert (found.name, found.score) == ("tfidf_lr", 0.5)
    assert found.scores["broken"] is None
    nothing = best_by_validation({"majority": None})
    assert nothing.name is None
    assert nothing.reason
    json.dumps(nothing.record(), allow_nan=False)


def test_a_standing_is_score_lower_bound_and_difference() -> None:
    rng = np.random.default_rng(0)
    tuned = (rng.random(120) < 0.7).astype(float)
    beside = (rng.random(120) < 0.4).astype(float)
    found = standing("icd10.accuracy", tuned, people(120), "nearest", beside, seed=1).record()
    ends = wilson(tuned.sum(), 120).ci95
    assert ends is not None
    assert found["score"] == tuned.mean()
    assert found["ci95"] == pytest.approx(list(ends))
    assert found["lower"] == ends[0]
    apart = mean_interval(tuned - beside, people(120), low=-1, high=1, seed=1).ci95
    assert found["difference_ci95"] == pytest.approx(apart)
    assert found["above_baseline"] is True
    json.dumps(found, allow_nan=False)


def test_a_standing_of_scores_is_resampled() -> None:
    tuned = np.linspace(0.2, 0.9, 50)
    found = standing("regimen.rouge1", tuned, people(50), seed=0, resamples=500)
    assert found.interval.method == "patient bootstrap"
    assert found.difference is None
    assert found.difference_interval.reason == "there is no baseline"
    assert found.above is None


@pytest.mark.parametrize(
    ("tuned", "beside", "score", "difference"),
    [
        ([], [], None, None),
        ([1.0], [0.0], 1.0, 1.0),
        ([float("nan"), 1.0], [0.0, 0.0], None, None),
        ([1.0, 1.0], [float("nan"), 0.0], 1.0, None),
        ([1.0] * 30, [1.0] * 30, 1.0, 0.0),
    ],
)
def test_none_one_nan_and_tied(
    tuned: list[float], beside: list[float], score: float | None, difference: float | None
) -> None:
    found = standing("m", tuned, people(len(tuned)), "nearest", beside, seed=0).record()
    assert (found["score"], found["difference"]) == (score, difference)
    json.dumps(found, allow_nan=False)
    if len(tuned) == 30:
        low, high = found["difference_ci95"]
        assert low < 0 < high
        assert found["above_baseline"] is False
    else:
        assert found["difference_ci95"] is None
        assert found["difference_ci95_reason"]
