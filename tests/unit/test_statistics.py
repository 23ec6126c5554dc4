import warnings
from itertools import combinations, product
from math import comb, isfinite
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from exports.evaluation.statistics import (
    better_worse_tied,
    bootstrap,
    holm,
    mcnemar,
    mean_interval,
    per_patient,
    proportion_interval,
    same_everywhere,
    signed_rank,
    weighted_mean,
    wilson,
)

differences = st.lists(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0]), max_size=40)


def names(n: int) -> list[str]:
    return [f"p{i:05d}" for i in range(n)]


def exact_by_enumeration(values: list[float]) -> float:
    """P(W+ >= observed) over all sign changes of the non-zero differences, by mid-ranks."""
    kept = [v for v in values if v]
    sizes = sorted(abs(v) for v in kept)
    rank = {
        size: np.mean([i + 1 for i, other in enumerate(sizes) if other == size]) for size in sizes
    }
    ranks = [rank[abs(v)] for v in kept]
    observed = sum(r for r, v in zip(ranks, kept, strict=True) if v > 0)
    sums = [
        sum(r for r, up in zip(ranks, ups, strict=True) if up)
        for ups in product([False, True], repeat=len(kept))
    ]
    return sum(float(total) >= observed - 1e-9 for total in sums) / len(sums)


def scipy_interval(right: int, n: int, method: str) -> tuple[float, float]:
    from scipy.stats import binomtest

    ends = binomtest(right, n).proportion_ci(0.95, method=method)
    return float(ends.low), float(ends.high)


@given(st.integers(1, 400), st.data())
@settings(deadline=None)
def test_wilson_agrees_with_scipy(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n))
    low, high = wilson(right, n).ci95 or (np.nan, np.nan)
    assert (low, high) == pytest.approx(scipy_interval(right, n, "wilson"), abs=1e-12)
    assert low <= right / n <= high


@pytest.mark.parametrize(("right", "n"), [(0, 0), (2, 1), (-1, 5), (float("nan"), 5)])
def test_wilson_of_nothing_is_none_with_a_reason(right: float, n: int) -> None:
    found = wilson(right, n)
    assert found.ci95 is None
    assert found.reason


@given(st.lists(st.sampled_from([-1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0]), min_size=1, max_size=11))
@settings(max_examples=40, deadline=None)
def test_signed_rank_of_few_patients_is_the_exact_distribution(values: list[float]) -> None:
    assert signed_rank(values).p == pytest.approx(exact_by_enumeration(values), abs=1e-9)


def test_right_and_wrong_answers_are_compared_by_all_sign_changes() -> None:
    values = [1.0] * 11 + [-1.0] * 2
    found = signed_rank(values)
    assert found.method == "exact"
    assert found.p == pytest.approx((1 + 13 + 78) / 2**13, rel=1e-12)
    assert found.rank_biserial == pytest.approx(9 / 13)


@given(st.integers(0, 900), st.integers(0, 900), st.sampled_from(["greater", "two-sided"]))
@settings(deadline=None)
def test_of_answers_that_are_right_or_wrong_it_is_mcnemar(
    better: int, worse: int, alternative: str
) -> None:
    found = signed_rank([1.0] * better + [-1.0] * worse + [0.0], alternative)
    assert found.p == pytest.approx(mcnemar(better, worse, alternative), rel=1e-9)


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=400), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_ties_in_any_number_are_those_of_random_sign_changes(values: list[int], seed: int) -> None:
    from scipy.stats import rankdata

    kept = np.array([v for v in values if v], dtype=float)
    if not len(kept):
        return
    ranks = rankdata(np.abs(kept))
    flips = np.random.default_rng(seed).integers(0, 2, (4000, len(kept)))
    as_high = np.mean(flips @ ranks >= ranks[kept > 0].sum() - 1e-9)
    found = signed_rank(values).p
    assert found is not None
    assert abs(found - as_high) < 5 * np.sqrt(found * (1 - found) / 4000) + 1e-3


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=50, unique_by=abs))
@settings(max_examples=40, deadline=None)
def test_without_ties_it_is_the_exact_test_of_scipy(values: list[float]) -> None:
    from scipy.stats import wilcoxon

    kept = [v for v in values if v]
    for alternative in ("greater", "two-sided"):
        expected: Any = wilcoxon(kept, alternative=alternative, method="exact")
        assert signed_rank(kept, alternative).p == pytest.approx(float(expected.pvalue), rel=1e-9)


def test_five_better_and_the_rest_tied_is_not_flattered_by_the_zeros() -> None:
    found = signed_rank([1.0] * 5 + [0.0] * 55)
    assert found.p == pytest.approx(1 / 32)
    assert (found.method, found.n_effective) == ("exact", 5)
    assert mcnemar(5, 0) == pytest.approx(1 / 32)


