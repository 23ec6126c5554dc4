"""Sign-offs in the store: who let which file be used for which task, until when.

A sign-off belongs to the SHA-256 of one file, so it lapses by itself when the file changes. It is
never changed: what ends it early is a revocation beside it. The one place with SQL over these
tables; whether a model may be signed off is asked in ``exports.signoff``.
"""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from store import audit
from store.errors import BadUsage
from store.opening import Connection

VALID, ENDED, REVOKED = "signed off", "ended", "revoked"


@dataclass(frozen=True)
class Signoff:
    """One sign-off; ``state`` is as of when it was read.

    ``overridden`` is the reason for which the policy was passed over, "" where it was met.
    """

    signoff_id: str
    made: datetime
    ends: datetime
    sha256: str
    model: str
    task: str
    use: str
    population: str
    physicist: str
    physician: str
    evaluation_id: str
    policy: dict[str, Any]
    overridden: str
    audit_head: str
    state: str = VALID
    revoked: str = ""


_COLUMNS = """signoff_id, made, ends, sha256, model, task, use_text, population, physicist,
    physician, evaluation_id, policy, overridden, audit_head"""


def keep_signoff(connection: Connection, signoff: Signoff) -> None:
    """Keep a new sign-off."""
    made = [
        *(signoff.signoff_id, signoff.made, signoff.ends, signoff.sha256, signoff.model),
        *(signoff.task, signoff.use, signoff.population, signoff.physicist, signoff.physician),
        *(signoff.evaluation_id, json.dumps(signoff.policy), signoff.overridden),
        signoff.audit_head,
    ]
    connection.execute(f"INSERT INTO signoffs VALUES ({', '.join('?' * len(made))})", made)
    after = {
        "sha256": signoff.sha256,
        "task": signoff.task,
        "physicist": signoff.physicist,
        "physician": signoff.physician,
        "evaluation": signoff.evaluation_id,
        "ends": f"{signoff.ends:%Y-%m-%d}",
        **({"overridden": signoff.overridden} if signoff.overridden else {}),
    }
    audit.record(connection, "model signed off", signoff.signoff_id, after=after)


def list_signoffs(connection: Connection, sha256: str = "") -> list[Signoff]:
    """Sign-offs, oldest first; of one file where its SHA-256 is given."""
    found = connection.execute(
        f"""SELECT {_COLUMNS},
                   CASE WHEN r.reason IS NOT NULL THEN '{REVOKED}'
                        WHEN ends <= now()::TIMESTAMP THEN '{ENDED}' ELSE '{VALID}' END,
                   coalesce(r.reason, '')
            FROM (SELECT * FROM signoffs WHERE $1 IN ('', sha256)) AS s
            LEFT JOIN (SELECT signoff_id, reason FROM signoff_revocations) AS r USING (signoff_id)
            ORDER BY made, signoff_id""",
        [sha256],
    ).fetchall()
    names = [field.name for field in fields(Signoff)]
    made = [dict(zip(names, row, strict=True)) for row in found]
    return [Signoff(**{**row, "policy": json.loads(row["policy"])}) for row in made]


def signed_tasks(connection: Connection, sha256: str) -> dict[str, Signoff]:
    """The valid sign-off of each task of one file; the newest where there are several."""
    return {s.task: s for s in list_signoffs(connection, sha256) if s.state == VALID}


def revoke(connection: Connection, signoff_id: str, who: str, reason: str) -> None:
    """End a sign-off now.

    Raises:
        BadUsage: there is none of this id, it is revoked already, or no reason is given.
    """
    if not reason.strip():
        raise BadUsage("A sign-off is revoked with a reason.", "Give it with --reason.")
    found = {s.signoff_id: s for s in list_signoffs(connection)}
    if signoff_id not in found:
        raise BadUsage(
            f"There is no sign-off {signoff_id!r}.", "`radonc signoffs list` shows them."
        )
    if found[signoff_id].state == REVOKED:
        raise BadUsage(f"{signoff_id} is revoked already.")
    connection.execute(
        "INSERT INTO signoff_revocations VALUES (?, now()::TIMESTAMP, ?, ?)",
        [signoff_id, who, reason.strip()],
    )
    after = {"reason": reason.strip()}
    audit.record(connection, "sign-off revoked", signoff_id, after=after, who=who)
