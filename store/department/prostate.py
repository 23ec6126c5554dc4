"""PSA, grade group and risk band of a prostate cancer that was not operated.

The bands are the NCCN's (also the EAU's but for cT2c, which the EAU counts as high): low is
cT1 to cT2a, grade group 1 and PSA below 10 ng/ml; intermediate is cT2b to cT2c, grade group 2 to
3 or PSA 10 to 20; high is cT3a, grade group 4 to 5 or PSA above 20; very high is cT3b to cT4 or a
primary pattern 5. A band below high needs all three facts, or to be named.
"""

import re
from dataclasses import dataclass

from store.clinical.whole_words import word
from store.department.question import prepare

_PSA = re.compile(
    r"\bi?PSA\b(?: (?:at (?:dx|diagnosis)|of|was|is|now|level))*[ :=]*"
    r"(?P<psa>[0-9]{1,4}(?:\.[0-9]+)?)(?![0-9])",
    re.IGNORECASE,
)
_PATTERNS = re.compile(r"(?<![0-9.+])(?P<first>[3-5]) ?\+ ?(?P<second>[3-5])(?!\.?[0-9]|\+)")
_SCORE = re.compile(
    r"\b(?:Gleason(?: score| sum)?|GS|Gl)[ :]*(?P<score>[6-9]|10)(?![0-9+]| ?\+)", re.IGNORECASE
)
_GROUP = re.compile(
    r"\b(?:grade group|GG|ISUP(?: grade(?: group)?)?|GrGp)[ :]*(?P<group>[1-5])(?![0-9])",
    re.IGNORECASE,
)
_GROUP_OF = {(3, 3): 1, (3, 4): 2, (4, 3): 3, (4, 4): 4, (3, 5): 4, (5, 3): 4}
_NAMED = (
    (word(r"very high[- ]risk"), ("high", "very high")),
    (word(r"high[- ]risk"), ("high",)),
    (word(r"unfavou?rable intermediate[- ]risk"), ("intermediate", "unfavourable")),
    (word(r"favou?rable intermediate[- ]risk"), ("intermediate", "favourable")),
    (word(r"intermediate[- ]risk"), ("intermediate",)),
    (word(r"low[- ]risk"), ("low",)),
)
RISK_WORDS = frozenset({"low", "intermediate", "favourable", "unfavourable", "high", "very high"})


@dataclass(frozen=True)
class Prostate:
    """PSA in ng/ml, grade group 1 to 5 (None: not stated, or 2 or 3), the patterns, the band."""

    psa: float | None = None
    grade_group: int | None = None
    gleason: int | None = None
    primary_pattern: int | None = None
    risk: frozenset[str] = frozenset()


def read_prostate(diagnosis: str, t: str) -> Prostate:
    """What the question states of a prostate cancer.

    Args:
        t: the clinical T, such as T2a; "" where it is not stated.
    """
    text = prepare(diagnosis)
    psa = {float(match["psa"]) for match in _PSA.finditer(text)}
    patterns = {(int(m["first"]), int(m["second"])) for m in _PATTERNS.finditer(text)}
    scores = {int(match["score"]) for match in _SCORE.finditer(text)}
    groups = {int(match["group"]) for match in _GROUP.finditer(text)}
    pattern = patterns.pop() if len(patterns) == 1 else None
    if pattern:
        groups.add(_GROUP_OF.get(pattern, 5))
        scores.add(sum(pattern))
    score = scores.pop() if len(scores) == 1 else None
    if not groups and score in (6, 8, 9, 10):
        groups = {{6: 1, 8: 4, 9: 5, 10: 5}[score]}
    found = Prostate(
        psa=psa.pop() if len(psa) == 1 else None,
        grade_group=groups.pop() if len(groups) == 1 else None,
        gleason=score,
        primary_pattern=pattern[0] if pattern else None,
    )
    return Prostate(
        found.psa, found.grade_group, found.gleason, found.primary_pattern, _risk(found, t, text)
    )


def _risk(found: Prostate, t: str, text: str) -> frozenset[str]:
    """The band as it is named, else by the facts."""
    for pattern, bands in _NAMED:
        if pattern.search(text):
            return frozenset(bands)
    psa, group = found.psa or 0.0, found.grade_group or 0
    if t.startswith(("T3b", "T3c", "T4")) or found.primary_pattern == 5:
        return frozenset({"high", "very high"})
    if t.startswith("T3") or group >= 4 or psa > 20:
        return frozenset({"high"})
    known = found.psa is not None and (group or found.gleason == 7) and t.startswith(("T1", "T2"))
    return _below_high(psa, group, t) if known else frozenset()


def _below_high(psa: float, group: int, t: str) -> frozenset[str]:
    """Low or intermediate; group 0 is Gleason 7 without its patterns, group 2 or 3."""
    factors = [psa >= 10, group != 1, t.startswith(("T2b", "T2c"))]
    if not any(factors):
        # T2 without its letter may be T2a or T2c
        return frozenset[str]() if t == "T2" else frozenset({"low"})
    if group == 3 or sum(factors) > 1:
        return frozenset({"intermediate", "unfavourable"})
    return frozenset({"intermediate", "favourable"} if group else {"intermediate"})
