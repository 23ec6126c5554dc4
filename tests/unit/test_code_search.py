"""Best-first search against looking at every code, on made-up models."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, strategies as st

from exports.inference.code_trie import END, CodeTrie, build
from exports.inference.codes import Chain, Found, search, weigh

VOCABULARY, STOP = 6, 5
Code = tuple[int, ...]
CODES = st.lists(
    st.lists(st.integers(0, 4), min_size=1, max_size=6).map(tuple), min_size=1, max_size=60
).map(lambda codes: list(dict.fromkeys(codes)))


class MadeUp:
    """A model of a few tokens whose log-probabilities depend on all tokens before."""

    def __init__(self, seed: int, sharpness: float) -> None:
        self.seed, self.sharpness = seed, sharpness
        self.live: dict[int, Code] = {0: ()}
        self.evaluated = 0

    def after(self, path: Code) -> np.ndarray:
        noise = np.random.default_rng([self.seed, *path, len(path)])
        logits = noise.normal(0, self.sharpness, VOCABULARY)
        return logits - np.log(np.exp(logits).sum())

    def evaluate(self, chains: Sequence[Chain]) -> list[list[np.ndarray]]:
        for chain in chains:
            # what a chain hangs on has not been let go, and is its own beginning
            assert self.live[chain.parent] == chain.path[: len(chain.path) - chain.new]
            self.live[chain.number] = chain.path
            self.evaluated += chain.new
        return [
            [self.after(c.path[: len(c.path) - i]) for i in reversed(range(c.new))] for c in chains
        ]

    def release(self, chain: int) -> None:
        del self.live[chain]

    def score(self, code: Code) -> float:
        whole = (*code, STOP)
        return math.fsum(self.after(whole[:i])[token] for i, token in enumerate(whole))

    def search(self, trie: CodeTrie, most: int, rounding: float = 0.0, limit: int = 9999) -> Found:
        return search(
            *(trie, STOP, self.after(()), self.evaluate, self.release, most, rounding, limit)
        )


@given(CODES, st.integers(0, 99), st.sampled_from([0.3, 1.0, 4.0]), st.integers(1, 6))
def test_the_best_codes_are_those_of_looking_at_all(
    codes: list[Code], seed: int, sharpness: float, most: int
):
    model = MadeUp(seed, sharpness)
    found = model.search(build(codes), most)
    scores = sorted(((model.score(code), code) for code in codes), reverse=True)
    assert [codes[place] for place, _ in found.near] == [code for _, code in scores[:most]]
    for (_, score), (true, _) in zip(found.near, scores, strict=False):
        assert score == pytest.approx(true, abs=1e-9)
    rest = max((score for score, _ in scores[most:]), default=-math.inf)
    assert rest <= found.bound + 1e-9
    assert found.evaluated == model.evaluated
    starts = {code[:n] for code in codes for n in range(1, len(code) + 1)}
    assert found.evaluated <= len(starts)


@given(CODES, st.integers(0, 99), st.floats(0, 1), st.integers(1, 4))
def test_rounding_moves_no_code_unseen_into_the_best(
    codes: list[Code], seed: int, rounding: float, most: int
):
    """The true scores are any within ``rounding`` of those that the search has seen."""
    model = MadeUp(seed, 1.0)
    noise = np.random.default_rng(seed).uniform(-rounding, rounding, len(codes))
    true = {place: model.score(code) + noise[place] for place, code in enumerate(codes)}
    found = model.search(build(codes), most, rounding)
    settled = found.settled([true[place] for place, _ in found.near], most, rounding + 1e-9)
    ranked = sorted(true, key=lambda place: -true[place])
    assert [place for place, _ in settled.best] == ranked[:most]
    assert settled.proven
    assert all(settled.bound is not None and true[p] <= settled.bound for p in ranked[most:])
    assert (settled.bound is None) == (len(codes) <= most)


def test_a_score_that_is_off_by_more_than_rounding_proves_nothing():
    found = MadeUp(1, 1.0).search(build([(1,), (2,), (3,)]), 1, 0.1)
    alone = [score - 0.2 for _, score in found.near]
    assert not found.settled(alone, 1, 0.1).proven


@given(CODES, st.integers(0, 99), st.integers(0, 20))
def test_a_search_that_is_cut_off_proves_no_more_than_it_knows(
    codes: list[Code], seed: int, limit: int
):
    model = MadeUp(seed, 0.3)
    found = model.search(build(codes), 3, limit=limit)
    settled = found.settled([score for _, score in found.near], 3, 1e-9)
    seen = {place for place, _ in settled.best}
    rest = [model.score(code) for place, code in enumerate(codes) if place not in seen]
    assert all(settled.bound is not None and score <= settled.bound + 1e-9 for score in rest)
    if settled.proven:
        assert all(one <= score + 1e-6 for one in rest for _, score in settled.best)


@given(CODES)
def test_a_trie_has_every_code_once(codes: list[Code]):
    trie = build(codes)
    reached: list[Code] = []
    open_nodes = [trie.root]
    while open_nodes:
        node = open_nodes.pop()
        if trie.ends(node):
            reached.append(codes[trie.places[node.low]])
            assert trie.path(node) == reached[-1]
        tokens, nodes = trie.children(node)
        assert END not in tokens
        assert [trie.path(child) for child in nodes] == [
            (*trie.path(node), int(token)) for token in tokens
        ]
        open_nodes += nodes
    assert sorted(reached) == sorted(codes)
    assert trie.nodes == len({code[:n] for code in codes for n in range(1, len(code) + 1)})


@given(CODES, st.integers(0, 99), st.sampled_from([0.3, 1.0, 4.0]), st.floats(1e-6, 0.1))
def test_weighing_is_off_by_no_more_than_its_share(
    codes: list[Code], seed: int, sharpness: float, share: float
):
    model = MadeUp(seed, sharpness)
    scores = weigh(
        *(build(codes), STOP, model.after(()), model.evaluate, model.release), share=share
    )
    true = np.exp([model.score(code) for code in codes])
    made = np.exp(scores)
    assert np.abs(made / made.sum() - true / true.sum()).max() <= share + 1e-9
    assert (made > 0).all()


def test_weighing_follows_what_matters_and_nothing_else():
    codes = [(a, b, c) for a in range(5) for b in range(5) for c in range(5)]
    counted = {share: MadeUp(3, 6.0) for share in (1e-4, 0.0)}
    for share, model in counted.items():
        weigh(
            *(build(codes), STOP, model.after(()), model.evaluate, model.release),
            share=share or 1e-300,
        )
    assert counted[1e-4].evaluated < counted[0.0].evaluated / 2


def test_a_confident_model_is_asked_for_few_of_many_codes():
    codes = [(a, b, c, d) for a in range(5) for b in range(5) for c in range(5) for d in range(5)]
    found = MadeUp(3, 6.0).search(build(codes), 1)
    assert found.evaluated < 60
    assert found.scored < 100


@pytest.mark.parametrize(
    ("codes", "why"), [([], "without a token"), ([()], "without a token"), ([(1,), (1,)], "same")]
)
def test_what_is_no_set_of_codes_is_refused(codes: list[Code], why: str):
    with pytest.raises(ValueError, match=why):
        build(codes)
