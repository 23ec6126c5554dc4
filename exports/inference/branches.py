"""Many continuations of one prompt in one context: each branch a sequence, what they share once.

A branch is a chain of ``codes``: it takes over its parent's cells (``seq_cp`` marks them, nothing
is copied), adds its own tokens, and stays until nothing will hang on it or its place is needed;
then the branch that was used longest ago goes, and whoever hangs on it later is computed anew from
the prompt. So the memory is bounded, and no answer depends on what was dropped but by rounding.

Imported only inside the engine's child process.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from exports.inference.codes import Chain
from exports.inference.llama import Context, Token, log_total

LIVE = 128
"""Branches that are kept: more than a batch has, with what they hang on; llama.cpp has 256."""
PROMPT = 0
"""The sequence of the prompt, and the number of the chain that it is."""


class Branches:
    """Branches of the prompt of ``size`` tokens that stands in sequence 0 of ``context``."""

    def __init__(self, context: Context, size: int, beat: Callable[[], None]) -> None:
        self.context, self.size, self.beat = context, size, beat
        self._free = list(range(context.sequences - 1, 0, -1))
        self._live: OrderedDict[int, int] = OrderedDict()
        """The sequence of each chain, the one used longest ago first."""

    def evaluate(self, chains: Sequence[Chain]) -> list[list[np.ndarray]]:
        """For each chain, the log-probabilities after each of its new tokens, in one batch."""
        batch: list[Token] = []
        wanted: list[range] = []
        for chain in chains:
            if chain.parent in self._live:
                self._live.move_to_end(chain.parent)
            sequence = self._place(chain.number)
            parent = self._live.get(chain.parent, PROMPT)
            self.context.share(parent, sequence)
            start = len(chain.path) - chain.new if parent != PROMPT else 0
            old = len(chain.path) - chain.new
            batch += [
                Token(chain.path[i], self.size + i, (sequence,), i >= old)
                for i in range(start, len(chain.path))
            ]
            wanted.append(range(len(batch) - chain.new, len(batch)))
        self.context.decode(batch)
        self.beat()
        return [[self.logprobs(at) for at in places] for places in wanted]

    def logprobs(self, place: int) -> np.ndarray:
        """Log-probabilities (vocabulary) after the token at ``place`` of the last batch."""
        logits = self.context.logits(place)
        return logits - log_total(logits)

    def release(self, chain: int) -> None:
        """Nothing will hang on this chain any more."""
        sequence = self._live.pop(chain, None)
        if sequence is not None:
            self.context.drop(sequence)
            self._free.append(sequence)

    def _place(self, chain: int) -> int:
        while len(self._live) >= LIVE or not self._free:
            self.release(next(iter(self._live)))
        self._live[chain] = self._free.pop()
        return self._live[chain]
