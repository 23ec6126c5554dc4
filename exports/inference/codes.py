"""The best of all codes by the model's own log-probability, exactly, without looking at all.

Best-first search over a trie of tokens. A code's score is the sum of its tokens' log-probabilities
and that of the end token, none of which is above zero: so the score of a beginning bounds the
score of every code that begins so. Whatever has the highest bound is looked at next, and when
``most`` complete codes are above every bound that is left, they are the best; the highest bound
left is then a proof about all codes that were never looked at. (A* with the zero heuristic: Hart,
Nilsson and Raphael 1968; over a model's outputs: Stahlberg and Byrne 2019.)

Pure search: how a node is computed is the caller's ``evaluate``, and no model is imported here.
"""

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from exports.inference.code_trie import CodeTrie, Span

BATCH = 24
"""Most tokens that are computed at once: a batch of many costs little more than one of few."""
GAP = 5.0
"""A node whose bound is so many nats under the best one is not put into the same batch: it would
most often be computed for nothing."""
ROUNDING = 0.3
"""Nats by which a score depends on what is computed beside it; ``test_codes_searched`` holds it."""
SHARE = 1e-3
"""What the probabilities of a closed list may be off by: they are shown with two digits, and the
rounding of 8-bit products moves them by ten times as much."""
WEIGHED_GAP = 9.2
"""As ``GAP`` where a closed list is weighed: fewer tokens are computed for nothing there, and a
batch of one takes half as long as one of twelve."""
MOST_EVALUATED = 4000
"""Tokens after which a search gives up its proof; a tuned model needs a tenth or less."""


@dataclass(frozen=True)
class Chain:
    """Nodes to compute in one go: ``path`` are all tokens from the root to the last of them, of
    which the last ``new`` are asked for. ``parent`` is the number of the chain that the first of
    them hangs on, 0 for the prompt itself.
    """

    number: int
    parent: int
    path: tuple[int, ...]
    new: int


Evaluate = Callable[[Sequence[Chain]], Sequence[Sequence[np.ndarray]]]
"""For each chain, for each of its new tokens, the log-probabilities (vocabulary) after it."""
Release = Callable[[int], None]
"""Told that nothing will hang on this chain any more."""


@dataclass(frozen=True)
class Settled:
    """The best codes by the score that each has alone: (place of the code, score), falling.

    No code that is not in it has a score above ``bound`` (None: there is no other code), and
    ``proven`` says that this is not above any of ``best``. ``evaluated`` counts computed tokens,
    ``steps`` batches, ``scored`` the codes whose score was computed.
    """

    best: tuple[tuple[int, float], ...]
    bound: float | None
    proven: bool
    evaluated: int
    steps: int
    scored: int


@dataclass(frozen=True)
class Found:
    """``near`` are all codes within the margin of the wanted ones: (place, score), falling.

    ``bound`` is the highest that the score of any other can be (minus infinity without others).
    """

    near: tuple[tuple[int, float], ...]
    bound: float
    evaluated: int
    steps: int
    scored: int

    def settled(self, alone: Sequence[float], most: int, rounding: float = ROUNDING) -> Settled:
        """The best ``most`` by these scores of ``near``, each computed alone.

        Scores computed side by side are off by ``rounding`` at most; where one is seen to be off
        by more, nothing is called proven.
        """
        off = [abs(one - score) for one, (_, score) in zip(alone, self.near, strict=True)]
        ranked = sorted(
            ((place, one) for one, (place, _) in zip(alone, self.near, strict=True)),
            key=lambda item: (-item[1], item[0]),
        )
        bound = max([self.bound + rounding, *(score for _, score in ranked[most:])])
        best = tuple(ranked[:most])
        proven = max(off, default=0.0) <= rounding and all(bound <= score for _, score in best)
        left = bound if math.isfinite(bound) else None
        return Settled(best, left, proven, self.evaluated, self.steps, self.scored)


Floor = Callable[["_Search"], float]


