"""What the screen of the home knows, and how it says so; no widget and no action here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rich.table import Table
from rich.text import Text

from radonc_tui.actions.audit import verdict
from radonc_tui.actions.store_keys import KeyState
from radonc_tui.screens.models.state import size
from store.audit_check import Checked
from store.home_size import STORE

OPENED_BY = {
    "passphrase": "by a passphrase",
    "environment": "by the passphrase that RADONC_KEY had",
    "file": "by a key file",
    "keyring": "by the system's keyring",
}
PLAIN = "not encrypted: who can read this disk can read the cases"
KEY_OF = {"encrypt": "e", "rekey": "c", "decrypt": "d"}
"""The key that ends a change which was interrupted."""
EMPTY = "Nothing was done in this home yet."
NO_KEY = KeyState(False)
NOT_VERIFIED = "not verified as it is now; v verifies it"


@dataclass(frozen=True)
class Keeping:
    """Where the home is and how big, by part; its key; what verifying the log found.

    ``newest`` is the number of the log's newest entry: 0 in a home in which nothing was done.
    """

    path: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    key: KeyState = NO_KEY
    known: bool = False
    newest: int = 0
    checked: Checked | None = None

    def with_newest(self, newest: int) -> "Keeping":
        """With a log that ends so; what verifying found holds for the log that was verified."""
        holds = self.checked is not None and self.checked.head.count == newest
        return replace(self, newest=newest, checked=self.checked if holds else None)

    def may(self, action: str) -> bool:
        """Whether this change of the key can be asked for now."""
        if self.key.changing:
            return action == self.key.changing
        return (action == "encrypt") != self.key.encrypted


def facts(kept: Keeping) -> Table:
    """Where, how big, under which key, and how the log is: a line each, or some."""
    table = Table(box=None, show_header=False, pad_edge=False, expand=True)
    table.add_column(style="dim", no_wrap=True, width=5)
    table.add_column(overflow="fold")
    table.add_row("home", Text(kept.path, style="bold"))
    if not kept.known:
        table.add_row("", "…")
        return table
    table.add_row("size", sizes_line(kept.sizes))
    table.add_row("key", key_line(kept.key))
    table.add_row("log", log_line(kept.checked))
    if kept.checked and kept.checked.head.count:
        table.add_row("head", Text(f"{kept.checked.head}  ← write it down elsewhere"))
    return table


def sizes_line(sizes: Mapping[str, int]) -> str:
    """``2.1 GB: store 12 MB, models 1.9 GB, ...``, the largest first."""
    parts = sorted(sizes.items(), key=lambda part: (part[0] != STORE, -part[1]))
    said = ", ".join(f"{name} {size(count)}" for name, count in parts)
    return f"{size(sum(sizes.values()))}: {said}" if said else size(0)


def key_line(key: KeyState) -> Text:
    """How the home is kept, and what to do about a change that was interrupted."""
    if key.changing:
        said = f"! a change was interrupted ({key.changing}): {KEY_OF[key.changing]} ends it; "
        return Text(f"{said}until then nothing can be trained", style="bold")
    if key.encrypted:
        return Text(f"✓ encrypted, opened {OPENED_BY.get(key.how, key.how)}")
    return Text(PLAIN)


def log_line(checked: Checked | None) -> Text:
    """What verifying found; that it was not done yet."""
    if checked is None:
        return Text(NOT_VERIFIED)
    sign = "✓" if checked.whole else "!"
    return Text(f"{sign} {verdict(checked)}", style="" if checked.whole else "bold")


def log_row(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One entry as the table shows it."""
    return {
        "number": entry["number"],
        "made": str(entry["made"])[:16].replace("T", " "),
        "kind": entry["kind"],
        "subject": entry["subject"],
        "who": entry["who"],
        "whole": entry,
    }


def entry_text(entry: Mapping[str, Any]) -> Table:
    """One entry, whole: who, when, what, of what, and each value before and after."""
    table = Table(box=None, show_header=False, pad_edge=False, expand=True)
    table.add_column(style="dim", no_wrap=True, max_width=14)
    table.add_column(overflow="fold")
    table.add_row("entry", Text(f"{entry['number']}  {entry['kind']}", style="bold"))
    for name, value in (("of", "subject"), ("by", "who"), ("on", "made")):
        table.add_row(name, Text(str(entry[value])))
    before, after = entry["before"], entry["after"]
    if before is None or after is None:
        table.add_row("values", "taken out, for a person who was forgotten")
        return table
    for name in sorted({*before, *after}):
        table.add_row(Text(name), _change(before.get(name), after.get(name)))
    return table


def _change(before: Any, after: Any) -> Text:
    if before is None:
        return Text(_word(after))
    return Text(f"{_word(before)} → {_word(after)}")


def _word(value: Any) -> str:
    if value is None:
        return "nothing"
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
