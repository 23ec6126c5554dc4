from collections import defaultdict

import pytest
from hypothesis import given, strategies as st

from store.errors import BadUsage
from store.splits import PARTS, WAYS, Member, SplitRules, split

SECRET = b"s" * 32


def members(count: int, cases_each: int = 1) -> list[Member]:
    return [
        Member(f"case-{p}-{c}", f"patient-{p}", 2000 + p % 20, f"site-{p % 7}", f"source-{c % 2}")
        for p in range(count)
        for c in range(cases_each)
    ]


many = st.lists(
    st.builds(
        Member,
        case_id=st.uuids().map(str),
        patient=st.integers(0, 30).map(str),
        year=st.none() | st.integers(1990, 2030),
        site=st.sampled_from(["brain", "breast", "lung"]),
        source=st.sampled_from(["a", "b", "c"]),
    ),
    min_size=1,
    max_size=60,
)


@given(many, st.sampled_from(WAYS), st.integers(0, 5))
def test_a_patient_is_on_one_side_of_test(cases: list[Member], by: str, seed: int) -> None:
    try:
        parts = split(cases, SplitRules(by, seed), SECRET)
    except BadUsage:
        assert len({getattr(case, by) for case in cases}) == 1 or by in ("year", "site", "source")
        return
    sides: dict[str, set[str]] = defaultdict(set)
    for case in cases:
        sides[case.patient].add(parts[case.case_id])
    assert set(parts.values()) <= set(PARTS)
    assert all(len(side) == 1 for side in sides.values())


def test_the_seed_moves_only_train_and_validation() -> None:
    cases = members(400)
    one, two = (split(cases, SplitRules(seed=seed), SECRET) for seed in (1, 2))
    assert {c for c, p in one.items() if p == "test"} == {c for c, p in two.items() if p == "test"}
    assert one != two


def test_more_cases_never_move_a_patient_in_or_out_of_test() -> None:
    few, many_more = members(100), members(500)
    before, after = split(few, SplitRules(), SECRET), split(many_more, SplitRules(), SECRET)
    assert all((before[c] == "test") == (after[c] == "test") for c in before)


def test_fractions_are_kept_roughly() -> None:
    parts = list(split(members(4000), SplitRules(test=0.2, validation=0.1), SECRET).values())
    assert 0.17 < parts.count("test") / 4000 < 0.23
    assert 0.08 < parts.count("validation") / 4000 < 0.12


def test_by_year_the_newest_are_held_out() -> None:
    cases = members(200)
    parts = split(cases, SplitRules(by="year"), SECRET)
    years = {part: [c.year or 0 for c in cases if parts[c.case_id] == part] for part in PARTS}
    assert min(years["test"]) > max(years["train"] + years["validation"])


def test_another_home_holds_out_others() -> None:
    cases = members(300)
    assert split(cases, SplitRules(), SECRET) != split(cases, SplitRules(), b"t" * 32)


@pytest.mark.parametrize(
    "rules", [SplitRules(by="doctor"), SplitRules(test=0), SplitRules(test=0.6, validation=0.4)]
)
def test_rules_that_make_no_sense_are_refused(rules: SplitRules) -> None:
    with pytest.raises(BadUsage):
        split(members(10), rules, SECRET)


def test_one_source_cannot_be_held_out() -> None:
    cases = [Member(str(i), str(i), None, "brain", "tcga") for i in range(10)]
    with pytest.raises(BadUsage, match="Split by patient"):
        split(cases, SplitRules(by="source"), SECRET)


def test_validation_takes_its_share_of_every_stratum() -> None:
    cases = [
        Member(str(n), str(n), 2020, f"site-{n % 5}", "a", ("photon", "proton")[n % 2])
        for n in range(2000)
    ]
    parts = split(cases, SplitRules(test=0.2, validation=0.16), SECRET)
    rest: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case in cases:
        if parts[case.case_id] != "test":
            rest[case.modality, case.site].append(parts[case.case_id])
    assert len(rest) == 10
    for held in rest.values():
        assert abs(held.count("validation") - 0.2 * len(held)) <= 1


def test_no_validation_is_none() -> None:
    parts = split(members(100), SplitRules(validation=0), SECRET)
    assert set(parts.values()) == {"train", "test"}
