"""Who has signed which row of the department's table: a physicist and an oncologist each.

The one place with SQL over signatures. A signature is of a row as it was: it carries the hash of
what the row said, so that an edit voids it without anybody's doing. Signatures are only ever
added. Two roles are two persons.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store import audit
from store.case_table import Connection
from store.department.rows import Row
from store.department.table import Table
from store.errors import BadUsage, Refused
from store.reviews import clean_name

PHYSICIST, ONCOLOGIST = "physicist", "oncologist"
ROLES = (PHYSICIST, ONCOLOGIST)
REVIEWED, UNREVIEWED = "per reviewed table", "per unreviewed table"


@dataclass(frozen=True)
class Signature:
    """One person's name under one row: ``who`` was at the keyboard, ``made`` is UTC."""

    row: str
    role: str
    name: str
    who: str
    made: str


@dataclass(frozen=True)
class RowState:
    """Who has signed a row as it is now; ``edited`` where it was signed otherwise before."""

    physicist: Signature | None = None
    oncologist: Signature | None = None
    edited: bool = False

    @property
    def signed(self) -> bool:
        """Whether both have."""
        return self.physicist is not None and self.oncologist is not None

    @property
    def word(self) -> str:
        """signed, by physicist, by oncologist, edited since, or by nobody."""
        if self.signed:
            return "signed"
        if self.physicist or self.oncologist:
            return f"by {PHYSICIST if self.physicist else ONCOLOGIST}"
        return "edited since" if self.edited else "by nobody"


def sign(
    connection: Connection, table: Table, rows: Sequence[str], role: str, name: str
) -> list[str]:
    """Put a name under rows as they are now; returns those that this role had not signed yet.

    Raises:
        BadUsage: no such role, row or name.
        Refused: the same person has signed one of them in the other role; then none is signed.
    """
    if role not in ROLES:
        raise BadUsage(f"A row is not signed by a {role!r}.", f"Sign as {' or '.join(ROLES)}.")
    person = clean_name(name, "a person")
    chosen = [_row(table, row) for row in dict.fromkeys(rows)]
    if not chosen:
        raise BadUsage("No row is named.", "Name rows, or give --all.")
    states = review_state(connection, table)
    other = ONCOLOGIST if role == PHYSICIST else PHYSICIST
    for row in chosen:
        signed: Signature | None = getattr(states[row.name], other)
        if signed and signed.name.casefold() == person.casefold():
            raise Refused(
                f"{signed.name} has signed {row.name} as {other}.", "The two are two persons."
            )
    added = [row for row in chosen if getattr(states[row.name], role) is None]
    for row in added:
        connection.execute(
            """INSERT INTO department_signatures (made, row_name, row_sha256, role, name, who)
               VALUES (now()::TIMESTAMP, ?, ?, ?, ?, ?)""",
            [row.name, row.sha256, role, person, audit.login()],
        )
        after = {"sha256": row.sha256, "role": role, "name": person}
        audit.record(connection, "department row signed", row.name, after=after)
    return [row.name for row in added]


def review_state(connection: Connection, table: Table) -> dict[str, RowState]:
    """The state of every row of the table, by its name, in the table's order."""
    found = connection.execute(
        """SELECT row_name, row_sha256, role, name, who, strftime(made, '%Y-%m-%dT%H:%M:%S')
           FROM department_signatures ORDER BY seq"""
    ).fetchall()
    by_hash: dict[tuple[str, str], dict[str, Signature]] = {}
    known: set[str] = set()
    for row, sha256, role, name, who, made in found:
        known.add(row)
        by_hash.setdefault((row, sha256), {})[role] = Signature(row, role, name, who, made)
    states: dict[str, RowState] = {}
    for row in table.rows:
        signed = by_hash.get((row.name, row.sha256), {})
        states[row.name] = RowState(
            physicist=signed.get(PHYSICIST),
            oncologist=signed.get(ONCOLOGIST),
            edited=not signed and row.name in known,
        )
    return states


def table_state(connection: Connection, table: Table) -> dict[str, Any]:
    """What an evaluation freezes of the table beside its rows.

    Returns:
        ``origin`` (embedded or department), ``sha256``, ``rows`` (how many) and ``signed`` (the
        names of the rows that both have signed).
    """
    states = review_state(connection, table)
    return {
        "origin": table.origin,
        "sha256": table.sha256,
        "rows": len(table.rows),
        "signed": [name for name, state in states.items() if state.signed],
    }


def standing(state: Mapping[str, Any], used: Iterable[str]) -> str:
    """How a result by the table is to be called: reviewed only if every row it used is signed.

    Args:
        state: a ``table_state``.
        used: the names of the rows used; joined rows count as each of theirs.
    """
    names = {part for name in used for part in name.split(" + ")}
    return REVIEWED if names and names <= set(state["signed"]) else UNREVIEWED


def _row(table: Table, name: str) -> Row:
    row = table.row(name)
    if row is None:
        raise BadUsage(
            f"The department's table has no row {name!r}.", "`radonc department show` lists them."
        )
    return row
