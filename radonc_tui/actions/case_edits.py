"""Cases put right by a person: corrected, annotated, excluded, included, undone.

Every one is an event that stays; a case's history says who did what, when and why.
"""

from collections.abc import Mapping
from typing import Any

from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import audit, case_events, import_rules
from store.case_edits import ANNOTATED, corrected
from store.case_events import Kind
from store.case_table import Connection, show_case
from store.clinical.icd10 import Code, describe_code, find_codes, load_codes
from store.errors import BadUsage
from store.home import Home
from store.privacy.typed import remark


def edit_case(
    home: Home, case_id: str, changes: Mapping[str, str], reason: str = ""
) -> Action[dict[str, Any]]:
    """Correct values of a case by the rules of an import; returns it with its history.

    Identifiers are taken out of what was typed; with another text the case waits at the gate of
    privacy.

    Raises:
        BadUsage: a value that an import would turn away, or nothing that would change.
    """
    yield from ()
    codes = load_codes(home)
    with opened(home) as connection:
        rules = import_rules.current(connection)
        values = corrected(show_case(connection, case_id), changes, codes, rules=rules)
        if not values:
            raise BadUsage(f"{case_id} is so already, nothing would change.")
        why = remark(reason)
        case_events.change(connection, case_id, Kind.EDIT, values, why, audit.login())
        return whole_case(home, connection, case_id)


def annotate_case(
    home: Home, case_id: str, changes: Mapping[str, str] | None = None, reason: str = ""
) -> Action[dict[str, Any]]:
    """Confirm regimen, modality and code of a case, or set them; returns it with its history.

    Raises:
        BadUsage: a value that an import would turn away, or that is not annotated.
    """
    yield from ()
    codes = load_codes(home)
    with opened(home) as connection:
        case = show_case(connection, case_id)
        rules = import_rules.current(connection)
        values = corrected(case, changes or {}, codes, ANNOTATED, rules)
        values["annotated"] = True
        why = remark(reason)
        case_events.change(connection, case_id, Kind.ANNOTATE, values, why, audit.login())
        return whole_case(home, connection, case_id)


def exclude_case(home: Home, case_id: str, reason: str) -> Action[dict[str, Any]]:
    """Leave a case out of data sets from now on, for a reason; returns it with its history."""
    yield from ()
    with opened(home) as connection:
        case_events.exclude(connection, case_id, remark(reason), audit.login())
        return whole_case(home, connection, case_id)


def include_case(home: Home, case_id: str, reason: str = "") -> Action[dict[str, Any]]:
    """Take an excluded case back in; returns it with its history."""
    yield from ()
    with opened(home) as connection:
        case_events.include(connection, case_id, remark(reason), audit.login())
        return whole_case(home, connection, case_id)


def undo_case(home: Home, case_id: str) -> Action[dict[str, Any]]:
    """Take back the last change of a case; again, the one before; returns it with its history."""
    yield from ()
    with opened(home) as connection:
        case_events.undo(connection, case_id, audit.login())
        return whole_case(home, connection, case_id)


def search_codes(home: Home, text: str, limit: int = 20) -> Action[list[Code]]:
    """ICD-10 codes by the beginning of the code, or by words of the description."""
    yield from ()
    return find_codes(load_codes(home), text, limit)


def whole_case(home: Home, connection: Connection, case_id: str) -> dict[str, Any]:
    """One case with what its code says as ``meaning``, and its events as ``history``.

    Raises:
        BadUsage: there is no such case.
    """
    case = show_case(connection, case_id)
    events = case_events.history(connection, case_id)
    return {**case, "meaning": describe_code(home, str(case["icd10"])), "history": events}
