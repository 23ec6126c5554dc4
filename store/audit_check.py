"""Whether the audit log is whole: every entry in its place, and none cut off at the end."""

import json
from dataclasses import dataclass

from store.audit import (
    EMPTYING,
    FIELDS,
    START,
    Connection,
    end_of_log,
    entry_mac,
    record,
    values_mac,
)
from store.audit_head import Head, read_head
from store.errors import RadoncError
from store.home import Home
from store.keys import home_secret

PIECE = 2000


@dataclass(frozen=True)
class Checked:
    """What was found: ``broken`` is the number of the first broken entry, 0 where none is.

    ``why`` says in a sentence what is wrong, or what was repaired.
    """

    entries: int
    head: Head
    whole: bool
    broken: int = 0
    why: str = ""


def verify(connection: Connection, home: Home) -> Checked:
    """Check every entry's MAC and place, and the end against the head beside the store.

    A head that is behind a log that is whole is what a crash between the two writes leaves: that
    is recorded in the log, and the head is right again when the transaction ends.
    """
    end = end_of_log(connection)
    walked = _walk(connection, home)
    last = walked.head
    broken = min({last.count + 1, *(walked.emptied - walked.forgotten)})
    if broken <= _entries(connection):
        return Checked(broken - 1, end, False, broken, _said(broken))
    try:
        head = read_head(home)
    except RadoncError as error:
        return Checked(last.count, end, False, 0, str(error))
    if head.count > last.count:
        why = f"The log ends after entry {last.count}, but had {head.count}."
        return Checked(last.count, end, False, last.count + 1, why)
    if walked.macs[head.count] != head.mac:
        return Checked(last.count, end, False, head.count, _said(head.count))
    if head.count < last.count:
        why = f"The head was at {head.count} of {last.count} entries and is repaired."
        record(connection, "audit head repaired", "audit", vars(head), vars(last))
        return Checked(last.count, end, True, 0, why)
    return Checked(last.count, end, True)


@dataclass
class _Walked:
    """How far all is whole: the last entry, all MACs, which entries have no values any more.

    ``forgotten`` are the entries whose values were taken out for a person's sake, as the log says.
    """

    head: Head
    macs: list[str]
    emptied: set[int]
    forgotten: set[int]


def _walk(connection: Connection, home: Home) -> _Walked:
    secret = home_secret(home)
    found = connection.execute(
        f"SELECT number, {', '.join(FIELDS)}, values_mac, mac FROM audit_log ORDER BY number"
    )
    walked = _Walked(START, [START.mac], set(), set())
    while piece := found.fetchmany(PIECE):
        for number, *said, before, after, of_values, mac in piece:
            last = walked.head
            expected = entry_mac(secret, last.mac, last.count + 1, *said, of_values)
            emptied = before == after == ""
            if (number, mac) != (last.count + 1, expected) or not (
                emptied or of_values == values_mac(secret, before, after)
            ):
                return walked
            walked.head = Head(number, mac)
            walked.macs.append(mac)
            if emptied:
                walked.emptied.add(number)
            if said[2] in EMPTYING and not emptied:
                walked.forgotten.update(json.loads(after)["entries"])
    return walked


def _entries(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM audit_log").fetchone()
    return int(row[0]) if row else 0


def _said(number: int) -> str:
    return f"Entry {number} is not what was written, or not in its place."
