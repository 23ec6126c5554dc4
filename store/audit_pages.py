"""Pages of the audit log for a table of any length: the newest first, found by words.

Entries are only read here; what is in one and how they are chained is ``audit``'s to say.
"""

from dataclasses import dataclass
from typing import Any

from store.audit import FIELDS, Connection, as_entry

SEARCHED = f"lower(concat_ws(' ', number, {', '.join(FIELDS)}))"


@dataclass(frozen=True)
class AuditFilter:
    """Which entries: of kinds that begin with ``kind``, about the id ``subject``, and with all
    ``words`` anywhere in them, in any case. "" chooses all.
    """

    kind: str = ""
    subject: str = ""
    words: str = ""


@dataclass(frozen=True)
class AuditPage:
    """Chosen entries, the newest first, of ``total`` up to the log's entry ``newest``."""

    entries: list[dict[str, Any]]
    total: int
    newest: int


def page(
    connection: Connection, chosen: AuditFilter, limit: int = 0, skip: int = 0, newest: int = 0
) -> AuditPage:
    """At most ``limit`` chosen entries (0: all) after the ``skip`` newest.

    With ``newest`` of a page before, entries that came since are left out, so that pages fit.
    """
    words = list(dict.fromkeys(chosen.words.casefold().split()))
    terms = ["starts_with(kind, ?)", "? IN ('', subject)", "(? = 0 OR number <= ?)"]
    terms += [f"contains({SEARCHED}, ?)"] * len(words)
    where = " AND ".join(terms)
    values = [chosen.kind, chosen.subject, newest, newest, *words]
    counted = connection.execute(
        f"SELECT count(*), (SELECT max(number) FROM audit_log) FROM audit_log WHERE {where}", values
    ).fetchone()
    total, last = counted or (0, 0)
    found = connection.execute(
        f"""SELECT number, {", ".join(FIELDS)} FROM audit_log WHERE {where}
            ORDER BY number DESC LIMIT ? OFFSET ?""",
        [*values, limit or None, skip],
    ).fetchall()
    return AuditPage([as_entry(row) for row in found], int(total), newest or int(last or 0))
