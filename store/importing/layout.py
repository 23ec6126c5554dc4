"""How the report extract of an oncology information system is laid out, as its profile says.

An extract is one wide table or several: a file *provides* a table of the layout where it has the
columns that the table cannot do without. Which column is which part is said by name and by
nothing else. What the parts mean together is the business of ``courses``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from store.errors import RadoncError

NEEDED: Mapping[str, tuple[str, ...]] = {
    "patient": ("patient",),
    "diagnosis": ("text", "code"),
    "link": ("course", "diagnosis"),
    "course": ("course",),
    "prescription": ("prescription", "course", "fractions"),
    "plan": ("plan", "course", "label"),
    "radiation": ("plan", "energy"),
    "treated": ("plan", "number"),
    "note": ("patient", "text", "date"),
}
"""The tables, each with the parts without which a file does not provide it."""

PARTS: Mapping[str, frozenset[str]] = {
    "patient": frozenset({"patient", "mrn", "sex", "birth_date"}),
    "diagnosis": frozenset(
        {"diagnosis", "patient", "text", "code", "date", "stage", "histology", "site"}
    ),
    "link": frozenset({"course", "diagnosis", "patient"}),
    "course": frozenset({"course", "patient", "label", "intent", "status", "reason", "attending"}),
    "prescription": frozenset(
        {"prescription", "course", "patient", "label", "total", "each", "fractions", "target"}
        | {"sequence", "status", "approved_on", "approved_by", "role", "technique", "modality"}
        | {"version", "revises"}
    ),
    "plan": frozenset(
        {"plan", "course", "patient", "prescription", "label", "status", "intent", "target"}
        | {"approved_on"}
    ),
    "radiation": frozenset(
        {"plan", "course", "patient", "energy", "machine", "technique", "setup"}
    ),
    "treated": frozenset({"plan", "course", "patient", "number", "dose"}),
    "note": frozenset({"patient", "text", "date"}),
}
"""What a column of each table can be."""

WORDS = frozenset({"approved", "superseded", "plans", "ended", "physicians", "current"})
"""The lists of words: statuses of prescriptions and plans that count, and who may approve."""

_PARENTS = {"course": "patient", "plan": "course", "prescription": "course", "diagnosis": "patient"}


@dataclass(frozen=True)
class Layout:
    """One layout; column names are compared by their letters and digits.

    ``unit`` is that of a dose without its own; ``unique`` are columns whose value alone says which
    record is meant (a serial number), others only within the patient or the course.
    """

    name: str
    unit: str
    unique: frozenset[str]
    identifiers: frozenset[str]
    tables: Mapping[str, Mapping[str, tuple[str, ...]]]
    words: Mapping[str, frozenset[str]]
    order: str = ""

    def provided(self, columns: Sequence[str]) -> dict[str, dict[str, str]]:
        """The tables that a file with these columns provides, each as part to column."""
        by_name: dict[str, str] = {}
        for column in columns:
            by_name.setdefault(bare(column), column)
        found: dict[str, dict[str, str]] = {}
        for table, parts in self.tables.items():
            named = {part: _first(names, by_name) for part, names in parts.items()}
            has = {part: column for part, column in named.items() if column}
            if all(part in has for part in NEEDED[table]) and self._whole(table, has):
                found[table] = has
        return found

    def _whole(self, table: str, has: Mapping[str, str]) -> bool:
        """Whether each record can be told: by a number of its own, or within its parents."""
        part = table if table in _PARENTS else next((p for p in NEEDED[table] if p in _PARENTS), "")
        while part in has and bare(has[part]) not in self.unique and part in _PARENTS:
            part = _PARENTS[part]
            if part not in has:
                return False
        return True

    def own(self, columns: Sequence[str]) -> list[str]:
        """The columns of identifiers."""
        return [column for column in columns if bare(column) in self.identifiers]

    def named(self, columns: Sequence[str]) -> dict[str, str]:
        """``table.part`` to column, as it is shown; one line for each column."""
        shown: dict[str, str] = {}
        used: set[str] = set()
        for table, parts in self.provided(columns).items():
            for part, column in parts.items():
                if column not in used:
                    used.add(column)
                    shown[f"{table}.{part}" if part != table else table] = column
        left = [column for column in self.own(columns) if column not in used]
        return shown | {f"identifier:{column}": column for column in left}

    def key(
        self, parts: Mapping[str, str], row: Mapping[str, str], part: str
    ) -> tuple[str, ...] | None:
        """What tells a record from all others; None where the row does not say."""
        column = parts.get(part, "")
        value = " ".join(row.get(column, "").split()).casefold()
        if not value:
            return None
        if bare(column) in self.unique or part not in _PARENTS:
            return (value,)
        parent = self.key(parts, row, _PARENTS[part])
        return None if parent is None else (*parent, value)

    def says(self, words: str, value: str) -> bool:
        """Whether a status is one of the layout's words of this kind."""
        return bare(value) in self.words.get(words, frozenset())


def read_layout(name: str, toml: Mapping[str, Any]) -> Layout:
    """The layout that a profile's TOML states.

    Raises:
        RadoncError: it has a table, a part or a kind of words that does not exist.
    """
    settings = dict(toml)
    words = {kind: _names(name, kind, settings.pop(kind, [])) for kind in WORDS}
    unit = settings.pop("dose_unit", "Gy")
    order = str(settings.pop("date_order", ""))
    unique = _names(name, "unique", settings.pop("unique", []))
    identifiers = _names(name, "identifiers", settings.pop("identifiers", []))
    tables: dict[str, dict[str, tuple[str, ...]]] = {}
    for table, parts in settings.items():
        if table not in PARTS or not isinstance(parts, dict):
            raise _unknown(name, table, [*PARTS, *WORDS])
        tables[table] = dict(_parts(name, table, cast("dict[str, object]", parts)))
    if unit not in ("Gy", "cGy") or order not in ("", "dmy", "mdy") or "course" not in tables:
        raise RadoncError(
            f"The profile {name} is not whole.",
            'It has dose_unit "Gy" or "cGy", date_order "dmy" or "mdy" or none, and [course].',
        )
    return Layout(name, unit, unique, identifiers, tables, words, order)


def _parts(
    name: str, table: str, parts: Mapping[str, object]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for part, columns in parts.items():
        if part not in PARTS[table]:
            raise _unknown(name, f"{table}.{part}", sorted(PARTS[table]))
        yield part, tuple(_listed(name, f"{table}.{part}", columns))


def _names(name: str, kind: str, values: object) -> frozenset[str]:
    return frozenset(map(bare, _listed(name, kind, values)))


def _listed(name: str, what: str, values: object) -> list[str]:
    """Text or a list of texts as a list."""
    listed: list[object] = [values]
    if isinstance(values, list):
        listed = cast("list[object]", values)
    if not all(isinstance(value, str) for value in listed):
        raise RadoncError(f"The profile {name} has no list of names as {what}.", 'Write ["A"].')
    return [str(value) for value in listed]


def _first(names: Iterable[str], by_name: Mapping[str, str]) -> str:
    return next((by_name[bare(name)] for name in names if bare(name) in by_name), "")


def bare(text: str) -> str:
    """A column's name or a status by its letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _unknown(name: str, what: str, known: Sequence[str]) -> RadoncError:
    return RadoncError(
        f"The profile {name} has {what!r}, which is none of its parts.",
        f"There are {', '.join(known)}.",
    )
