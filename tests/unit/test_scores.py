"""Scores of probabilities, calibration error and calibration, against scikit-learn."""

import json
from math import exp, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from exports.evaluation.calibration import (
    fit_correctness,
    fit_temperature,
)
from exports.evaluation.reliability import reliability
from exports.evaluation.scores import label_priors, label_scores

LABELS = ("photon", "proton", "electron", "brachytherapy")


def people(n: int) -> list[str]:
    return [f"p{i:05d}" for i in range(n)]


def distributions(
    n: int, seed: int, sharp: float = 1.0
) -> tuple[list[dict[str, float]], list[str]]:
    """``n`` predictions and labels drawn from them raised to the power ``sharp``."""
    rng = np.random.default_rng(seed)
    raw = rng.dirichlet(np.full(4, 0.6), n)
    true = raw**sharp / (raw**sharp).sum(1, keepdims=True)
    chosen = [LABELS[int(rng.choice(4, p=row))] for row in true]
    return [dict(zip(LABELS, map(float, row), strict=True)) for row in raw], chosen


@given(st.integers(2, 60), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_log_loss_and_brier_agree_with_scikit_learn(n: int, seed: int) -> None:
    from sklearn.metrics import brier_score_loss, log_loss

    probabilities, reference = distributions(n, seed)
    found = label_scores(probabilities, reference, people(n), resamples=50)
    order = sorted(LABELS)
    table = np.array([[of[label] for label in order] for of in probabilities])
    expected = log_loss(reference, table, labels=order)
    assert found["log_loss"]["value"] == pytest.approx(expected, rel=1e-6)
    # scikit-learn can halve the score, so that it lies between 0 and 1
    half: Any = brier_score_loss(reference, table, labels=order, scale_by_half=True)  # pyright: ignore[reportArgumentType]
    assert found["brier"]["value"] == pytest.approx(2 * float(half), rel=1e-6)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_label_outside_the_list_has_a_brier_score_and_no_log_loss() -> None:
    probabilities: list[dict[str, float]] = [{"a": 0.5, "b": 0.5}, {"a": 0.8, "b": 0.2}, {}]
    found = label_scores(probabilities, ["a", "z", "a"], people(3), resamples=50)
    assert (found["cases"], found["without"], found["outside"]) == (3, 1, 1)
    assert found["log_loss"]["value"] == pytest.approx(log(2))
    assert found["log_loss"]["ci95"] is None
    assert found["brier"]["value"] == pytest.approx((0.5 + 1 + 0.64 + 0.04) / 2)


@pytest.mark.parametrize(
    ("probabilities", "reference", "reason"),
    [
        ([], [], "no case has probabilities"),
        ([{}], ["a"], "no case has probabilities"),
        ([{"a": float("nan"), "b": 0.5}], ["a"], "a probability is not a number"),
        ([{"a": 0.2, "b": 0.2}], ["a"], "the probabilities of a case do not sum to 1"),
    ],
)
def test_what_cannot_be_scored_says_why(
    probabilities: list[dict[str, float]], reference: list[str], reason: str
) -> None:
    found = label_scores(probabilities, reference, people(len(reference)))
    for name in ("log_loss", "brier"):
        assert found[name]["value"] is None
        assert found[name]["reason"] == reason


def test_a_right_label_of_no_probability_is_an_infinite_loss_said_in_words() -> None:
    found = label_scores([{"a": 1.0, "b": 0.0}] * 2, ["a", "b"], people(2), resamples=50)
    assert found["log_loss"]["value"] is None
    assert "infinite" in found["log_loss"]["reason"]
    assert found["brier"]["value"] == 1.0


def test_priors_stand_beside_training_shares() -> None:
    found = label_priors({"photon": 0.7, "proton": 0.3}, {"photon": 90, "electron": 10})
    assert found["total_variation"] == pytest.approx(0.3)
    assert found["labels"][0]["label"] == "proton"
    assert found["labels"][0]["difference"] == pytest.approx(0.3)
    assert label_priors({}, {"photon": 1})["reason"]
    assert label_priors({"photon": 1.0}, {})["reason"]
    assert label_priors({"photon": float("nan")}, {"photon": 1})["total_variation"] is None


def scored(n: int, seed: int, power: float = 1.0) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(seed)
    scores = 1 / (1 + np.exp(-rng.normal(1.2, 1.5, n)))
    return list(scores), list((rng.random(n) < scores**power).astype(float))


def test_the_diagram_is_that_of_scikit_learn() -> None:
    from sklearn.calibration import calibration_curve

    scores, right = scored(600, 1)
    found = reliability(scores, right, people(600), resamples=100)
    share, mean = calibration_curve(right, scores, n_bins=10, strategy="quantile")
    assert [b["share"] for b in found["bins"]] == pytest.approx(list(share))
    assert [b["mean"] for b in found["bins"]] == pytest.approx(list(mean))
    assert [b["cases"] for b in found["bins"]] == [60] * 10
    assert found["ece"] == pytest.approx(float(np.abs(share - mean).mean()))
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_calibrated_score_is_within_what_calibration_shows_and_a_bad_one_is_not() -> None:
    good = reliability(*scored(1000, 2), people(1000), resamples=300)
    assert good["ece"] < good["if_calibrated"]["p95"]
    assert good["ci95"][0] < 0.01
    bad = reliability(*scored(1000, 2, power=3.0), people(1000), resamples=300)
    assert bad["ece"] > 3 * bad["if_calibrated"]["p95"]
    assert bad["ci95"][0] > bad["if_calibrated"]["mean"]
    assert bad["ci95"][0] < bad["ece"] < bad["ci95"][1]


def test_equal_scores_share_a_bin_and_no_error_still_has_an_upper_end() -> None:
    found = reliability([1.0] * 150 + [0.5] * 100, [1.0] * 250, people(250), resamples=100)
    assert [(b["low"], b["cases"]) for b in found["bins"]] == [(0.5, 100), (1.0, 150)]
    assert found["ece"] == pytest.approx(0.2)
    perfect = reliability([1.0] * 200, [1.0] * 200, people(200), resamples=100)
    assert perfect["ece"] == 0
    assert 0 < perfect["ci95"][1] < 0.03


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ([0.5] * 199, "199 cases are too few"),
        ([], "0 cases are too few"),
        ([0.5] * 200 + [None], "no score"),
        ([0.5] * 200 + [float("nan")], "no score"),
        ([0.5] * 200 + [1.5], "not between 0 and 1"),
    ],
)
def test_no_error_without_cases_or_scores(scores: list[float | None], words: str) -> None:
    found = reliability(scores, [1.0] * len(scores), people(len(scores)))
    assert found["ece"] is None
    assert found["bins"] == []
    assert words in found["reason"]


