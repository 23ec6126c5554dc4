"""The audit log: who did what to the store, when, and what was there before and after.

Entries are only ever added, in the transaction of what they record. Each carries a MAC, keyed by
the home's secret, over itself and the entry before, its values by a MAC of their own: so the
values of a person who is forgotten can go, and words that identify one, and the log still is
whole (``forgetting``, ``privacy.redacting``). The end
of the log is known beside the store as well (``audit_head``), so that nothing can be changed,
taken out, moved or cut off unseen. What somebody with the home and its key could still do is in
``docs/security.md``.

``record`` only lays an entry down; ``chain`` gives the entries of a transaction their numbers and
MACs, one transaction after the other, and is called by the lease alone.
"""

import getpass
import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import duckdb

from store.audit_head import Head
from store.json_files import dumps
from store.keys import keyed_hash

Connection = duckdb.DuckDBPyConnection

FIELDS = ("made", "who", "kind", "subject", "before", "after")
FORGOTTEN = "person forgotten"
REDACTED = "words taken out"
EMPTYING = (FORGOTTEN, REDACTED)
"""The kinds of entries that say which entries' values were taken out, and so keep their own."""
START = Head(0, "0" * 64)
"""The end of a log without entries."""


def record(
    connection: Connection,
    kind: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    who: str = "",
) -> None:
    """Write down what the present transaction does; it is kept if and only if that is.

    Args:
        kind: what was done, in a few words of the field: ``case edit``, ``data set frozen``.
        subject: the id of what it was done to.
        who: who did it; without one, the person logged in.
    """
    made = datetime.now(UTC).isoformat(timespec="milliseconds")
    values = [made, who or login(), kind, subject, dumps(before or {}), dumps(after or {})]
    connection.execute("INSERT INTO audit_pending VALUES (?, ?, ?, ?, ?, ?)", values)


def login() -> str:
    """Who is at the keyboard, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # an account without a name, as in some containers
        return f"user {os.getuid()}"


def is_pending(connection: Connection) -> bool:
    """Whether the present transaction laid entries down that are not yet chained."""
    return connection.execute("SELECT 1 FROM audit_pending LIMIT 1").fetchone() is not None


def end_of_log(connection: Connection) -> Head:
    """The number and MAC of the newest entry that ``connection`` sees."""
    last = connection.execute(
        "SELECT number, mac FROM audit_log ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return Head(int(last[0]), str(last[1])) if last else START


def chain(connection: Connection, head: Head, secret: bytes) -> Head:
    """Move the pending entries to the end of the log, after ``head``; returns the new end.

    Commit before anybody else calls this: two ends of one log cannot be.
    """
    columns = ", ".join(FIELDS)
    pending = connection.execute(f"SELECT {columns} FROM audit_pending ORDER BY rowid").fetchall()
    for values in pending:
        number = head.count + 1
        of_values = values_mac(secret, *values[-2:])
        head = Head(number, entry_mac(secret, head.mac, number, *values[:-2], of_values))
        connection.execute(
            f"""INSERT INTO audit_log (number, {columns}, values_mac, mac)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [number, *values, of_values, head.mac],
        )
    connection.execute("DELETE FROM audit_pending")
    return head


def entry_mac(secret: bytes, previous: str, number: int, *values: str) -> str:
    """HMAC-SHA256 over the MAC before, the number, made, who, kind, subject and ``values_mac``."""
    return keyed_hash(secret, "audit", previous, str(number), *values)


def values_mac(secret: bytes, before: str, after: str) -> str:
    """HMAC-SHA256 over the values of one entry, as 64 hex digits."""
    return keyed_hash(secret, "audit values", before, after)


def entries(
    connection: Connection, kind: str = "", subject: str = "", limit: int = 0
) -> list[dict[str, Any]]:
    """The newest ``limit`` entries (0: all), oldest first.

    ``before`` and ``after`` are the values by name; None where ``forgetting`` took them out.

    Args:
        kind: only those whose kind begins so; ``case`` finds ``case edit``.
        subject: only those of this id.
    """
    found = connection.execute(
        f"""SELECT number, {", ".join(FIELDS)} FROM audit_log
            WHERE starts_with(kind, ?) AND ? IN ('', subject) ORDER BY number DESC LIMIT ?""",
        [kind, subject, limit or None],
    ).fetchall()
    return [as_entry(row) for row in reversed(found)]


def as_entry(row: Sequence[Any]) -> dict[str, Any]:
    """An entry as values by name, from its number and ``FIELDS``; the values as they were."""
    made = dict(zip(("number", *FIELDS), row, strict=True))
    return {**made, **{name: _values(made[name]) for name in ("before", "after")}}


def empty(
    connection: Connection, subjects: Collection[str], holds: Callable[[str], bool] | None = None
) -> list[int]:
    """Take the values out of the entries about these subjects; returns their numbers.

    Whoever calls this records which they were, as one of ``EMPTYING``, or the log is broken.

    Args:
        subjects: ids.
        holds: only of entries with a text for which this is true.
    """
    found = connection.execute(
        """SELECT number, before, after FROM audit_log
           WHERE list_contains(?, subject) AND NOT list_contains(?, kind) AND after != ''""",
        [sorted(subjects), list(EMPTYING)],
    ).fetchall()
    numbers = sorted(
        int(number)
        for number, *values in found
        if holds is None or any(holds(text) for value in values for text in _texts(value))
    )
    connection.execute(
        "UPDATE audit_log SET before = '', after = '' WHERE list_contains(?, number)", [numbers]
    )
    return numbers


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with every text in it changed, keys left as they are."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [each_text(item, change) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        members = cast(dict[str, Any], value)
        return {name: each_text(item, change) for name, item in members.items()}
    return value


def _texts(values: str) -> list[str]:
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    each_text(_values(values), note)
    return found


def _values(text: str) -> dict[str, Any] | None:
    return json.loads(text) if text else None
