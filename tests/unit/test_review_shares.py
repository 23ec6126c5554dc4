"""Weighted shares and their intervals: against the textbook, by simulation, at the ends."""

from math import sqrt

import numpy as np
import pytest

from exports.evaluation import review_shares
from exports.evaluation.review_shares import (
    _resampled,
    effective,
    totals_of,
    weighted_difference,
    weighted_share,
    weights,
)
from exports.evaluation.statistics import wilson
from store.reviews import ReviewCase


def cases(*strata: tuple[str, int, int], patients: int = 0) -> list[ReviewCase]:
    """Of each (stratum, cases drawn, cases in all) the drawn ones, of their own patients."""
    made = [
        ReviewCase(f"{name}{i}", f"{name}{i}", f"{name}{i}", "", (), name, size / drawn)
        for name, drawn, size in strata
        for i in range(drawn)
    ]
    if not patients:
        return made
    return [ReviewCase(c.item, c.case_id, str(i % patients), "", ()) for i, c in enumerate(made)]


def test_a_share_is_weighted_back_to_all_cases() -> None:
    drawn = cases(("a", 20, 180), ("b", 20, 20))
    said = ([True] * 8 + [False] * 2) * 2 + ([True] * 2 + [False] * 8) * 2
    found = weighted_share(said, drawn, totals_of(drawn))
    assert (found.count, found.n) == (20, 40)
    assert found.share == pytest.approx(0.9 * 0.8 + 0.1 * 0.2)
    assert found.method == "case bootstrap within strata"
    # where one stratum lost half of its judgements, the others do not stand for it
    fewer = drawn[:20] + drawn[20:30]
    assert weights(fewer, totals_of(drawn)).tolist() == [9.0] * 20 + [2.0] * 10


def test_the_bootstrap_has_the_variance_of_the_textbook() -> None:
    """Cochran, Sampling Techniques, 1977, formula 5.7: the sum of W^2 s^2 / n."""
    strata = (("a", 5, 70), ("b", 3, 20), ("c", 12, 10))
    drawn = cases(*strata)
    values = np.random.default_rng(1).random(len(drawn))
    weight = weights(drawn, totals_of(drawn))
    means = _resampled([case.stratum for case in drawn], weight, seed=0) @ values / weight.sum()
    start, variance = 0, 0.0
    for _, n, size in strata:
        variance += (size / 100) ** 2 * values[start : start + n].var(ddof=1) / n
        start += n
    assert means.std() == pytest.approx(sqrt(variance), rel=0.05)
    assert means.mean() == pytest.approx(weight @ values / weight.sum(), abs=0.02)


def test_the_interval_covers_the_truth_as_often_as_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(review_shares, "RESAMPLES", 1000)
    rng = np.random.default_rng(20261126)
    strata = (("a", 60, 600), ("b", 40, 100))
    drawn, shares = cases(*strata), np.repeat([0.6, 0.8], [60, 40])
    truth = (600 * 0.6 + 100 * 0.8) / 700
    totals = totals_of(drawn)
    covered = 0
    for seed in range(400):
        said = (rng.random(100) < shares).tolist()
        low, high = weighted_share(said, drawn, totals, seed=seed).ci95 or (0, 0)
        covered += low <= truth <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_of_few_cases_wilson_speaks() -> None:
    """Resampling three of four accepted cases would rule out that half are not."""
    drawn = cases(("a", 2, 13), ("b", 2, 13))
    found = weighted_share([True, True, True, False], drawn, totals_of(drawn))
    assert (found.share, found.method) == (0.75, "wilson")
    assert found.ci95 == wilson(3, 4).ci95


def test_where_nothing_spreads_wilson_speaks() -> None:
    drawn = cases(("a", 10, 90), ("b", 10, 10))
    found = weighted_share([True] * 20, drawn, totals_of(drawn))
    # 10 cases of weight 9 and 10 of weight 1 are worth 12 alike ones
    assert effective(weights(drawn, totals_of(drawn))) == 12
    assert (found.share, found.ci95, found.method) == (1.0, wilson(12, 12).ci95, "wilson")
    one_mind = weighted_share([True] * 10 + [False] * 10, drawn, totals_of(drawn))
    assert one_mind.share == pytest.approx(0.9)
    assert one_mind.method == "wilson"
    one = cases(("a", 1, 30))
    assert weighted_share([True], one, totals_of(one)).ci95 == wilson(1, 1).ci95
    assert weighted_share([], [], {}).reason == "there is nothing to count"


def test_patients_with_several_cases_are_resampled_whole() -> None:
    drawn = cases(("a", 40, 40), patients=10)
    said = [i % 10 < 5 for i in range(40)]
    found = weighted_share(said, drawn, totals_of(drawn))
    assert found.method.startswith("patient bootstrap")
    apart = weighted_share(said, cases(("a", 40, 40)), {"a": 40.0})
    assert found.ci95
    assert apart.ci95
    # ten patients of one mind each say as much as ten cases
    assert found.ci95[1] - found.ci95[0] > 1.7 * (apart.ci95[1] - apart.ci95[0])


def test_differences_at_the_ends() -> None:
    drawn = cases(("a", 10, 90), ("b", 10, 10))
    totals = totals_of(drawn)
    mean, found = weighted_difference([1.0, -1.0] * 5 + [0.0] * 10, drawn, totals)
    assert mean == 0
    assert found.ci95
    assert -1 < found.ci95[0] < 0 < found.ci95[1] < 1
    mean, found = weighted_difference([0.0] * 20, drawn, totals)
    assert (mean, found.method) == (0, "wilson, all patients alike")
    mean, found = weighted_difference([1.0] * 10 + [0.0] * 10, drawn, totals)
    assert mean == pytest.approx(0.9)
    assert found.method == "case bootstrap"
    one = cases(("a", 1, 1))
    assert weighted_difference([1.0], one, totals_of(one))[1].reason.startswith("an interval needs")
    assert weighted_difference([], [], {})[0] is None
