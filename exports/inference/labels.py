"""A closed list of answers as a tree of tokens, so that what they share is computed once.

Pure arithmetic over token ids: where the log-probabilities come from is the caller's business,
and there is no model here.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

MOST_NODES = 384
"""Tokens of one tree, so that tree and question are one physical batch."""
Answer = tuple[int, ...]
ROOT = -1
"""The parent of a first token: the state after the prompt."""


@dataclass(frozen=True)
class Node:
    """One token of at least one answer.

    ``parent`` is the number of an earlier node or ``ROOT``, ``depth`` is 0 for a first token, and
    ``answers`` are the places (in ``Trie.places``) of the answers that pass through.
    """

    token: int
    parent: int
    depth: int
    answers: tuple[int, ...]


@dataclass(frozen=True)
class Trie:
    """Answers as a tree; a node's number is its place in ``nodes``, parents before children.

    ``places[i]`` says which of the caller's answers the i-th answer here is, ``ends[i]`` which
    node is its last token.
    """

    nodes: tuple[Node, ...]
    places: tuple[int, ...]
    ends: tuple[int, ...]


def tries(answers: Sequence[Answer], most_answers: int, most_nodes: int) -> list[Trie]:
    """``answers`` as few tries of at most so many answers and nodes each.

    The cut depends on the answers alone, never on the prompt. An answer longer than
    ``most_nodes`` still gets a trie, of its own.

    Raises:
        ValueError: an answer has no token.
    """
    if not all(answers):
        raise ValueError("an answer without a token cannot be scored")
    found: list[Trie] = []
    batch: list[int] = []
    nodes = 0
    for place in sorted(range(len(answers)), key=lambda i: (answers[i], i)):
        new = len(answers[place]) - (_shared(answers[batch[-1]], answers[place]) if batch else 0)
        if batch and (len(batch) == most_answers or nodes + new > most_nodes):
            found.append(_trie(answers, batch))
            batch, nodes, new = [], 0, len(answers[place])
        batch.append(place)
        nodes += new
    return [*found, _trie(answers, batch)] if batch else found


def _shared(left: Answer, right: Answer) -> int:
    """How many first tokens two answers share."""
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count


def _trie(answers: Sequence[Answer], places: Sequence[int]) -> Trie:
    number: dict[Answer, int] = {}
    through: list[list[int]] = []
    for i, place in enumerate(places):
        for length in range(1, len(answers[place]) + 1):
            start = answers[place][:length]
            if start not in number:
                number[start] = len(number)
                through.append([])
            through[number[start]].append(i)
    nodes = tuple(
        Node(start[-1], number.get(start[:-1], ROOT), len(start) - 1, tuple(through[i]))
        for start, i in number.items()
    )
    return Trie(nodes, tuple(places), tuple(number[answers[place]] for place in places))


def sums(trie: Trie, logprob: Callable[[int, int], float], end: int | None) -> list[float]:
    """Summed natural log-probability of each of the trie's answers, then of the token ``end``.

    ``logprob(node, token)`` is that of ``token`` after ``node`` (``ROOT``: after the prompt).
    Without an ``end`` an answer may go on: how likely it is as the beginning of a text.
    """
    reached: list[float] = []
    for node in trie.nodes:
        before = 0.0 if node.parent == ROOT else reached[node.parent]
        reached.append(before + logprob(node.parent, node.token))
    if end is None:
        return [reached[node] for node in trie.ends]
    return [reached[node] + logprob(node, end) for node in trie.ends]


def probabilities(labels: Sequence[str], scores: Iterable[float]) -> dict[str, float]:
    """What the scores (natural logarithms) say when only ``labels`` are allowed; sums to 1.

    Two labels of one name would hide each other.

    Raises:
        ValueError: there is no label, or labels and scores differ in number.
    """
    pairs = dict(zip(labels, scores, strict=True))
    top = max(pairs.values())
    weights = {label: math.exp(score - top) for label, score in pairs.items()}
    total = math.fsum(weights.values())
    return {label: weight / total for label, weight in weights.items()}
