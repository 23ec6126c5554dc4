"""Targets as what they name: canonical parts, side, boost, and the region of the body.

"whole breast" and "breast" are one target, "prostate bed" and "prostate" are two; "primary" is
whatever the case's site is. Two targets are compared here and nowhere else, and never by dose.
What cannot be recognised keeps its own words: it equals itself and is never called wrong for
being unknown.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from store.clinical.icd10 import in_ranges
from store.clinical.regimen import Modality, Phase, Regimen
from store.clinical.target_names import (
    BED,
    CODE_REGIONS,
    CONTAINS,
    GENERIC,
    TARGET_NAMES,
    TOUCHES,
)

TUMOUR_BED = "tumour bed"
PRIMARY = "primary"
"""The names of what no site tells: where the tumour was, and where it is."""
_REMOVED = " bed"


@dataclass(frozen=True)
class Target:
    """What a target's text names: canonical ``parts``, a ``side`` or "", and whether a boost."""

    parts: frozenset[str]
    side: str = ""
    boost: bool = False


class Relation(StrEnum):
    """How two targets stand to each other; unknown where one names nothing that can be placed."""

    SAME = "same"
    OVERLAP = "overlap"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


_SIDES = re.compile(
    r"(?<![\w-])(?:(?P<left>[Ll]eft|LEFT|[Ll]t|LT|L)|(?P<right>[Rr]ight|RIGHT|[Rr]t|R)"
    r"|(?P<both>[Bb]ilateral(?:ly)?|[Bb]ilat|[Bb]oth|BILATERAL|BOTH))(?![\w-])"
)
_SIDE_WORDS = re.compile(rf"{_SIDES.pattern}|\b(?:ipsi|contra)lateral\b")
_BOOST = re.compile(r"\bboost\w*|\bcone[- ]?down\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:,|/|;|\+|&|\band\b|\bwith\b|\bplus\b|\bincl(?:uding|\.)?)\s*")
_HEAD_AND_NECK = re.compile(r"\bhead (?:and|&) neck\b", re.IGNORECASE)
_MARGIN = re.compile(r"\b(?:[0-9.]+ ?[cm]m )?margins?\b")
_BED = re.compile(rf"\b{BED}\b")
_GENERIC = re.compile(rf"\b{GENERIC}\b")
_FILLER = re.compile(
    r"\b(?:the|of|to|a|an|each|large|painful|symptomatic|residual|reconstructed|high[- ]risk"
    r"|low[- ]risk|involved|regional|initial|bulky)\b"
)
_MARGIN_ONLY = re.compile(r"^[0-9. cm-]*$")


@cache
def _names() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (name, re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])"))
        for name, _, words in TARGET_NAMES
    )


_REGIONS = {name: region for name, region, _ in TARGET_NAMES if region}


@lru_cache(maxsize=8192)
def read_target(text: str, site: str = "") -> Target:
    """What the text names; ``site`` is the case's, by which "primary" and "tumour" are read."""
    said = _HEAD_AND_NECK.sub("head-neck", text)
    bare = _BOOST.sub(" ", _SIDE_WORDS.sub(" ", said)).casefold()
    bare = _MARGIN.sub(" ", bare)
    parts = {_part(piece, site) for piece in _BETWEEN.split(bare)}
    return Target(frozenset(parts - {""}), side_of(text), bool(_BOOST.search(text)))


def _part(text: str, site: str) -> str:
    words = " ".join(text.replace("head-neck", "head and neck").split())
    if not words or _MARGIN_ONLY.match(words):
        return ""
    bed = bool(_BED.search(words))
    name = next((name for name, pattern in _names() if pattern.search(words)), "")
    if name:
        return name + _REMOVED if bed else name
    left = " ".join(_FILLER.sub(" ", words).split())
    if left and not bed and not _GENERIC.search(words):
        return left
    named = read_target(site).parts if site else frozenset[str]()
    if len(named) != 1:
        return TUMOUR_BED if bed else PRIMARY
    organ = next(iter(named)).removesuffix(_REMOVED)
    return organ + _REMOVED if bed else organ


