"""Abstention: a threshold that is proven or none, and the risk-coverage curve."""

import json
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from exports.evaluation.selective import (
    at_threshold,
    find_threshold,
    lower_bound,
    risk_coverage,
)


def people(n: int) -> list[str]:
    return [f"p{i:05d}" for i in range(n)]


@given(st.integers(1, 300), st.data())
@settings(deadline=None)
def test_the_bound_is_that_of_scipy(n: int, data: st.DataObject) -> None:
    from scipy.stats import binomtest

    right = data.draw(st.integers(0, n))
    expected = binomtest(right, n, alternative="greater").proportion_ci(0.95, method="exact").low
    assert lower_bound(right, n) == pytest.approx(float(expected), abs=1e-9)


def test_the_bound_is_that_of_statsmodels() -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    for right, n in ((18, 20), (59, 60), (300, 333)):
        low, _ = proportion.proportion_confint(right, n, alpha=0.1, method="beta")
        assert lower_bound(right, n) == pytest.approx(float(low), abs=1e-12)


def confident(n: int, seed: int, cut: float) -> tuple[list[float], list[float]]:
    """Scores from 0 to 1; above ``cut`` 99 % are right, below it half."""
    rng = np.random.default_rng(seed)
    scores = rng.random(n)
    return list(scores), list((rng.random(n) < np.where(scores > cut, 0.99, 0.5)).astype(float))


def test_a_threshold_is_found_where_accuracy_falls() -> None:
    scores, right = confident(800, 1, 0.4)
    found = find_threshold(scores, right, people(800), 0.9)
    assert found.threshold is not None
    assert 0.3 < found.threshold < 0.65
    assert found.lower is not None
    assert found.lower >= 0.9
    assert found.coverage == pytest.approx(np.mean(np.array(scores) >= found.threshold))
    given = [r for s, r in zip(scores, right, strict=True) if s >= found.threshold]
    assert lower_bound(int(sum(given)), len(given)) == pytest.approx(found.lower)
    assert all(step.accepted for step in found.steps[:-1])
    thresholds = [step.threshold for step in found.steps]
    assert thresholds == sorted(thresholds, reverse=True)
    json.dumps(found.record(), allow_nan=False)


def test_the_first_that_fails_ends_the_search() -> None:
    """The surest are wrong and the rest right: nothing further down is looked at."""
    scores = [1 - i / 400 for i in range(400)]
    right = [0.0] * 40 + [1.0] * 360
    found = find_threshold(scores, right, people(400), 0.8)
    assert found.threshold is None
    assert len(found.steps) == 1
    assert "no threshold found" in found.reason
    everyone = find_threshold(scores, [1.0] * 400, people(400), 0.8)
    assert everyone.threshold == pytest.approx(scores[-1])
    assert everyone.coverage == 1


@pytest.mark.parametrize(
    ("scores", "right", "goal", "words"),
    [
        ([], [], 0.9, "takes at least 58 validation patients"),
        ([0.9] * 57, [1.0] * 57, 0.9, "takes at least 58 validation patients"),
        ([None] * 100, [1.0] * 100, 0.9, "takes at least 58 validation patients"),
        ([float("nan")] * 100, [1.0] * 100, 0.9, "takes at least 58"),
        ([0.9] * 100, [0.0] * 100, 0.9, "0 are right"),
        ([0.9] * 100, [1.0] * 100, 1.0, "between 0 and 1"),
    ],
)
def test_no_threshold_says_why(
    scores: list[float | None], right: list[float], goal: float, words: str
) -> None:
    found = find_threshold(scores, right, people(len(scores)), goal)
    assert found.threshold is None
    assert words in found.reason
    json.dumps(found.record(), allow_nan=False)


def test_equal_scores_are_taken_or_left_together() -> None:
    found = find_threshold([0.9] * 100, [1.0] * 99 + [0.0], people(100), 0.9)
    assert found.threshold == 0.9
    assert found.coverage == 1
    assert [step.patients for step in found.steps] == [100]


def test_several_answers_of_a_patient_prove_no_more_than_one() -> None:
    """Ten right answers each of ten patients are ten, which cannot show 90 %."""
    patients = [f"p{i // 10}" for i in range(100)]
    found = find_threshold([0.9] * 100, [1.0] * 100, patients, 0.9)
    assert found.threshold is None
    spread = find_threshold([0.9] * 100, [1.0] * 100, people(100), 0.9)
    assert spread.threshold == 0.9


def test_rows_at_a_threshold_show_what_vanishes_first() -> None:
    scores: list[float | None] = [0.9, 0.8, 0.2, None, 0.9, 0.1]
    modality = ["photon", "photon", "photon", "proton", "proton", ""]
    rows = at_threshold(
        scores, [1, 0, 1, 1, 1, 0], people(6), {"modality": modality, "site": ["lung"] * 6}, 0.5
    )
    shown = [(r["by"], r["group"], r["cases"], r["answered"]) for r in rows]
    assert shown == [
        ("all", "", 6, 3),
        ("modality", "not recorded", 1, 0),
        ("modality", "proton", 2, 1),
        ("modality", "photon", 3, 2),
        ("site", "lung", 6, 3),
    ]
    assert rows[0]["coverage"]["value"] == 0.5
    assert rows[0]["accuracy"]["value"] == pytest.approx(2 / 3)
    assert rows[1]["accuracy"]["value"] is None
    assert rows[1]["accuracy"]["ci95_reason"]
    json.dumps(rows, allow_nan=False)
    (empty,) = at_threshold([], [], [], {}, 0.5)
    assert empty["coverage"]["value"] is None


def area_by_hand(scores: list[float], right: list[float]) -> float:
    """The mean over all orders that the scores allow."""
    places = range(len(scores))
    orders = [
        o for o in permutations(places) if all(scores[a] >= scores[b] for a, b in pairwise(o))
    ]
    areas = [
        np.mean([np.mean([1 - right[i] for i in order[: k + 1]]) for k in places])
        for order in orders
    ]
    return float(np.mean(areas))


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_the_area_is_the_mean_over_the_orders_that_scores_allow(
    pairs: list[tuple[float, bool]],
) -> None:
    scores, right = [s for s, _ in pairs], [float(r) for _, r in pairs]
    found = risk_coverage(scores, right, people(len(pairs)), resamples=20)
    assert found["area"] == pytest.approx(area_by_hand(scores, right))
    assert found["best"] <= found["area"] + 1e-9
    assert found["curve"][-1] == pytest.approx([1.0, found["random"]])
    json.dumps(found, allow_nan=False)


def test_a_curve_of_many_is_thinned_and_has_an_interval() -> None:
    scores, right = confident(1000, 3, 0.4)
    found = risk_coverage(scores, right, people(1000), resamples=200)
    assert len(found["curve"]) <= 200
    low, high = found["ci95"]
    assert low < found["area"] < high
    assert found["area"] < found["random"]


@pytest.mark.parametrize("scores", [[], [0.5, None], [0.5, float("nan")]])
def test_no_curve_without_scores(scores: list[float | None]) -> None:
    found = risk_coverage(scores, [1.0] * len(scores), people(len(scores)))
    assert found["area"] is None
    assert found["reason"]
