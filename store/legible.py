"""Text that a terminal shows and does not obey.

Control characters, escape sequences and marks that turn the direction of writing come in with
files, and would move the cursor, hide words or fake output wherever the text is printed. They
become visible signs; a line break and a tab stay. Markup in brackets is plain text here, and it
is for those who draw to take it as such.
"""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.cases import RawCase

OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)
LONGEST = 20_000
"""Characters; well above what curation takes for a diagnosis or keeps of a cell."""

_TEXTS = (
    *("diagnosis", "regimen", "modality", "icd10", "primary_icd10", "site", "target", "intent"),
    *("prior_rt", "sex", "setting", "detail", "file"),
)


def legible(text: str) -> str:
    """The text with a sign for each character that a terminal would obey: an escape is ``␛``."""
    return OBEYED.sub(_sign, text.replace("\r\n", "\n")) if OBEYED.search(text) else text


def legible_raw(raw: "RawCase") -> "RawCase":
    """The record with all its words legible; keys of patient and course stay as they are.

    Texts that no reader would take for one are cut, so that nobody searches megabytes of them; a
    diagnosis that was is said to be too long.
    """
    if max(map(len, (*(getattr(raw, name) for name in _TEXTS), *raw.kept.values()))) > LONGEST:
        raw = _cut(raw)
    changed = {
        name: legible(text) for name in _TEXTS if OBEYED.search(text := str(getattr(raw, name)))
    }
    if not raw.file.isprintable():
        changed["file"] = legible(raw.file).replace("\n", "\u240a")
    if any(map(OBEYED.search, (*raw.kept.values(), *raw.repairs))):
        raw = replace(
            raw,
            kept={name: legible(text) for name, text in raw.kept.items()},
            repairs=tuple(map(legible, raw.repairs)),
        )
    return replace(raw, **changed) if changed else raw


def _cut(raw: "RawCase") -> "RawCase":
    count = len(raw.diagnosis)
    if count > LONGEST and not raw.reject:
        detail = f"The diagnosis has {count} characters."
        raw = replace(raw, reject="diagnosis_too_long", detail=detail)
    texts: dict[str, Any] = {name: getattr(raw, name)[:LONGEST] for name in _TEXTS}
    kept = {name: text[:LONGEST] for name, text in raw.kept.items()}
    return replace(raw, **texts, kept=kept)


def _sign(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code == 0x7F:
        return "\u2421"
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"