@dataclass
class _Search:
    """One search; what is wanted of it is the ``floor`` that it runs with."""

    trie: CodeTrie
    end: int
    evaluate: Evaluate
    release: Release
    gap: float
    # (minus the bound, order of arrival, node, number of the chain it hangs on)
    open: list[tuple[float, int, Span, int]] = field(default_factory=list)
    # scores of complete codes by row
    complete: dict[int, float] = field(default_factory=dict[int, float])
    # how many open nodes hang on a chain
    hanging: dict[int, int] = field(default_factory=dict[int, int])
    arrivals: int = 0
    chains: int = 0
    evaluated: int = 0
    steps: int = 0

    @property
    def bound(self) -> float:
        """The highest that a code not completed yet can reach."""
        return -self.open[0][0] if self.open else -math.inf

    def expand(self, span: Span, before: float, logprobs: np.ndarray, chain: int) -> None:
        """Enter what comes after a computed node, whose own score is ``before``."""
        if self.trie.ends(span):
            self.complete[span.low] = before + float(logprobs[self.end])
        tokens, nodes = self.trie.children(span)
        for value, node in zip(logprobs[tokens].tolist(), nodes, strict=True):
            heapq.heappush(self.open, (-before - value, self.arrivals, node, chain))
            self.arrivals += 1
        self.hanging[chain] = self.hanging.get(chain, 0) + len(nodes)

    def take(self, floor: float) -> list[tuple[Chain, list[Span], float]]:
        """The next batch: each chain, its nodes and the score of the first of them."""
        batch: list[tuple[Chain, list[Span], float]] = []
        size, best = 0, self.bound
        while self.open and size < BATCH:
            bound = -self.open[0][0]
            if bound < floor or bound < best - self.gap:
                break
            _, _, span, parent = heapq.heappop(self.open)
            nodes = self.trie.forced(span)
            self.chains += 1
            chain = Chain(self.chains, parent, self.trie.path(nodes[-1]), len(nodes))
            batch.append((chain, nodes, bound))
            size += len(nodes)
        return batch

    def let_go(self, chain: int) -> None:
        """One node less hangs on the chain."""
        self.hanging[chain] -= 1
        if not self.hanging[chain]:
            del self.hanging[chain]
            self.release(chain)

    def run(self, first: np.ndarray, floor: Floor, most_evaluated: float = math.inf) -> None:
        """Look at what has a bound of ``floor`` or more, which rises meanwhile, the best first."""
        self.hanging[0] = 1  # the prompt is never let go
        self.expand(self.trie.root, 0.0, first, 0)
        while self.open and self.evaluated < most_evaluated:
            least = floor(self)
            if self.bound < least:
                break
            self.step(least)

    def step(self, floor: float) -> None:
        batch = self.take(floor)
        rows = self.evaluate([chain for chain, _, _ in batch])
        self.steps += 1
        for (chain, nodes, first), computed in zip(batch, rows, strict=True):
            self.evaluated += chain.new
            later = chain.path[nodes[0].depth :]
            score = first + sum(
                float(logprobs[token]) for token, logprobs in zip(later, computed, strict=False)
            )
            # one more until its own nodes are entered, so that it is let go where it has none
            self.hanging[chain.number] = 1
            self.expand(nodes[-1], score, computed[-1], chain.number)
            self.let_go(chain.number)
            self.let_go(chain.parent)


def search(
    trie: CodeTrie,
    end: int,
    first: np.ndarray,
    evaluate: Evaluate,
    release: Release,
    most: int,
    rounding: float = ROUNDING,
    most_evaluated: int = MOST_EVALUATED,
) -> Found:
    """The best ``most`` codes of the trie with all that come near them.

    Args:
        end: the token that ends an answer.
        first: log-probabilities after the prompt.
        rounding: nats by which a computed score may be off: of two codes less than twice that
            apart, either may be the better one, so both are found.
        most_evaluated: tokens after which the search is cut off.
    """

    def floor(at: _Search) -> float:
        if len(at.complete) < most:
            return -math.inf
        return heapq.nlargest(most, at.complete.values())[-1] - 2 * rounding

    at = _Search(trie, end, evaluate, release, GAP)
    at.run(first, floor, most_evaluated)
    least = floor(at)
    ranked = sorted(at.complete.items(), key=lambda item: (-item[1], item[0]))
    near = [(int(trie.places[row]), score) for row, score in ranked if score >= least]
    others = [score for _, score in ranked[len(near) :]]
    bound = max([at.bound, *others])
    return Found(tuple(near), bound, at.evaluated, at.steps, len(at.complete))


def weigh(
    trie: CodeTrie,
    end: int,
    first: np.ndarray,
    evaluate: Evaluate,
    release: Release,
    share: float = SHARE,
) -> list[float]:
    """The score of every code of a closed list, by its place, but for a ``share`` of them.

    What all codes behind a beginning can have together is at most what the beginning has. Where
    beginnings are left that can have no more than ``share`` of what the computed codes have, they
    are not followed: what each has at most is divided evenly among its codes. So no code's
    probability on the list is off by more than ``share``, and no code has none.
    """

    def floor(at: _Search) -> float:
        bounds = np.sort([-minus for minus, *_ in at.open])
        total = math.fsum(map(math.exp, at.complete.values()))
        left = int(np.searchsorted(np.cumsum(np.exp(bounds)), total * share, side="right"))
        return float(bounds[left]) if left < len(bounds) else math.inf

    at = _Search(trie, end, evaluate, release, WEIGHED_GAP)
    at.run(first, floor)
    scores = np.empty(len(trie.rows))
    for row, score in at.complete.items():
        scores[trie.places[row]] = score
    for bound, _, span, _ in at.open:
        scores[trie.places[span.low : span.high]] = -bound - math.log(span.high - span.low)
    return scores.tolist()
