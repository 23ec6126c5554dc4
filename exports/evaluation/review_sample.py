"""Which cases are reviewed: drawn within strata of site and intent, and how many each stands for.

Cases alone are seen here, never an answer. Every stratum gives at least two, so that its spread
shows; a stratum too small for that is pooled with other small ones. The weight of a case is the
inverse of the chance it had to be drawn (Cochran, *Sampling Techniques*, 1977, chapter 5).
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from exports.evaluation.facts import CaseFacts
from store.cases import Intent

LEAST = 2
POOLED = "other sites and intents"
REPEATED = 0.1
"""The share of cases that come back, for agreement of a reviewer with themselves."""


@dataclass(frozen=True)
class Drawn:
    """A case that was drawn; ``stratum`` is "" where nothing is known by which to form one."""

    case_id: str
    stratum: str
    weight: float


def strata_of(case_ids: Iterable[str], facts: Sequence[CaseFacts]) -> dict[str, str]:
    """The stratum of each case; "" for all where an evaluation keeps no facts of them."""
    known = {case.case_id: case for case in facts}
    return {case_id: _stratum(known.get(case_id)) if facts else "" for case_id in case_ids}


def _stratum(case: CaseFacts | None) -> str:
    site, intent = (case.site, case.intent) if case else ("", "")
    if intent in ("", Intent.UNKNOWN):
        intent = "unknown intent"
    return f"{site or 'unknown site'}, {intent}"


def draw(strata: Mapping[str, str], count: int, seed: int) -> list[Drawn]:
    """Up to ``count`` cases (at least one), drawn by the seed.

    Args:
        strata: the stratum of every case that may be drawn.
    """
    pooled = _pooled(strata, count)
    sizes = Counter(pooled.values())
    taken = _allocated(sizes, count)
    rng = random.Random(seed)
    drawn: list[Drawn] = []
    for stratum in sorted(sizes):
        members = sorted(case_id for case_id in pooled if pooled[case_id] == stratum)
        weight = sizes[stratum] / taken[stratum]
        drawn += [Drawn(c, stratum, weight) for c in rng.sample(members, taken[stratum])]
    return drawn


def _pooled(strata: Mapping[str, str], count: int) -> dict[str, str]:
    """The strata with the smallest pooled, until each has, and can be given, at least ``LEAST``."""
    sizes = Counter(strata.values())
    apart = sorted(sizes, key=lambda stratum: (sizes[stratum], stratum), reverse=True)
    pool = 0
    while len(apart) > (0 if pool else 1):
        groups = len(apart) + (pool > 0)
        if sizes[apart[-1]] >= LEAST and not 0 < pool < LEAST and groups * LEAST <= count:
            break
        pool += sizes[apart.pop()]
    return {case_id: s if s in apart else POOLED for case_id, s in strata.items()}


def _allocated(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """How many are drawn of each stratum: ``LEAST``, then one where each stands for most others."""
    taken = {stratum: min(size, LEAST, count) for stratum, size in sizes.items()}
    for _ in range(min(count, sum(sizes.values())) - sum(taken.values())):
        unfilled = sorted(stratum for stratum in sizes if taken[stratum] < sizes[stratum])
        taken[max(unfilled, key=lambda s: sizes[s] / taken[s])] += 1
    return taken


def coming_back(case_ids: Iterable[str], seed: int) -> list[str]:
    """The cases that are shown a second time: a tenth, at least one; none of a single case."""
    known = sorted(case_ids)
    count = ceil(REPEATED * len(known)) if len(known) > 1 else 0
    return random.Random(f"again {seed}").sample(known, count)