def side_of(text: str) -> str:
    """The side that a target's text names: "left", "right", "both", else "".

    A single letter counts in capitals only (``L breast``) and RT in capitals is radiotherapy;
    left and right together are "both".
    """
    found = {match.lastgroup for match in _SIDES.finditer(text)}
    if "both" in found or found >= {"left", "right"}:
        return "both"
    return (found.pop() or "") if found else ""


def relation(one: Target, other: Target) -> Relation:
    """How two targets stand to each other; a side that only one of them names is passed over."""
    if not one.parts or not other.parts:
        return Relation.UNKNOWN
    if one.side and other.side and one.side != other.side:
        return Relation.DIFFERENT
    if one.parts == other.parts:
        return Relation.SAME
    if one.parts & other.parts:
        return Relation.OVERLAP
    if {PRIMARY, TUMOUR_BED} & (one.parts | other.parts):
        return Relation.UNKNOWN
    return Relation.DIFFERENT


def phase_target(phase: Phase, site: str = "") -> Target:
    """The target of a phase: all that its levels name."""
    read = [read_target(level.target, site) for level in phase.levels]
    sides = {target.side for target in read if target.side}
    return Target(
        frozenset(part for target in read for part in target.parts),
        sides.pop() if len(sides) == 1 else "both" if sides else "",
        any(target.boost for target in read),
    )


def boosts(regimen: Regimen, site: str = "") -> tuple[bool, ...]:
    """Of each phase whether it is a boost of another.

    Of several phases each is that is called so. A later one also is when it names no target; when
    its target is an earlier one or a part of it, by name or because its region lies within; or
    when it is brachytherapy after external beam.
    """
    targets = [phase_target(phase, site) for phase in regimen.phases]
    external_first = regimen.phases[0].modality is not Modality.BRACHYTHERAPY
    found = [len(targets) > 1 and targets[0].boost and not all(t.boost for t in targets)]
    for i, phase in enumerate(regimen.phases[1:], 1):
        inside = any(_lies_in(targets[i], earlier) for earlier in targets[:i])
        implanted = phase.modality is Modality.BRACHYTHERAPY and external_first
        found.append(targets[i].boost or not targets[i].parts or inside or implanted)
    return tuple(found)


def _lies_in(later: Target, earlier: Target) -> bool:
    if later.side and earlier.side not in ("", "both", later.side):
        return False
    organs = {part.removesuffix(_REMOVED) for part in later.parts}
    if later.parts and (organs <= earlier.parts or later.parts <= earlier.parts):
        return True
    mine = regions(later)
    containing = [CONTAINS.get(region, frozenset[str]()) for region in regions(earlier)]
    return bool(mine) and any(mine <= within for within in containing)


def regions(target: Target) -> frozenset[str]:
    """The regions of the body in which the target's parts lie; empty where none is known."""
    names = (part.removesuffix(_REMOVED) for part in target.parts)
    return frozenset(_REGIONS[name] for name in names if name in _REGIONS)


def apart(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether no region of one is, contains, lies in or touches a region of the other."""
    return not any(_touch(a, b) for a in one for b in other)


def _touch(one: str, other: str) -> bool:
    beside = CONTAINS.get(one, frozenset[str]()) | TOUCHES.get(one, frozenset[str]())
    around = CONTAINS.get(other, frozenset[str]()) | TOUCHES.get(other, frozenset[str]())
    return one == other or other in beside or one in around


@lru_cache(maxsize=8192)
def code_region(code: str) -> str:
    """The region in which the disease of an ICD-10 code lies; "" where the code does not tell."""
    fitting = (region for codes, region in CODE_REGIONS if in_ranges(code, tuple(codes.split())))
    return next(fitting, "")


def is_secondary(code: str) -> bool:
    """Whether the ICD-10 code is one of a secondary neoplasm (C77 to C79)."""
    return code[:3] in ("C77", "C78", "C79")
