"""The two halves of validation are whole, apart, equal and always the same."""

from hypothesis import given, strategies as st

from store.halves import halves

names = st.lists(st.text(max_size=8), max_size=40)


@given(names, st.randoms(use_true_random=False))
def test_halves_are_apart_and_whole_whatever_the_order(patients: list[str], random) -> None:
    first, second = halves("data-1", patients)
    assert not first & second
    assert first | second == set(patients)
    assert len(first) - len(second) in (0, 1)
    shuffled = patients * 2
    random.shuffle(shuffled)
    assert halves("data-1", shuffled) == (first, second)


def test_another_data_set_has_other_halves() -> None:
    patients = [f"p{i}" for i in range(200)]
    one, other = halves("data-1", patients)[0], halves("data-2", patients)[0]
    assert one != other
