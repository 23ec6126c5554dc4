"""Which cases are reviewed, how many each stands for, and in which order they come back."""

from collections import Counter

import pytest
from hypothesis import given, strategies as st

from exports.evaluation.facts import CaseFacts
from exports.evaluation.review import review_cases
from exports.evaluation.review_sample import LEAST, POOLED, coming_back, draw, strata_of
from store.review_order import items_in_order
from tests.unit.review_examples import predictions, review_facts, review_pairs

strata = st.dictionaries(st.integers(0, 400).map(str), st.sampled_from("abcdefgh"), min_size=1)


@given(strata, st.integers(1, 500), st.integers(0, 99))
def test_the_drawn_cases_stand_for_all(of: dict[str, str], count: int, seed: int) -> None:
    drawn = draw(of, count, seed)
    assert len({one.case_id for one in drawn}) == len(drawn) == min(count, len(of))
    assert sum(one.weight for one in drawn) == pytest.approx(len(of))
    assert draw(of, count, seed) == drawn
    groups = Counter(one.stratum for one in drawn)
    for stratum, taken in groups.items():
        assert taken >= min(LEAST, len(drawn))
        size = sum(one.weight for one in drawn if one.stratum == stratum)
        if stratum != POOLED:
            assert size == pytest.approx(Counter(of.values())[stratum])


def test_small_strata_are_pooled_and_large_ones_share_what_is_left() -> None:
    of = {f"a{i}": "a" for i in range(60)} | {f"b{i}": "b" for i in range(30)}
    of |= {"c0": "c", "d0": "d", "e0": "e"}
    drawn = draw(of, 20, seed=1)
    # two each, then by size; c, d and e have one case each and are one stratum
    assert Counter(one.stratum for one in drawn) == {"a": 12, "b": 6, POOLED: 2}
    assert {one.stratum: one.weight for one in drawn} == {"a": 5.0, "b": 5.0, POOLED: 1.5}
    assert {one.stratum for one in draw(of, 5, seed=1)} == {"a", POOLED}
    assert {one.stratum for one in draw(of, 1, seed=1)} == {POOLED}
    assert len(draw(of, 500, seed=1)) == len(of)


def test_each_case_of_a_stratum_is_drawn_as_often() -> None:
    of = {str(i): "a" if i < 12 else "b" for i in range(16)}
    times = Counter(one.case_id for seed in range(3000) for one in draw(of, 8, seed))
    # 12 and 4 cases: six of the one, two of the other, so that each has an even chance
    assert all(abs(times[str(i)] / 3000 - 0.5) < 0.05 for i in range(16))


def test_strata_are_site_and_intent_and_nothing_where_no_facts_are_kept() -> None:
    facts = [
        CaseFacts("1", "p", "d", "r", "m", "i", site="breast", intent="adjuvant"),
        CaseFacts("2", "p", "d", "r", "m", "i", intent="unknown"),
    ]
    assert strata_of("12", facts) == {"1": "breast, adjuvant", "2": "unknown site, unknown intent"}
    assert strata_of("12", []) == {"1": "", "2": ""}


def test_cards_know_their_stratum_and_who_treated_the_case() -> None:
    pairs = review_pairs(20)
    cases = review_cases(pairs, predictions(pairs), 10, 1, b"s" * 32, review_facts(pairs))
    known = {fact.case_id: fact for fact in review_facts(pairs)}
    first = [case for case in cases if not case.repeats]
    assert sum(case.weight for case in first) == pytest.approx(20)
    assert {case.stratum for case in first} == {
        "breast, curative",
        "prostate, curative",
        "bone, palliative",
    }
    assert all(case.attending == known[case.case_id].attending for case in cases)


def test_a_tenth_comes_back_and_nothing_of_a_single_case() -> None:
    assert [len(coming_back(map(str, range(n)), 1)) for n in (1, 2, 10, 11, 50)] == [0, 1, 1, 2, 5]
    assert coming_back("abcdefghij", 1) == coming_back("jihgfedcba", 1)


@given(st.integers(1, 40), st.data(), st.binary(min_size=32, max_size=32), st.text())
def test_a_repeat_comes_later_and_never_next(
    count: int, data: st.DataObject, secret: bytes, name: str
) -> None:
    cases = [f"case {i}" for i in range(count)]
    again = data.draw(st.sets(st.sampled_from(cases), max_size=max(0, count - 1)))
    items = dict.fromkeys(cases, "") | {f"{case} again": case for case in again}
    order = items_in_order(secret.hex(), name, items)
    assert set(order) == set(items)
    for case in again:
        assert order.index(f"{case} again") > order.index(case) + 1
    if not again:
        assert len(order) == count


def test_what_repeats_the_only_case_is_not_shown() -> None:
    assert items_in_order("00", "ada", {"a": "", "a again": "a"}) == ["a"]
