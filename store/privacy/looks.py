"""Which cases a person was shown, and which were confirmed to identify nobody.

The one place with SQL over this table; what has to be shown before what is confirmed is the
gate's to say. A look is never deleted: when the text of a case is changed it ends, and the case
waits for a new one.
"""

from collections.abc import Iterable, Sequence

from store.audit import Connection

SHOWN, CONFIRMED = "shown", "confirmed"
TEXTS = ("diagnosis", "regimen", "site", "target")
"""The columns of a case that hold words of a person's choice."""

TYPED = f"""case_id IN (SELECT case_id FROM case_events
    WHERE regexp_matches(after, '"({"|".join(TEXTS)})":'))"""
"""The SQL that is true of a case of which a person has typed a text."""


def having(kind: str) -> str:
    """The SQL that is true of a case with such a look that has not ended."""
    return f"case_id IN (SELECT case_id FROM privacy_looks WHERE kind = '{kind}' AND ended IS NULL)"


def look(connection: Connection, kind: str, case_ids: Sequence[str], who: str) -> None:
    """Keep that these cases were shown or confirmed; those that were before stay as they are."""
    connection.execute(
        f"""INSERT INTO privacy_looks
            SELECT case_id, $1, now()::TIMESTAMP, $2, NULL
            FROM (SELECT DISTINCT unnest($3::VARCHAR[]) AS case_id) WHERE NOT {having(kind)}""",
        [kind, who, list(case_ids)],
    )


def end(connection: Connection, case_id: str, changed: Iterable[str] = TEXTS) -> None:
    """End the looks at a case, where one of the columns that were ``changed`` is a text."""
    if set(changed) & set(TEXTS):
        connection.execute(
            """UPDATE privacy_looks SET ended = now()::TIMESTAMP
               WHERE case_id = ? AND ended IS NULL""",
            [case_id],
        )
