"""How far new cases are from those that a model learned from: in sites, codes and words.

Counts only; what the counts mean for the model's answers is measured elsewhere (``monitoring``).
Nothing here is NaN: where nothing can be compared there is None.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

MOVED = 5
"""How many values that moved most are named."""
WORD = re.compile(r"[a-z][a-z-]+")


def mix(before: Sequence[str], now: Sequence[str]) -> dict[str, Any]:
    """Two mixes of values held against each other.

    Returns:
        ``distance``: the Jensen-Shannon distance with logarithms to base 2 (Lin 1991; Endres and
        Schindelin 2003), 0 for equal mixes and 1 for mixes without a common value; ``chance``:
        the distance that as many cases drawn from the mix before would reach once in twenty;
        ``unseen``: share of new cases whose value was never there before; ``moved``: the values
        whose share changed most, with both shares. None where either is empty.
    """
    if not before or not now:
        return {"distance": None, "chance": None, "unseen": None, "moved": []}
    old, new = Counter(before), Counter(now)
    values = sorted({*old, *new})
    shares = [(old[v] / len(before), new[v] / len(now)) for v in values]
    moved = sorted(zip(values, shares, strict=True), key=lambda p: -abs(p[1][1] - p[1][0]))
    return {
        "distance": round(_distance(shares), 4),
        "chance": round(_by_chance([old[v] for v in values], len(now)), 4),
        "unseen": round(sum(new[v] for v in values if not old[v]) / len(now), 4),
        "moved": [
            {"value": value, "before": round(a, 4), "now": round(b, 4)}
            for value, (a, b) in moved[:MOVED]
            if a != b
        ],
    }


def _distance(shares: Iterable[tuple[float, float]]) -> float:
    total = 0.0
    for a, b in shares:
        middle = (a + b) / 2
        total += sum(x * math.log2(x / middle) for x in (a, b) if x) / 2
    return math.sqrt(max(total, 0.0))


def _by_chance(counts: Sequence[int], drawn: int, times: int = 400) -> float:
    """The 95th percentile of the distance between a mix and ``drawn`` cases drawn from it."""
    import numpy as np

    shares = np.array(counts) / sum(counts)
    rng = np.random.default_rng(0)
    found = [
        _distance(zip(shares, row / drawn, strict=True))
        for row in rng.multinomial(drawn, shares, times)
    ]
    return float(np.quantile(found, 0.95))


def words(texts: Iterable[str]) -> Counter[str]:
    """How many of the texts have each word of letters, without case."""
    return Counter(word for text in texts for word in set(WORD.findall(text.casefold())))


def vocabulary(before: Sequence[str], now: Sequence[str]) -> dict[str, Any]:
    """The words of new texts against those of the texts before.

    Returns:
        ``new_words``: mean share of a new text's words that no earlier text has; ``examples``:
        the commonest of them, by how many new texts have them; None where there is no text.
    """
    if not before or not now:
        return {"new_words": None, "examples": []}
    known = words(before)
    shares: list[float] = []
    for text in now:
        found = set(WORD.findall(text.casefold()))
        if found:
            shares.append(sum(word not in known for word in found) / len(found))
    fresh = Counter({word: n for word, n in words(now).items() if word not in known})
    return {
        "new_words": round(sum(shares) / len(shares), 4) if shares else None,
        "examples": [word for word, n in fresh.most_common(MOVED) if n > 1],
    }
