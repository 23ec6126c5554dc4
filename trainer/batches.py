"""Which cases a training sees, in which order, and which of them share a batch.

Decided whole before the first step, from the lengths and the seed alone, so that a run that goes
on after any interruption sees what it would have seen. Cases of like length share a batch,
because every row of a batch is as long as its longest.
"""

from collections.abc import Sequence
from random import Random

BATCHES_SORTED = 16
"""Cases of so many batches are sorted by length together: more would order the whole pass."""


def order(lengths: Sequence[int], batch: int, steps: int, seed: int) -> list[int]:
    """Indices of ``steps`` batches of ``batch`` cases, one after the other.

    Every pass over the cases is shuffled anew, and no case comes again before all others came.
    """
    draw = Random(seed)
    count = batch * steps
    stream: list[int] = []
    while len(stream) < count:
        one = list(range(len(lengths)))
        draw.shuffle(one)
        stream += one
    ordered: list[int] = []
    for start in range(0, count, batch * BATCHES_SORTED):
        ordered += _sorted_batches(stream[start:count], lengths, batch, draw)
    return ordered


def _sorted_batches(
    stream: Sequence[int], lengths: Sequence[int], batch: int, draw: Random
) -> list[int]:
    """The first cases of a stream, sorted into batches; the batches in random order."""
    some = sorted(stream[: batch * BATCHES_SORTED], key=lambda index: lengths[index])
    batches = [some[start : start + batch] for start in range(0, len(some), batch)]
    draw.shuffle(batches)
    return [index for one in batches for index in one]


def share_of(batch: int, at_once: int) -> int:
    """The largest part of a batch that divides it and is at most ``at_once`` cases; 0: all."""
    if not at_once:
        return batch
    return max(part for part in range(1, min(at_once, batch) + 1) if batch % part == 0)
