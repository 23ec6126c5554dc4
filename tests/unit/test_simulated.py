"""Tests hold their level and intervals their coverage, in worlds in which the truth is known.

A few lines of the tables in ``docs/statistics.md``; the others are slow.
"""

import pytest

from tests.unit.simulated import (
    MACRO,
    Classes,
    area_coverage,
    clustered_level,
    ece_coverage,
    macro_coverage,
    mcnemar_level,
    mean_coverage,
    share_coverage,
    sign_flip_level,
    unproven_thresholds,
    wilcoxon_level,
    wilson_coverage,
)


@pytest.mark.parametrize(("n", "share"), [(30, 0.5), (200, 0.1), (1000, 0.2)])
def test_mcnemar_holds_its_level(n: int, share: float) -> None:
    assert mcnemar_level(n, share, 4000).near(0, 0.05)


def test_wilcoxon_of_right_and_wrong_holds_its_level_where_the_normal_one_does_not() -> None:
    """Of 15 that all differ, 11 better come by chance in 5.9 %: too many to count as 5 %."""
    assert wilcoxon_level(15, 1.0, 1500).near(0.005, 0.05)


def test_the_sign_test_holds_its_level_with_several_cases_of_a_patient() -> None:
    assert clustered_level(40, 800).near(0, 0.05)


@pytest.mark.parametrize("clustered", [False, True])
def test_sign_flips_of_scores_are_at_their_level(clustered: bool) -> None:
    assert sign_flip_level(20, 2000, clustered).near(0.045, 0.055)


@pytest.mark.parametrize("n", [100, 300])
@pytest.mark.parametrize("share", [0.1, 0.35, 0.5, 0.8, 0.9])
def test_wilson_covers(n: int, share: float) -> None:
    assert 0.93 <= wilson_coverage(n, share) <= 0.97


@pytest.mark.parametrize(
    ("share", "alike"), [(0.5, 0.0), (0.5, 0.5), (0.8, 0.3), (0.95, 0.3), (0.95, 0.0)]
)
def test_a_share_by_patient_covers(share: float, alike: float) -> None:
    assert share_coverage(100, share, alike, 800).near(0.93, 0.97)


@pytest.mark.parametrize("kind", ["uniform", "rouge", "difference"])
@pytest.mark.parametrize("clustered", [False, True])
def test_a_resampled_mean_covers(kind: str, clustered: bool) -> None:
    assert mean_coverage(kind, 100, clustered, 250).near(0.93, 0.97)


def test_macro_f1_covers_where_no_class_is_rare() -> None:
    total, _, _, cautioned = macro_coverage(Classes(200, 4, 0.85, 0.5), 200)
    assert cautioned == 0
    assert total.near(0.93, 0.97)


def test_macro_f1_of_rare_classes_comes_with_a_caution() -> None:
    total, _, _, cautioned = macro_coverage(Classes(200, 40, 0.8, 1), 60)
    assert cautioned > 0.95
    assert not total.near(0.93, 0.97)


def test_a_threshold_is_rarely_one_that_misses_its_goal() -> None:
    assert unproven_thresholds(300, 600).near(0, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("world", MACRO, ids=str)
def test_macro_f1_covers_or_is_cautioned(world: Classes) -> None:
    _, without, _, cautioned = macro_coverage(world, 400)
    assert cautioned > 0.5 or without.near(0.93, 0.97)


@pytest.mark.slow
@pytest.mark.parametrize("power", [1.0, 1.2, 3.0])
def test_the_calibration_error_covers(power: float) -> None:
    assert ece_coverage(400, power, 300).near(0.88, 1.0)


@pytest.mark.slow
def test_the_area_covers_and_thresholds_hold_with_several_answers_of_a_patient() -> None:
    assert area_coverage(200, 400).near(0.93, 0.97)
    assert unproven_thresholds(300, 1000, clustered=True).near(0, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("patients", [100, 300])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("alike", [0.0, 0.3, 0.8])
def test_a_share_covers_everywhere(patients: int, share: float, alike: float) -> None:
    assert share_coverage(patients, share, alike, 2000).near(0.93, 0.97)
