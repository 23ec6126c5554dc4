"""What an answer may go on with, guessed from answers to similar cases; the model has the say.

A draft costs nothing to make and little to check: the model computes its tokens in one batch and
keeps those that it would have written itself (Leviathan et al. 2023; drafts by look-up as in
Saxena 2023). Regimens are formulaic, so that most are kept. Pure look-up over token ids.
"""

from collections.abc import Sequence

MOST = 7
"""Tokens of one draft: with the token before them a batch of eight, twice the cost of one."""
LEAST_SHARED = 2
"""Tokens that must be the same before a place in an earlier answer is taken for this one."""


class Drafts:
    """Earlier answers as tokens, those of the most similar case first."""

    def __init__(self, answers: Sequence[tuple[int, ...]]) -> None:
        self.answers = tuple(dict.fromkeys(answers))

    def after(self, written: Sequence[int]) -> tuple[int, ...]:
        """Up to ``MOST`` tokens that may follow ``written``; none where nothing is like it.

        The first answer that begins in the same way, else the place after the longest run of
        last tokens that stands in any.
        """
        start = tuple(written)
        for answer in self.answers:
            if len(answer) > len(start) and answer[: len(start)] == start:
                return answer[len(start) : len(start) + MOST]
        best: tuple[int, ...] = ()
        longest = LEAST_SHARED - 1
        for answer in self.answers:
            for place in range(1, len(answer)):
                shared = _shared_end(answer[:place], start)
                if shared > longest:
                    longest, best = shared, answer[place : place + MOST]
        return best


def _shared_end(one: Sequence[int], other: Sequence[int]) -> int:
    """How many last tokens two sequences share."""
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        count += 1
    return count
