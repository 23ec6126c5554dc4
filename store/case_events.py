"""What people did to cases: an append-only list of events, and the present values that follow.

An event is never changed or deleted; taking one back is an event of its own that names it. The
row in ``cases`` always holds the present values, so nothing that reads cases needs the events.
Which values are allowed is decided by ``case_edits``, before. A change of a text makes the case
wait for a person again (``privacy.looks``).
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from store import audit
from store.case_table import SEARCH, Connection, rows, show_case
from store.errors import BadUsage
from store.points import reached
from store.privacy import looks

CHANGEABLE = (
    *("diagnosis", "regimen", "modality", "icd10", "icd10_system", "site", "target", "intent"),
    *("status", "annotated"),
)
"""The columns of a case that an event may change."""

LONGEST_REASON = 500


class Kind(StrEnum):
    """What was done: a value edited, looked at and confirmed, taken out, taken back in.

    ``CORRECT`` is how a case came to be from a reject: it cannot be undone, but excluded.
    """

    EDIT = "edit"
    ANNOTATE = "annotate"
    EXCLUDE = "exclude"
    INCLUDE = "include"
    UNDO = "undo"
    CORRECT = "correct"


EXCLUSION_REASONS = {
    "wrong plan": "The plan is not for this diagnosis.",
    "wrong diagnosis": "Another disease was treated.",
    "not primary": "Not the primary treatment of the diagnosis.",
    "deviates": "Not what the clinic would prescribe.",
    "incomplete": "The text lacks what the prescription needs.",
    "same patient twice": "The same course is another case already.",
    "test record": "A phantom or a test.",
    "consent": "The patient's data may not be used.",
}
"""Common reasons to take a case out, each with its sentence; any other text will do as well."""


def change(
    connection: Connection,
    case_id: str,
    kind: Kind,
    values: Mapping[str, Any],
    reason: str,
    who: str,
) -> dict[str, Any]:
    """Give a case new values of ``CHANGEABLE`` columns, and write down who did so and why.

    Raises:
        BadUsage: there is no such case.
    """
    case = show_case(connection, case_id)
    after = {name: value for name, value in values.items() if case[name] != value}
    before = {name: case[name] for name in after}
    return _append(connection, case_id, kind, before, after, reason, who)


def exclude(connection: Connection, case_id: str, reason: str, who: str) -> dict[str, Any]:
    """Take a case out of what data sets are made of; it stays in the store.

    Raises:
        BadUsage: no such case, it is out already, or no reason is given.
    """
    if not reason.strip():
        raise BadUsage("A case is excluded for a reason.", "Say why in a few words.")
    if show_case(connection, case_id)["status"] == "excluded":
        raise BadUsage(f"{case_id} is excluded already.")
    return change(connection, case_id, Kind.EXCLUDE, {"status": "excluded"}, reason, who)


def include(connection: Connection, case_id: str, reason: str, who: str) -> dict[str, Any]:
    """Take an excluded case back in.

    Raises:
        BadUsage: no such case, or it is not excluded.
    """
    if show_case(connection, case_id)["status"] == "included":
        raise BadUsage(f"{case_id} is not excluded.")
    return change(connection, case_id, Kind.INCLUDE, {"status": "included"}, reason, who)


def undo(connection: Connection, case_id: str, who: str) -> dict[str, Any]:
    """Take back the newest change of a case that is not yet taken back; there is no redo.

    Raises:
        BadUsage: no such case, or nothing is left to take back.
    """
    show_case(connection, case_id)
    final = (Kind.UNDO, Kind.CORRECT)
    left = [e for e in history(connection, case_id) if e["kind"] not in final and not e["undone"]]
    if not left:
        raise BadUsage(f"Nothing was changed in {case_id} that could be undone.")
    last = left[0]
    return _append(
        connection, case_id, Kind.UNDO, last["after"], last["before"], "", who, last["number"]
    )


def history(connection: Connection, case_id: str) -> list[dict[str, Any]]:
    """All events of a case, newest first; ``undone`` says whether a later one takes it back."""
    found = rows(
        connection, "SELECT * FROM case_events WHERE case_id = ? ORDER BY number DESC", [case_id]
    )
    reversed_ = {event["reverses"] for event in found}
    return [{**event, "undone": event["number"] in reversed_} for event in found]


def _append(
    connection: Connection,
    case_id: str,
    kind: Kind,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str,
    who: str,
    reverses: int | None = None,
) -> dict[str, Any]:
    forbidden = set(after) - set(CHANGEABLE)
    if forbidden:
        raise ValueError(f"no event may change {', '.join(sorted(forbidden))}")
    if after:
        reached("update")
        columns = ", ".join(f"{name} = ?" for name in after)
        connection.execute(
            f"UPDATE cases SET {columns} WHERE case_id = ?", [*after.values(), case_id]
        )
        connection.execute(f"UPDATE cases SET search = {SEARCH} WHERE case_id = ?", [case_id])
        looks.end(connection, case_id, after)
    note(connection, case_id, kind, before, after, reason, who, reverses)
    return history(connection, case_id)[0]


def note(
    connection: Connection,
    case_id: str,
    kind: Kind,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str,
    who: str = "",
    reverses: int | None = None,
) -> None:
    """Write an event down, and change no case; without ``who``, of the person logged in."""
    reached("event")
    who = who or audit.login()
    values = [case_id, kind.value, _json(before), _json(after), _line(reason), who, reverses]
    connection.execute(
        """INSERT INTO case_events (case_id, made, kind, before, after, reason, who, reverses)
           VALUES ($1, now()::TIMESTAMP, $2, $3, $4, $5, $6, $7)""",
        values,
    )
    said = {"reason": _line(reason)} if reason else {}
    audit.record(connection, f"case {kind.value}", case_id, before, {**after, **said}, who)


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, allow_nan=False)


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_REASON]
