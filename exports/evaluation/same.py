"""Whether an evaluation that was made again came out the same, number by number.

Compares two JSON objects and knows no metric. What has to differ (ids, times, the count of
readings) is named here and left out.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OTHERWISE = frozenset({"id", "seconds", "test_reads", "audit"})
"""Keys at the top that differ between any two evaluations."""
OF_A_REPORT = frozenset({"capsule", "reviews", "trainings", "cases"})
"""Keys at the top that a report adds."""
TOLERANCE = 1e-9
"""Absolute difference up to which two numbers are the same; scores are sums of rounded ones."""


@dataclass(frozen=True)
class Difference:
    """One value that is not what it was; ``path`` is its place, with points between the keys."""

    path: str
    was: Any
    now: Any


@dataclass(frozen=True)
class Comparison:
    """How many values were compared, and those that differ."""

    values: int
    differences: tuple[Difference, ...]


def compared(was: Mapping[str, Any], now: Mapping[str, Any]) -> Comparison:
    """Every value of two evaluations, what has to differ left out."""
    pairs = list(_pairs("", _kept(was), _kept(now)))
    found = [Difference(*pair) for pair in pairs if not _same(pair[1], pair[2])]
    return Comparison(len(pairs), tuple(found))


def _kept(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in evaluation.items() if key not in OTHERWISE | OF_A_REPORT}


def _pairs(path: str, was: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in sorted({*was, *now}, key=str):
            inside = f"{path}.{key}" if path else str(key)
            yield from _pairs(inside, was.get(key), now.get(key))
    elif _is_list(was) and _is_list(now) and len(was) == len(now):
        for place, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from _pairs(f"{path}[{place}]", one, other)
    else:
        yield path, was, now


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _same(was: Any, now: Any) -> bool:
    numbers = isinstance(was, int | float) and isinstance(now, int | float)
    if numbers and not isinstance(was, bool) and not isinstance(now, bool):
        return math.isclose(was, now, rel_tol=0, abs_tol=TOLERANCE)
    return was == now
