"""The people who may sign a model off: a name, a role and an own passphrase.

Shared workstation logins are normal in clinics, so a login proves nobody. The passphrase is
never kept; what is kept is made of it by scrypt. The one place with SQL over this table.
"""

import hashlib
import hmac
import secrets

from store import audit
from store.errors import BadUsage, Refused
from store.opening import Connection
from store.reviews import clean_name

PHYSICIST, PHYSICIAN = "physicist", "physician"
ROLES = (PHYSICIST, PHYSICIAN)
COST = 1 << 15
"""scrypt's N with r = 8: 32 MB and about 0.1 s a guess."""
SHORTEST = 10


def add_signatory(connection: Connection, name: str, role: str, passphrase: str) -> str:
    """Keep a person who may sign; returns the name as it is kept.

    Raises:
        BadUsage: no such role, a passphrase too short, or the name is known.
    """
    if role not in ROLES:
        raise BadUsage(f"{role!r} does not sign.", f"The roles are {' and '.join(ROLES)}.")
    if len(passphrase) < SHORTEST:
        raise BadUsage(f"A passphrase has at least {SHORTEST} characters.")
    name = clean_name(name)
    if any(name.casefold() == known.casefold() for known, _ in signatories(connection)):
        raise BadUsage(f"{name} may sign already.", "`radonc signoffs people` lists who may.")
    salt = secrets.token_hex(16)
    connection.execute(
        "INSERT INTO signatories VALUES (?, ?, now()::TIMESTAMP, ?, ?)",
        [name, role, salt, _verifier(passphrase, salt)],
    )
    audit.record(connection, "signatory added", name, after={"role": role})
    return name


def remove_signatory(connection: Connection, name: str) -> None:
    """Let a person sign no more; what they signed stands.

    Raises:
        BadUsage: nobody of this name may sign.
    """
    gone = connection.execute("DELETE FROM signatories WHERE name = ? RETURNING role", [name])
    role = gone.fetchone()
    if role is None:
        raise BadUsage(f"{name!r} is nobody who may sign.", "`radonc signoffs people` names them.")
    audit.record(connection, "signatory removed", name, before={"role": role[0]})


def signatories(connection: Connection) -> list[tuple[str, str]]:
    """(name, role) of everybody who may sign, by name."""
    found = connection.execute("SELECT name, role FROM signatories ORDER BY name").fetchall()
    return [(str(name), str(role)) for name, role in found]


def check_signatory(connection: Connection, name: str, role: str, passphrase: str) -> None:
    """That this person may sign in this role, and it is they.

    Raises:
        Refused: the name, the role and the passphrase do not belong together.
    """
    found = connection.execute(
        "SELECT salt, verifier FROM signatories WHERE name = ? AND role = ?", [name, role]
    ).fetchone()
    salt, kept = found or ("00" * 16, "")
    # a name that is not known takes as long as one that is
    if not hmac.compare_digest(_verifier(passphrase, str(salt)), str(kept)):
        raise Refused(
            f"{name!r} as {role} and the passphrase do not belong together.",
            "Nothing was signed; `radonc signoffs people` lists who may sign.",
        )


def _verifier(passphrase: str, salt: str) -> str:
    """RFC 7914 scrypt with r = 8, p = 1, as hex."""
    made = hashlib.scrypt(
        passphrase.encode(), salt=bytes.fromhex(salt), n=COST, r=8, p=1, maxmem=1 << 26, dklen=32
    )
    return made.hex()
