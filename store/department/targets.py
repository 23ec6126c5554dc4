"""Whether a target may be the one that a row names, however it is worded.

How two targets stand to each other is ``store.clinical.targets``' to say; here only what that
leaves open is decided: a row's target is another one where nodes are in one and not in the other,
and bone is bone, whichever it is.
"""

from functools import lru_cache

from store.clinical.targets import Relation, Target, read_target, regions, relation

NODES = frozenset(
    {
        *("nodes", "elective nodes", "elective neck", "neck", "axilla", "pelvic nodes", "groin"),
        *("supraclavicular nodes", "internal mammary nodes", "para-aortic nodes", "mediastinum"),
    }
)
_BONE = frozenset({"bone"})


@lru_cache(maxsize=16384)
def same_target(one: str, other: str) -> bool:
    """Whether two names may mean one target; true where either names nothing."""
    first, second = read_target(one), read_target(other)
    how = relation(first, second)
    if how is Relation.DIFFERENT:
        return _both_bone(first, second)
    if how is Relation.UNKNOWN and not (first.parts and second.parts):
        return True
    return bool(first.parts & NODES) is bool(second.parts & NODES)


def _both_bone(one: Target, other: Target) -> bool:
    """Whether one names bone and the other some bone, and no side parts them."""
    sides = {one.side, other.side} - {"", "both"}
    named = "bone" in one.parts | other.parts
    return named and len(sides) < 2 and regions(one) == regions(other) == _BONE
