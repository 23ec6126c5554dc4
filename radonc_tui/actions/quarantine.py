"""Rejects: listed by reason, looked at, put right and taken in again."""

from collections.abc import Mapping
from typing import Any

from radonc_tui.actions.case_edits import whole_case
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import case_table, import_rules, quarantine
from store.clinical.icd10 import load_codes
from store.errors import BadUsage
from store.home import Home
from store.keys import home_secret


def list_rejects(
    home: Home, reason: str, limit: int, offset: int = 0
) -> Action[list[dict[str, Any]]]:
    """Rejects with reason, detail and kept columns, in file and row order.

    Raises:
        BadUsage: there is no such reason.
    """
    yield from ()
    with opened(home) as connection:
        return case_table.list_rejects(connection, reason, limit, offset)


def count_rejects(home: Home) -> Action[dict[str, int]]:
    """The number of rejects by reason, the most frequent first."""
    yield from ()
    with opened(home) as connection:
        return case_table.reject_counts(connection)


def show_reject(home: Home, reject_id: str) -> Action[dict[str, Any]]:
    """One reject; ``values`` are those of its own that a person may put right.

    Raises:
        BadUsage: there is no such reject.
    """
    yield from ()
    with opened(home) as connection:
        reject = quarantine.show_reject(connection, reject_id)
    return {**reject, "values": quarantine.as_recorded(reject)}


def fix_reject(
    home: Home, reject_id: str, changes: Mapping[str, str], reason: str = ""
) -> Action[dict[str, Any]]:
    """Put a reject right and take it in; returns the case that it became, with its history.

    Identifiers are taken out of what was typed, and the case waits at the gate of privacy.

    Raises:
        BadUsage: nothing is corrected, or it is still no case; the sentence says why.
    """
    yield from ()
    if not changes:
        raise BadUsage("There is nothing to put right.", "Say what is right, field by field.")
    codes = load_codes(home)
    right = quarantine.correction(changes, reason)
    with opened(home) as connection:
        reject = quarantine.show_reject(connection, reject_id)
        rules = import_rules.current(connection)
        case = quarantine.corrected(reject, right, codes, home_secret(home), rules)
        case_id = quarantine.take_in(connection, reject, case, right)
        return whole_case(home, connection, case_id)
