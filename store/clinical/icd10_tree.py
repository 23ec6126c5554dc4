"""Where an ICD-10 code stands: its chapter, block, category and divisions, and its other side.

Both systems are one tree here: a category that both have is the same node, so that a code of the
WHO and one of ICD-10-CM can be compared as far as they go together. Nothing here judges an answer.
"""

import re
from functools import lru_cache

from store.clinical.icd10 import CodeError, CodeTable, check_code, laterality, normalise_code

_SIDE = re.compile(r"\b(?:left|right|bilateral)\b")
_NO_SIDE = re.compile(r"\bunspecified\b")


def known_code(table: CodeTable, text: str) -> str:
    """The code that ``text`` is in either system, else the text in the form of a code."""
    try:
        return check_code(table, text).code
    except CodeError:
        return normalise_code(text)


def category_of(code: str) -> str:
    """The three characters that say which disease it is."""
    return code[:3]


def block_of(table: CodeTable, code: str) -> str:
    """The block of categories within the chapter, such as C30-C39; "" for what is no code."""
    return table.blocks.get(code[:3], " ").split(" ")[0]


def lineage(table: CodeTable, code: str) -> tuple[str, ...]:
    """From the chapter down to the code itself; just the code where its category is unknown.

    For C34.11: chapter 2, C30-C39, C34, C34.1, C34.11. The names of chapter and block are marked,
    so that a block of one category is not that category.
    """
    block, _, chapter = table.blocks.get(code[:3], "").partition(" ")
    if not block:
        return (code,) if code else ()
    divisions = (code[:end] for end in (3, *range(5, len(code) + 1)))
    known = [node for node in divisions if node == code or node in table.cm or node in table.who]
    return (f"chapter {chapter}", f"block {block}", *known)


def side_of(table: CodeTable, code: str) -> str:
    """The side a code names: "left", "right", "bilateral", else ""."""
    return laterality(_description(table, code))


def same_but_for_side(table: CodeTable, code: str, other: str) -> bool:
    """Whether two codes of one category differ in the side they name and in nothing else.

    ``code`` names a side; ``other`` names another, or is the one of an unspecified side.
    """
    if code == other or code[:3] != other[:3] or not side_of(table, code):
        return False
    return _sideless(table, code) in _without_side(_description(table, other))


def _sideless(table: CodeTable, code: str) -> str:
    return _SIDE.sub("*", _description(table, code))


@lru_cache(maxsize=4096)
def _without_side(description: str) -> frozenset[str]:
    """The description with its side taken out; without a side, for each "unspecified" in turn.

    "Unspecified site of unspecified female breast" has two, and which of them is the side's the
    words do not tell.
    """
    if _SIDE.search(description):
        return frozenset({_SIDE.sub("*", description)})
    places = _NO_SIDE.finditer(description)
    return frozenset(f"{description[: p.start()]}*{description[p.end() :]}" for p in places)


def _description(table: CodeTable, code: str) -> str:
    return (table.cm.get(code) or table.who.get(code) or "").casefold()
