"""The order of cases: every case once a pass, like lengths together, the same for a seed."""

from collections import Counter

from hypothesis import given, strategies as st

from trainer.batches import order, share_of

LENGTHS = [40 + (n * 7919) % 300 for n in range(200)]


@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 40), st.integers(0, 5))
def test_all_cases_come_equally_often(cases: int, batch: int, steps: int, seed: int) -> None:
    made = order(LENGTHS[:cases], batch, steps, seed)
    assert len(made) == batch * steps
    seen = Counter(made)
    often = [seen[index] for index in range(cases)]
    assert max(often) - min(often) <= 1
    assert made == order(LENGTHS[:cases], batch, steps, seed)


def test_batches_of_like_length_spare_most_padding() -> None:
    made = order(LENGTHS, 8, 50, 0)
    tokens = sum(LENGTHS[index] for index in made)
    computed = sum(
        8 * max(LENGTHS[index] for index in made[start : start + 8])
        for start in range(0, len(made), 8)
    )
    assert computed / tokens < 1.1
    # and the longest do not all come first or last
    halves = [sum(LENGTHS[i] for i in half) for half in (made[:200], made[200:])]
    assert 0.8 < halves[0] / halves[1] < 1.25


def test_another_seed_is_another_order() -> None:
    assert order(LENGTHS, 4, 10, 0) != order(LENGTHS, 4, 10, 1)


def test_a_share_of_a_batch_divides_it() -> None:
    asked = [(8, 0), (8, 3), (8, 8), (8, 100), (7, 3), (6, 3)]
    assert [share_of(*one) for one in asked] == [8, 2, 8, 8, 1, 3]
