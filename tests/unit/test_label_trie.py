import math

import pytest
from hypothesis import given, strategies as st

from exports.inference.labels import ROOT, Trie, probabilities, sums, tries

END = 9
ANSWERS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=5).map(tuple), max_size=30)


def paths(trie: Trie) -> list[tuple[int, ...]]:
    """The tokens from the root to each node, its own included."""
    found: list[tuple[int, ...]] = []
    for node in trie.nodes:
        before = () if node.parent == ROOT else found[node.parent]
        found.append((*before, node.token))
    return found


def made_up(before: tuple[int, ...], token: int) -> float:
    """A log-probability that depends on everything before the token."""
    return -1.0 - ((hash((before, token)) % 1009) / 100)


@given(ANSWERS, st.integers(1, 7), st.integers(1, 12))
def test_sums_through_tries_equal_naive_sums(
    answers: list[tuple[int, ...]], most_answers: int, most_nodes: int
):
    found = dict[int, float]()
    for trie in tries(answers, most_answers, most_nodes):
        before = [*paths(trie), ()]  # ROOT is -1, the last place

        def logprob(node: int, token: int, before: list[tuple[int, ...]] = before) -> float:
            return made_up(before[node], token)

        found.update(zip(trie.places, sums(trie, logprob, END), strict=True))
    assert set(found) == set(range(len(answers)))
    for place, answer in enumerate(answers):
        whole = (*answer, END)
        naive = math.fsum(made_up(whole[:i], token) for i, token in enumerate(whole))
        assert found[place] == pytest.approx(naive, rel=1e-12)


@given(ANSWERS, st.integers(1, 7), st.integers(1, 12))
def test_tries_share_what_is_shared_and_keep_the_limits(
    answers: list[tuple[int, ...]], most_answers: int, most_nodes: int
):
    for trie in tries(answers, most_answers, most_nodes):
        starts = paths(trie)
        mine = [answers[place] for place in trie.places]
        assert len(set(starts)) == len(starts)
        assert set(starts) == {answer[:n] for answer in mine for n in range(1, len(answer) + 1)}
        assert len(mine) <= most_answers
        assert len(starts) <= most_nodes or len(mine) == 1
        for start, node in zip(starts, trie.nodes, strict=True):
            assert node.depth == len(start) - 1
            through = {i for i, answer in enumerate(mine) if answer[: len(start)] == start}
            assert set(node.answers) == through
        assert [starts[node] for node in trie.ends] == mine


def test_one_trie_where_all_fits_and_parents_come_first():
    (trie,) = tries([(1, 2, 3), (1, 2), (1, 4), (5,)], 255, 384)
    assert len(trie.nodes) == 5
    assert all(node.parent < place for place, node in enumerate(trie.nodes))


def test_an_answer_without_a_token_is_an_error():
    with pytest.raises(ValueError, match="without a token"):
        tries([(1,), ()], 4, 4)


@given(st.lists(st.floats(-800, 0), min_size=1, max_size=40))
def test_probabilities_sum_to_one_and_keep_the_order(scores: list[float]):
    labels = [f"C{i}" for i in range(len(scores))]
    found = probabilities(labels, scores)
    assert math.fsum(found.values()) == pytest.approx(1.0)
    assert found[labels[scores.index(max(scores))]] == max(found.values())


def test_probabilities_of_far_apart_scores():
    found = probabilities(["photon", "proton"], [-5000.0, -5000.0 - math.log(3)])
    assert found == pytest.approx({"photon": 0.75, "proton": 0.25})


def test_probabilities_need_a_score_for_each_label():
    with pytest.raises(ValueError, match="zip"):
        probabilities(["photon"], [])