def test_very_many_are_asymptotic_and_say_so() -> None:
    from scipy.stats import wilcoxon

    values = [1.0] * 250 + [0.5] * 40 + [-1.0] * 220 + [0.0] * 4
    found = signed_rank(values)
    assert (found.method, found.n_effective, found.zero_method) == ("asymptotic", 510, "wilcox")
    expected: Any = wilcoxon(
        values, zero_method="wilcox", alternative="greater", method="asymptotic"
    )
    assert found.p == pytest.approx(expected.pvalue, rel=1e-12)
    fewer = values[:-20]
    near: Any = wilcoxon(fewer, alternative="greater", method="asymptotic")
    exact = signed_rank(fewer)
    assert exact.method == "exact"
    assert exact.p == pytest.approx(near.pvalue, rel=0.1)


def test_no_ties_are_exact_and_zeros_do_not_count() -> None:
    values = [0.01 * (i + 1) for i in range(50)]
    found = signed_rank([*values, *[0.0] * 30])
    assert (found.method, found.n_effective) == ("exact", 50)
    assert found.p == pytest.approx(2.0**-50, rel=1e-6)
    assert found.rank_biserial == 1


def test_no_difference_is_no_evidence_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = signed_rank([0.0] * 60)
    assert (found.p, found.n_effective, found.method) == (1.0, 0, "none")
    assert found.reason


@pytest.mark.parametrize("values", [[], [float("nan"), 1.0], [float("inf")]])
def test_signed_rank_of_nothing_is_none_with_a_reason(values: list[float]) -> None:
    found = signed_rank(values)
    assert found.p is None
    assert found.reason


@given(differences)
@settings(max_examples=12, deadline=None)
def test_signed_rank_is_a_probability_and_turns_with_the_sign(values: list[float]) -> None:
    found, turned = signed_rank(values), signed_rank([-v for v in values])
    if values:
        assert found.p is not None
        assert turned.p is not None
        assert 0 < found.p <= 1
        assert found.p + turned.p >= 1 - 1e-9  # both tails hold the observed value
    better, worse, tied = better_worse_tied(values)
    assert better + worse + tied == len(values)
    assert found.n_effective == better + worse


@given(st.integers(0, 60), st.integers(0, 60))
@settings(deadline=None)
def test_mcnemar_is_the_share_of_coin_tosses_as_good(better: int, worse: int) -> None:
    tosses = better + worse
    as_good = sum(comb(tosses, heads) for heads in range(better, tosses + 1))
    assert mcnemar(better, worse) == pytest.approx(as_good / 2**tosses, rel=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_the_closure_of_bonferroni(p_values: list[float]) -> None:
    """A hypothesis falls when every set of hypotheses that it belongs to falls by Bonferroni."""
    found = holm({str(i): p for i, p in enumerate(p_values)})
    everyone = range(len(p_values))
    sets = [s for size in everyone for s in combinations(everyone, size + 1)]
    for i in everyone:
        expected = max(min(1.0, len(s) * min(p_values[j] for j in s)) for s in sets if i in s)
        assert found[str(i)] == pytest.approx(expected)


def test_holm_counts_what_could_not_be_tested() -> None:
    assert holm({"a": 0.01, "b": None, "c": float("nan")}) == {"a": 0.03, "b": None, "c": None}


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.floats(0, 1)), min_size=1, max_size=30
    )
)
def test_per_patient_is_the_mean_of_each_in_sorted_order(pairs: list[tuple[str, float]]) -> None:
    patients = [patient for patient, _ in pairs]
    found = per_patient([value for _, value in pairs], patients)
    expected = [np.mean([v for p, v in pairs if p == name]) for name in sorted(set(patients))]
    assert list(found) == pytest.approx(expected, abs=1e-11)


def test_means_that_are_equal_on_paper_are_tied() -> None:
    tuned = per_patient([0.1, 0.2, 0.3], ["a"] * 3)
    base = per_patient([0.3, 0.2, 0.1], ["a"] * 3)
    assert better_worse_tied(tuned - base) == (0, 0, 1)


def test_bootstrap_agrees_with_scipy_and_repeats_itself() -> None:
    from scipy.stats import bootstrap as scipy_bootstrap

    values = np.random.default_rng(5).normal(0.4, 0.3, 80)
    found = mean_interval(values, names(80), low=-1, high=1, seed=3)
    assert found == mean_interval(values, names(80), low=-1, high=1, seed=3)
    assert found != mean_interval(values, names(80), low=-1, high=1, seed=4)
    other = scipy_bootstrap((values,), np.mean, method="percentile", rng=0).confidence_interval
    assert found.ci95 == pytest.approx((other.low, other.high), abs=0.01)


