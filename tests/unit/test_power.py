"""Power of exact McNemar: a published example, simulation, and the two questions asked of it."""

import json
from math import ceil, sqrt

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from exports.evaluation.power import patients_needed, power_of, smallest_difference
from exports.evaluation.statistics import mcnemar


def test_power_is_that_of_a_published_example() -> None:
    """G*Power's manual after O'Brien (2002): 50 pairs, 0.32 against 0.08, one-sided 5 %."""
    assert power_of(50, 0.24, 0.40) == pytest.approx(0.8393, abs=1e-4)
    # the level that the exact test really has there: 0.0326
    assert power_of(50, 0.0, 0.40) == pytest.approx(0.0326, abs=1e-4)


@pytest.mark.parametrize("alternative", ["greater", "two-sided"])
def test_power_is_how_often_the_test_says_so(alternative: str) -> None:
    rng = np.random.default_rng(2)
    n, better, worse = 80, 0.20, 0.08
    drawn = rng.multinomial(n, [better, worse, 1 - better - worse], 4000)
    tests = {(b, w): mcnemar(b, w, alternative) for b, w in {(int(b), int(w)) for b, w, _ in drawn}}
    seen = np.mean([tests[int(b), int(w)] <= 0.05 for b, w, _ in drawn])
    expected = power_of(n, better - worse, better + worse, alternative=alternative)
    assert abs(seen - expected) < 4 * sqrt(expected * (1 - expected) / 4000)


def test_without_a_difference_the_level_is_held() -> None:
    levels = [power_of(n, 0.0, share) for n in (1, 10, 37, 150, 900) for share in (0.05, 0.3, 1.0)]
    assert max(levels) <= 0.05
    assert max(levels) > 0.04


@given(st.floats(0.02, 0.3), st.floats(0.0, 0.5), st.sampled_from(["greater", "two-sided"]))
@settings(max_examples=20, deadline=None)
def test_so_many_patients_have_the_power_and_fewer_have_not(
    difference: float, more: float, alternative: str
) -> None:
    discordance = difference + more
    found = patients_needed(difference, discordance, alternative=alternative)
    assert found.patients is not None

    def power(n: int) -> float:
        return power_of(n, difference, discordance, alternative=alternative)

    assert power(found.patients) >= 0.8
    assert min(power(found.patients + step) for step in range(10)) >= 0.8
    assert power(found.patients - 1) < 0.8 or found.patients <= 5


def test_connors_approximation_is_a_little_below_the_exact_number() -> None:
    z_alpha, z_power = 1.959964, 0.841621
    share, difference = 0.3, 0.1
    apart = z_alpha * sqrt(share) + z_power * sqrt(share - difference**2)
    connor = ceil((apart / difference) ** 2)
    found = patients_needed(difference, share, alternative="two-sided").patients
    assert found is not None
    assert connor <= found <= 1.1 * connor


def test_the_two_questions_are_each_others_answer() -> None:
    plan = patients_needed(0.08, 0.25, tests=3)
    assert plan.patients is not None
    assert plan.alpha == pytest.approx(0.05 / 3)
    after = smallest_difference(plan.patients, 0.25, tests=3)
    assert after.difference == pytest.approx(0.08, abs=0.002)


@pytest.mark.parametrize(
    ("patients", "discordance", "words"),
    [(0, 0.2, "no patient"), (50, 0.0, "no patient differs"), (8, 0.2, "no difference is shown")],
)
def test_no_smallest_difference_says_why(patients: int, discordance: float, words: str) -> None:
    found = smallest_difference(patients, discordance)
    assert found.difference is None
    assert words in found.reason
    json.dumps(found.record(), allow_nan=False)


@pytest.mark.parametrize("difference", [0.0, -0.1, 0.3, float("nan")])
def test_no_number_of_patients_for_what_is_no_difference(difference: float) -> None:
    found = patients_needed(difference, 0.2)
    assert found.patients is None
    assert found.reason


def test_a_difference_too_small_to_show_says_so() -> None:
    found = patients_needed(1e-4, 0.5)
    assert (found.patients, found.reason) == (None, "more than 100000 patients would be needed")
