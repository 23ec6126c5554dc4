"""Tens of thousands of codes as one sorted table of tokens, which is a tree without its nodes.

Codes that begin with the same tokens lie side by side in the table, so a node of the tree is a
stretch of rows with a depth, found when it is asked for: 74,000 codes take 4 MB and no object
each. Pure arithmetic over token ids; what a token is worth is ``codes``'s business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

END = -1
"""Stands in the table where a code has ended; sorts before every token."""


class Span(NamedTuple):
    """A node: rows from ``low`` to before ``high``, which share their first ``depth`` tokens."""

    low: int
    high: int
    depth: int


@dataclass(frozen=True)
class CodeTrie:
    """``rows`` (codes, most tokens + 1) are sorted; ``places[i]`` is the caller's code of row i."""

    rows: np.ndarray
    places: np.ndarray

    @property
    def root(self) -> Span:
        return Span(0, len(self.rows), 0)

    @property
    def deepest(self) -> int:
        """Tokens of the longest code."""
        return self.rows.shape[1] - 1

    @cached_property
    def nodes(self) -> int:
        """Beginnings of codes, each counted once."""
        new = np.ones(self.rows.shape, dtype=bool)
        new[1:] = np.logical_or.accumulate(self.rows[1:] != self.rows[:-1], axis=1)
        return int((new & (self.rows != END)).sum())

    def path(self, span: Span) -> tuple[int, ...]:
        """The tokens from the root to this node."""
        return tuple(self.rows[span.low, : span.depth].tolist())

    def ends(self, span: Span) -> bool:
        """Whether a code is complete at this node; it is then the row ``span.low``."""
        return bool(self.rows[span.low, span.depth] == END)

    def children(self, span: Span) -> tuple[np.ndarray, list[Span]]:
        """The tokens that may come next, ascending, and the node that each leads to."""
        low = span.low + self.ends(span)
        column = self.rows[low : span.high, span.depth]
        if not len(column):
            return column, []
        starts = low + np.flatnonzero(np.concatenate(([True], column[1:] != column[:-1])))
        stops = [*starts[1:].tolist(), span.high]
        nodes = [Span(a, b, span.depth + 1) for a, b in zip(starts.tolist(), stops, strict=True)]
        return self.rows[starts, span.depth], nodes

    def forced(self, span: Span) -> list[Span]:
        """The node and those after it as long as only one token may come next and no code ends.

        If the first is to lead anywhere they must all be computed, so it is done in one batch.
        """
        found = [span]
        while not self.ends(found[-1]):
            last = found[-1]
            column = self.rows[last.low : last.high, last.depth]
            if column[0] != column[-1]:
                break
            found.append(Span(last.low, last.high, last.depth + 1))
        return found


def build(answers: Sequence[Sequence[int]]) -> CodeTrie:
    """The trie of these answers, each a sequence of token ids.

    Raises:
        ValueError: there is no answer, one has no token, or two are the same.
    """
    if not answers or not all(answers):
        raise ValueError("an answer without a token cannot be searched")
    width = max(map(len, answers)) + 1
    rows = np.full((len(answers), width), END, dtype=np.int32)
    for row, answer in zip(rows, answers, strict=True):
        row[: len(answer)] = answer
    places = np.lexsort(rows.T[::-1])
    rows = rows[places]
    if len(rows) > 1 and (rows[1:] == rows[:-1]).all(axis=1).any():
        raise ValueError("two answers have the same tokens")
    return CodeTrie(rows, places)