def test_temperature_of_two_labels_is_a_logistic_regression_without_intercept() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(4)
    odds = rng.normal(0, 3, 400)
    true = rng.random(400) < 1 / (1 + np.exp(-odds / 2.5))
    first = 1 / (1 + np.exp(-odds))
    probabilities = [{"a": float(p), "b": float(1 - p)} for p in first]
    found = fit_temperature(probabilities, ["a" if t else "b" for t in true])
    other = LogisticRegression(C=1e9, fit_intercept=False, tol=1e-10).fit(odds[:, None], true)
    assert found.value == pytest.approx(1 / float(other.coef_[0, 0]), rel=1e-3)
    assert found.log_loss is not None
    assert found.log_loss[1] < found.log_loss[0]


def test_temperature_undoes_what_was_done_to_probabilities() -> None:
    probabilities, reference = distributions(3000, 5, sharp=0.5)
    found = fit_temperature(probabilities, reference)
    assert found.value == pytest.approx(2.0, rel=0.1)
    cooled = found.apply({"a": 0.81, "b": 0.01, "c": 0.18})
    assert sum(cooled.values()) == pytest.approx(1)
    assert sorted(cooled, key=cooled.__getitem__) == ["b", "c", "a"]
    before, after = (
        label_scores(p, reference, people(3000), resamples=2)["log_loss"]["value"]
        for p in (probabilities, [found.apply(of_case) for of_case in probabilities])
    )
    assert (before, after) == pytest.approx(found.log_loss, rel=1e-6)


