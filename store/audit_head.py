"""The end of the audit log, kept beside the store: how many entries there are, the last one's MAC.

Whoever cuts entries off the end of the log must also bring this file back to an older one; the
MAC over it cannot be made without the home's secret. Reports and sign-offs print it, so that even
an older pair of both is found by comparing. The store is not opened here.
"""

from dataclasses import dataclass
from typing import Any

from store.errors import RadoncError
from store.home import Home
from store.json_files import read_json, write_json
from store.keys import home_secret, keyed_hash

FILE = "audit.json"


@dataclass(frozen=True)
class Head:
    """The number of entries, and the MAC of the last."""

    count: int
    mac: str

    def __str__(self) -> str:
        return f"{self.count} entries, {self.mac[:16]}"


def write_head(home: Home, head: Head) -> None:
    """Keep the head, whole or not at all."""
    write_json(home.path / FILE, sealed_head(home, head))


def sealed_head(home: Home, head: Head) -> dict[str, Any]:
    """The head as it is kept: with a MAC over it, by the home's secret."""
    seal = keyed_hash(home_secret(home), "audit head", str(head.count), head.mac)
    return {"count": head.count, "mac": head.mac, "seal": seal}


def has_head(home: Home) -> bool:
    return (home.path / FILE).exists()


def read_head(home: Home) -> Head:
    """The head as it was last kept.

    Raises:
        RadoncError: it is absent, damaged, or not what this home's secret sealed.
    """
    path = home.path / FILE
    if not path.exists():
        raise RadoncError(
            f"The head of the audit log {path} is missing.", "Restore it from a backup."
        )
    kept = read_json(path)
    try:
        head = Head(int(kept["count"]), str(kept["mac"]))
        seal = str(kept["seal"])
    except (KeyError, TypeError, ValueError) as error:
        raise _changed(home) from error
    if seal != keyed_hash(home_secret(home), "audit head", str(head.count), head.mac):
        raise _changed(home)
    return head


def _changed(home: Home) -> RadoncError:
    return RadoncError(
        f"The head of the audit log {home.path / FILE} was changed.", "Restore it from a backup."
    )
