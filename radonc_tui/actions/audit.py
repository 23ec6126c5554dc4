"""The audit log: looked through, and checked for whatever was changed or is missing."""

from typing import Any

from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import audit, audit_check
from store.audit_check import Checked
from store.home import Home


def list_audit(
    home: Home, kind: str = "", subject: str = "", limit: int = 0
) -> Action[list[dict[str, Any]]]:
    """The newest ``limit`` entries (0: all), oldest first, of a kind and a subject if named."""
    yield from ()
    with opened(home) as connection:
        return audit.entries(connection, kind, subject, limit)


def verify_audit(home: Home) -> Action[Checked]:
    """Whether the log is whole; the first broken entry by its number.

    A head that a crash left behind is repaired, which the log then says.
    """
    yield from ()
    with opened(home) as connection:
        return audit_check.verify(connection, home)
