"""The audit log: looked through, and checked for whatever was changed or is missing."""

from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import audit_check, audit_pages
from store.audit_check import Checked
from store.audit_pages import AuditFilter, AuditPage
from store.home import Home

EVERY = AuditFilter()


def list_audit(
    home: Home, chosen: AuditFilter = EVERY, limit: int = 0, skip: int = 0, newest: int = 0
) -> Action[AuditPage]:
    """At most ``limit`` chosen entries (0: all) after the ``skip`` newest, the newest first.

    With ``newest`` of a page before, entries that came since are left out, so that pages fit.
    """
    yield from ()
    with opened(home) as connection:
        return audit_pages.page(connection, chosen, limit, skip, newest)


def verify_audit(home: Home) -> Action[Checked]:
    """Whether the log is whole; the first broken entry by its number.

    A head that a crash left behind is repaired, which the log then says.
    """
    yield from ()
    with opened(home) as connection:
        return audit_check.verify(connection, home)


def verdict(found: Checked) -> str:
    """What a check found, in sentences."""
    if found.whole:
        said = f"The log is whole: {found.entries:,} entries."
    else:
        first = f"the first at {found.broken}" if found.broken else "its head"
        said = f"The log is broken, {first}; {found.entries:,} entries before are whole."
    return f"{found.why} {said}".strip()
