"""Permutation tests and the tests of record, against scipy, statsmodels and enumeration."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from exports.evaluation.paired_tests import (
    MCNEMAR,
    SIGN_FLIP,
    SIGN_TEST,
    right_or_wrong,
    scored,
)
from exports.evaluation.permutation import sign_flip
from exports.evaluation.statistics import holm, mcnemar

ALTERNATIVES = ("greater", "two-sided")


def people(n: int) -> list[str]:
    return [f"p{i:04d}" for i in range(n)]


@given(
    st.lists(st.sampled_from([-0.5, -0.2, 0.0, 0.1, 0.3, 1.0]), min_size=1, max_size=10),
    st.sampled_from(ALTERNATIVES),
)
@settings(max_examples=40, deadline=None)
def test_few_patients_are_all_sign_changes_as_in_scipy(
    values: list[float], alternative: str
) -> None:
    from scipy.stats import permutation_test

    found = sign_flip(values, people(len(values)), alternative=alternative)
    assert found.difference == pytest.approx(np.mean(values))
    kept = [v for v in values if v]
    if len(kept) < 2:
        one = 0.5 if kept and kept[0] > 0 and alternative == "greater" else 1.0
        assert found.p == one
        return
    expected: Any = permutation_test(
        (np.array(kept),),
        np.mean,
        permutation_type="samples",
        n_resamples=2**14,
        alternative=alternative,
    )
    assert (found.method, found.permutations) == ("exact", 2 ** len(kept))
    assert found.p == pytest.approx(float(expected.pvalue), abs=1e-9)


def test_many_patients_are_random_sign_changes_that_are_never_nought() -> None:
    found = sign_flip([0.1] * 200, people(200), resamples=999)
    assert (found.method, found.permutations, found.p) == ("monte carlo", 999, 1 / 1000)
    values = np.random.default_rng(1).normal(0.1, 1, 60)
    one = sign_flip(values, people(60), seed=1, resamples=4999)
    two = sign_flip(values, people(60), seed=1, resamples=4999)
    assert one == two
    assert one.p is not None
    assert abs(one.p - _gaussian(values)) < 0.03


def _gaussian(values: np.ndarray) -> float:
    from scipy.stats import norm

    return float(norm.sf(values.sum() / np.sqrt((values**2).sum())))


def test_cases_of_a_patient_turn_together() -> None:
    """Ten equal copies of each of five patients say no more than the five."""
    values = [0.2, 0.1, 0.3, 0.4, 0.2]
    alone = sign_flip(values, people(5))
    copied = sign_flip(np.repeat(values, 10), list(np.repeat(people(5), 10)))
    assert alone.p == copied.p == 1 / 32
    assert copied.n_effective == 5


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 5), st.sampled_from(ALTERNATIVES))
@settings(max_examples=40, deadline=None)
def test_the_test_of_record_of_right_and_wrong_is_mcnemar(
    better: int, worse: int, tied: int, alternative: str
) -> None:
    tuned = [1.0] * better + [0.0] * worse + [1.0] * tied
    base = [0.0] * better + [1.0] * worse + [1.0] * tied
    found = right_or_wrong(tuned, base, people(len(tuned)), alternative)
    record = found.record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    if not tuned:
        assert (found.p, found.reason) == (None, "there is no pair to compare")
        return
    assert (found.test, found.better, found.worse, found.tied) == (MCNEMAR, better, worse, tied)
    assert found.p == mcnemar(better, worse, alternative)
    # of right and wrong answers Wilcoxon's exact test is the same test
    assert found.wilcoxon.p == pytest.approx(found.p)
    assert record["wilcoxon"]["zero_method"] == "wilcox"


def test_mcnemar_and_holm_are_those_of_statsmodels() -> None:
    tables = pytest.importorskip("statsmodels.stats.contingency_tables")
    multi = pytest.importorskip("statsmodels.stats.multitest")
    for better, worse in ((10, 2), (30, 31), (5, 0)):
        expected = tables.mcnemar([[7, worse], [better, 3]], exact=True).pvalue
        assert mcnemar(better, worse, "two-sided") == pytest.approx(float(expected))
    p_values = [0.01, 0.04, 0.03]
    expected = multi.multipletests(p_values, method="holm")[1]
    found = holm(dict(zip("abc", p_values, strict=True)))
    assert [found[name] for name in "abc"] == pytest.approx(list(expected))


def test_mcnemar_of_a_published_table() -> None:
    """Agresti, *Categorical Data Analysis*, 2002, table 10.1 (approval ratings): 150 and 86."""
    from scipy.stats import norm

    found = right_or_wrong([1] * 150 + [0] * 86, [0] * 150 + [1] * 86, people(236), "two-sided")
    # z^2 there is 17.36, and the exact p lies near that of it with a continuity correction
    z = 17.36**0.5
    assert found.p is not None
    assert 2 * norm.sf(z) < found.p
    assert found.p == pytest.approx(2 * norm.sf(z - 1 / 236**0.5), rel=0.15)


def test_two_cases_of_a_patient_are_a_sign_test_over_patients() -> None:
    tuned, base = [1, 1, 1, 0, 1, 0], [0, 0, 0, 0, 0, 1]
    found = right_or_wrong(tuned, base, ["a", "a", "b", "b", "c", "c"])
    assert (found.test, found.better, found.worse, found.tied) == (SIGN_TEST, 2, 0, 1)
    assert found.p == 1 / 4


def test_scores_are_tested_by_their_mean_with_wilcoxon_beside() -> None:
    from scipy.stats import wilcoxon

    rng = np.random.default_rng(3)
    tuned, base = rng.random(40), rng.random(40) - 0.1
    found = scored(tuned, base, people(40), "greater", resamples=1999)
    assert found.test == SIGN_FLIP
    assert found.method == "monte carlo"
    assert found.difference == pytest.approx(tuned.mean() - base.mean())
    expected: Any = wilcoxon(tuned - base, alternative="greater", method="exact")
    assert found.wilcoxon.p == pytest.approx(float(expected.pvalue), rel=1e-6)
    ranks = np.argsort(np.argsort(np.abs(tuned - base))) + 1
    signed = float((ranks * np.sign(tuned - base)).sum() / ranks.sum())
    assert found.wilcoxon.rank_biserial == pytest.approx(signed)


@pytest.mark.parametrize("test", [right_or_wrong, scored])
@pytest.mark.parametrize(
    ("tuned", "base", "p", "reason"),
    [
        ([], [], None, "there is no pair to compare"),
        ([1.0], [0.0], 0.5, None),
        ([1.0] * 9, [1.0] * 9, 1.0, "no patient differs"),
        ([float("nan"), 1.0], [0.0, 0.0], None, "a score is not a number"),
    ],
)
def test_none_one_tied_and_nan(
    test: Any, tuned: list[float], base: list[float], p: float | None, reason: str | None
) -> None:
    found = test(tuned, base, people(len(tuned)))
    assert found.p == p
    assert found.record().get("reason") == reason
    json.dumps(found.record(), allow_nan=False)