@pytest.mark.parametrize(
    ("probabilities", "reference", "words"),
    [
        ([], [], "0 validation cases are too few"),
        ([{"a": 0.6, "b": 0.4}] * 60, ["a"] * 60, "ever lower"),
        ([{"a": 0.6, "b": 0.4}] * 60, ["b"] * 60, "ever higher"),
        ([{"a": 0.6, "b": 0.4}] * 60, ["z"] * 60, "too few"),
        ([{"a": float("nan"), "b": 0.4}] * 60, ["a"] * 60, "not a number"),
    ],
)
def test_no_temperature_is_one_with_a_reason(
    probabilities: list[dict[str, float]], reference: list[str], words: str
) -> None:
    found = fit_temperature(probabilities, reference)
    assert found.value == 1.0
    assert words in found.reason
    assert found.apply({"a": 0.25, "b": 0.75}) == pytest.approx({"a": 0.25, "b": 0.75})
    assert found.apply({}) == {}
    json.dumps(found.record(), allow_nan=False)


def test_platt_agrees_with_a_weighted_logistic_regression() -> None:
    """Targets a little short of 0 and 1 are each case twice, with the two targets as weights."""
    from sklearn.linear_model import LogisticRegression

    scores, right = scored(400, 6, power=2.5)
    found = fit_correctness(scores, right, people(400))
    assert (found.method, found.calibrated, found.name) == ("platt", True, "probability")
    x = np.array([log(s / (1 - s)) for s in scores])[:, None]
    hits, n = sum(right), 400
    target = np.where(np.array(right) > 0, (hits + 1) / (hits + 2), 1 / (n - hits + 2))
    other = LogisticRegression(C=1e9, tol=1e-10, max_iter=1000).fit(
        np.vstack([x, x]), [1] * n + [0] * n, sample_weight=np.hstack([target, 1 - target])
    )
    slope, intercept = found.knots[0]
    assert slope == pytest.approx(float(other.coef_[0, 0]), rel=1e-3)
    assert intercept == pytest.approx(float(other.intercept_[0]), abs=1e-3)
    assert found.apply(0.7) == pytest.approx(1 / (1 + exp(-(slope * log(0.7 / 0.3) + intercept))))


def test_isotonic_from_a_thousand_cases_is_that_of_scikit_learn() -> None:
    from sklearn.isotonic import IsotonicRegression

    scores, right = scored(1200, 7, power=2.0)
    found = fit_correctness(scores, right, people(1200))
    assert found.method == "isotonic"
    other = IsotonicRegression(out_of_bounds="clip").fit(scores, right)
    at = np.linspace(0.05, 0.999, 50)
    ours = np.array([found.apply(float(s)) for s in at])
    assert np.allclose(ours, np.clip(other.predict(at), 1 / 1202, 1201 / 1202), atol=1e-9)
    assert (np.diff(ours) >= 0).all()


def test_calibration_makes_the_error_smaller_on_others() -> None:
    found = fit_correctness(*scored(900, 8, power=3.0), people(900))
    scores, right = scored(2000, 9, power=3.0)
    before = reliability(scores, right, people(2000), resamples=50)["ece"]
    after = reliability([found.apply(s) for s in scores], right, people(2000), resamples=50)
    assert after["ece"] < before / 4


@pytest.mark.parametrize(
    ("scores", "right", "words"),
    [
        ([], [], "too few"),
        ([0.5] * 99, [1.0] * 99, "too few"),
        ([0.1 + i / 200 for i in range(150)], [1.0] * 150, "150 of 150 validation regimens"),
        ([0.5] * 150, [0.0, 1.0] * 75, "every answer has the same score"),
        ([i / 150 for i in range(150)], [1.0] * 75 + [0.0] * 75, "not more often right"),
        ([None] * 150, [0.0, 1.0] * 75, "0 validation cases are too few"),
        ([float("nan")] * 150, [0.0, 1.0] * 75, "0 validation cases are too few"),
    ],
)
def test_without_calibration_it_stays_a_model_score(
    scores: list[float | None], right: list[float], words: str
) -> None:
    found = fit_correctness(scores, right, people(len(scores)))
    assert (found.method, found.calibrated, found.name) == ("none", False, "model score")
    assert words in found.reason
    assert found.apply(0.42) == 0.42
    assert found.apply(None) is None
    assert found.apply(float("nan")) is None
    record = found.record()
    assert (record["calibrated"], record["name"]) == (False, "model score")
    json.dumps(record, allow_nan=False)
