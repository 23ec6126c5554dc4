"""Where a table's columns are named: below a title, over two rows of merged cells, above units.

Rows are told apart by the names of columns that are known, never by values. Where nothing is
recognised the first row is the header, as it stands.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from store.importing.mapping import guess_mapping

LOOKED_AT = 12
_PLAINLY = 3
_DOSE_UNIT = re.compile(r"[(\[]?\s*(c?gy|gray)\s*[)\]]?", re.I)
_UNIT = re.compile(
    r"[(\[]?\s*(?:c?gy|gray|years?|yrs?|y|n|#|no\.?|count|text|code|date|-|days?|mm|cm|%"
    r"|[dmy]{1,4}[-/.][dmy]{1,4}[-/.][dmy]{1,4})\s*[)\]]?",
    re.I,
)
_HAS_UNIT = re.compile(r"(?<![a-z])c?gy(?![a-z])", re.I)


@dataclass(frozen=True)
class Header:
    """The names of a table's columns, all different, and the number of its first row of values.

    Rows count from 1. ``known`` is how many of the names are known.
    """

    names: tuple[str, ...]
    first: int
    known: int


def find_header(rows: Sequence[Sequence[str]]) -> Header:
    """The header in the first rows of a table; there has to be at least one row."""
    scores = [len(guess_mapping(_filled(row))) for row in rows[:LOOKED_AT]]
    best = max(range(len(scores)), key=lambda n: scores[n])
    at = best if scores[best] >= _PLAINLY and scores[0] < 2 else 0
    names = list(rows[at])
    if at + 1 < len(rows) and (below := _merged(rows[at], rows[at + 1])):
        names, at = below, at + 1
    elif at and (merged := _merged(rows[at - 1], rows[at])):
        names = merged
    if at + 1 < len(rows) and (united := _with_units(names, rows[at + 1])):
        names, at = united, at + 1
    return Header(column_names(names), at + 2, len(guess_mapping(_filled(names))))


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """The names by which columns are asked for: without spaces around, nameless ones numbered.

    Columns of one name are numbered too (``Dx (1)``, ``Dx (2)``), so that none is taken for the
    field that both seem to be until a person says which.
    """
    names = [" ".join(name.split()) or f"column {n}" for n, name in enumerate(header, 1)]
    count = Counter(names)
    if len(count) == len(names):
        return tuple(names)
    numbered: list[str] = []
    used: set[str] = {name for name in names if count[name] == 1}
    last: Counter[str] = Counter()
    for name in names:
        found = name
        while count[name] > 1 and (found == name or found in used):
            last[name] += 1
            found = f"{name} ({last[name]})"
        used.add(found)
        numbered.append(found)
    return tuple(numbered)


def _filled(row: Sequence[str]) -> list[str]:
    """The cells that say something."""
    return [cell.strip() for cell in row if cell.strip()]


def _merged(above: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """One row of names from two, where cells of the upper one span several of the lower."""
    width = max(len(above), len(below))
    tops = [*above, *[""] * (width - len(above))]
    leaves = [*below, *[""] * (width - len(below))]
    spans = any(leaf.strip() and not top.strip() for top, leaf in zip(tops, leaves, strict=True))
    alone = len(guess_mapping(_filled(below)))
    if not spans or alone < 2:
        return None
    group, names = "", list[str]()
    for top, leaf in zip(tops, leaves, strict=True):
        group = top.strip() or group
        names.append(leaf.strip() or top.strip())
        if leaf.strip() and [cell.strip() for cell in below].count(leaf.strip()) > 1:
            names[-1] = f"{group} {leaf.strip()}".strip()
    better = len(guess_mapping(_filled(names))) > len(guess_mapping(_filled(above)))
    return names if better else None


def _with_units(names: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """The names with the units of a row of units behind them; None where it is no such row."""
    cells = [cell.strip() for cell in below]
    filled = [cell for cell in cells if cell]
    if not all(map(_UNIT.fullmatch, filled)) or not any(map(_DOSE_UNIT.fullmatch, filled)):
        return None
    united = list(names)
    for place, cell in enumerate(cells[: len(names)]):
        if (unit := _DOSE_UNIT.fullmatch(cell)) and not _HAS_UNIT.search(names[place]):
            united[place] = f"{names[place]} ({unit[1]})"
    return united