def test_cases_of_one_patient_are_drawn_together() -> None:
    """Ten copies of each case of thirty patients bring no more certainty than the thirty."""
    values = np.random.default_rng(1).integers(0, 2, 30).astype(float)
    alone = mean_interval(values, names(30), low=0, high=1, seed=7)
    copied = mean_interval(
        np.repeat(values, 10), list(np.repeat(names(30), 10)), low=0, high=1, seed=7
    )
    assert copied.ci95 == pytest.approx(alone.ci95)
    ends = proportion_interval(np.repeat(values, 10), list(np.repeat(names(30), 10))).ci95
    apart = wilson(values.sum(), 30).ci95
    assert ends == pytest.approx(apart, abs=0.01)
    independent = wilson(values.sum() * 10, 300).ci95
    assert ends is not None
    assert independent is not None
    assert ends[1] - ends[0] > 2 * (independent[1] - independent[0])


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    hits = 0
    for seed in range(200):
        sample = rng.uniform(0, 1, 60)
        ends = mean_interval(sample, names(60), low=0, high=1, seed=seed, resamples=500).ci95
        assert ends is not None
        hits += ends[0] <= 0.5 <= ends[1]
    assert 0.88 <= hits / 200 <= 0.99


@settings(deadline=None)
@given(st.integers(2, 300), st.sampled_from([-1.0, 0.0, 0.3, 1.0]))
def test_patients_all_alike_still_leave_room_for_the_next(n: int, value: float) -> None:
    found = mean_interval([value] * n, names(n), low=-1, high=1, seed=0)
    assert found.ci95 is not None
    low, high = found.ci95
    assert -1 <= low <= value <= high <= 1
    assert low < high
    share = scipy_interval(n, n, "wilson")[0]
    assert same_everywhere(1.0, n, 0.0, 1.0).ci95 == pytest.approx((share, 1.0))


@pytest.mark.parametrize(
    ("values", "patients"), [([], []), ([0.5], ["a"]), ([0.1, 0.9], ["a", "a"])]
)
def test_one_patient_or_none_gives_no_interval(values: list[float], patients: list[str]) -> None:
    found = mean_interval(values, patients, low=0, high=1, seed=0)
    assert found.ci95 is None
    assert found.reason


def test_values_that_are_no_numbers_give_no_interval() -> None:
    assert mean_interval([0.1, float("nan")], names(2), low=0, high=1, seed=0).ci95 is None
    values = {"none": np.full(1, np.nan)}
    found = bootstrap(names(3), lambda weights: values, seed=0, resamples=1)["none"]
    assert found.ci95 is None
    assert found.reason


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
@settings(max_examples=30, deadline=None)
def test_an_interval_is_finite_and_inside_the_values(values: list[float]) -> None:
    patients, mean = names(len(values)), weighted_mean(values)
    moved = bootstrap(patients, mean, seed=0, resamples=200)["mean"]
    found = bootstrap(patients, mean, seed=0, resamples=200, unbias=False)["mean"]
    assert (moved.ci95 is None) == (found.ci95 is None)
    if found.ci95 and moved.ci95:
        low, high = found.ci95
        assert isfinite(low)
        assert 0 <= moved.ci95[0] <= np.mean(values) + 1e-9
        assert np.mean(values) - 1e-9 <= moved.ci95[1] <= 1
        assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    else:
        assert max(values) - min(values) < 1e-9


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_patients_alike_in_their_means_count_as_that_many(value: float) -> None:
    """Two cases each, of which the same share is right: no spread, and still no certainty."""
    cases = [0.0, 1.0] * 20 if value == 0.5 else [value] * 40
    found = proportion_interval(cases, [f"p{i // 2}" for i in range(40)])
    assert found.ci95 == pytest.approx(wilson(20 * value, 20).ci95)
    mean = mean_interval(cases, [f"p{i // 2}" for i in range(40)], low=0, high=1, seed=0)
    assert mean.ci95 is not None
    assert mean.method == "wilson, all patients alike"


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=60))
def test_a_share_has_an_interval_around_it_or_a_reason(pairs: list[tuple[int, bool]]) -> None:
    right, patients = [float(r) for _, r in pairs], [str(p) for p, _ in pairs]
    found = proportion_interval(right, patients)
    if len(set(patients)) < 2 and len(pairs) > 1:
        assert found.ci95 is None
        assert found.reason
    else:
        assert found.ci95 is not None
        assert 0 <= found.ci95[0] <= np.mean(right) + 1e-9
        assert np.mean(right) - 1e-9 <= found.ci95[1] <= 1


def test_an_interval_moved_by_its_bias_stays_where_shares_lie() -> None:
    def biased(weights: np.ndarray) -> dict[str, np.ndarray]:
        return {"share": np.minimum(1.0, 0.97 - 0.05 * np.abs(weights[:, 0] - 1))}

    found = bootstrap(names(50), biased, seed=0)["share"]
    assert found.ci95 is not None
    assert 0.9 < found.ci95[0] < found.ci95[1] <= 1.0
    assert "bias" in found.method
