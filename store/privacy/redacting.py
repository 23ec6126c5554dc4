"""Words that identify somebody, taken out of everything that the store keeps of a case.

That is the case itself, what its events, annotations and reviews say, what was found and accepted
in it, and the values of entries of the audit log, which go as a whole: the entry stays, still
verifies, and the log says that its values were taken out. Data sets never change, so they are
named. Files are not looked into here.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from store import audit
from store.audit import Connection
from store.case_events import Kind, note
from store.case_table import SEARCH, rows, show_case
from store.clinical.regimen_reader import RegimenError, parse_regimen
from store.errors import BadUsage
from store.privacy.scrubber import DOUBT

REDACTED = "[redacted]"
_TEXTS = ("diagnosis", "site", "target")
_ELSEWHERE = (
    ("case_events", "case_id", ("reason",), ("before", "after")),
    ("annotation_answers", "case_id", ("regimen", "reason"), ()),
    ("accepted_findings", "case_id", ("detail", "reason"), ()),
    ("review_cases", "case_id", ("diagnosis",), ()),
)
"""Tables with text of a case: their column of the case, columns of text, columns of JSON."""


@dataclass(frozen=True)
class Redaction:
    """Words of one case that identify somebody, to be taken out of everything kept of it."""

    case_id: str
    words: str


def redact(connection: Connection, redaction: Redaction, who: str, source: str = "") -> list[str]:
    """Take words out of all that is kept of a case, in any case and spacing.

    Returns:
        The data sets that hold the case with the words; they never change.

    Raises:
        BadUsage: no such case (of that source), the words are nowhere in it, or its regimen
            cannot be read without them.
    """
    case = show_case(connection, redaction.case_id)
    if source and case["source"] != source:
        raise BadUsage(f"{redaction.case_id} is not of {source} but of {case['source']}.")
    if not redaction.words.strip():
        raise BadUsage("The words to redact are missing.", "Give CASE:WORDS.")
    pattern = r"\s+".join(map(re.escape, redaction.words.split()))
    words = re.compile(pattern, re.IGNORECASE)

    def without(text: str) -> str:
        return words.sub(REDACTED, text)

    changed = _of_case(connection, case, redaction.words, without)
    changed += sum(_of_table(connection, redaction.case_id, *one, without) for one in _ELSEWHERE)
    emptied = audit.empty(connection, [redaction.case_id], lambda text: without(text) != text)
    if not changed and not emptied:
        raise BadUsage(
            f"The words are not in {redaction.case_id}.",
            f"`radonc cases show {redaction.case_id}` shows its text; give the words as they"
            f" stand.",
        )
    note(connection, redaction.case_id, Kind.EDIT, {}, {}, "words that identify taken out", who)
    after = {"entries": emptied}
    audit.record(connection, audit.REDACTED, redaction.case_id, after=after, who=who)
    return [
        str(row["dataset_id"])
        for row in rows(
            connection,
            "SELECT DISTINCT dataset_id FROM dataset_cases WHERE case_id = ? ORDER BY 1",
            [redaction.case_id],
        )
    ]


def _of_case(
    connection: Connection, case: dict[str, Any], words: str, without: Callable[[str], str]
) -> bool:
    """Redact the row of the case; returns whether anything changed."""
    texts = {name: without(str(case[name])) for name in (*_TEXTS, "regimen")}
    if texts["regimen"] != case["regimen"]:
        _check_regimen(case["case_id"], texts["regimen"])
    kept = {name: without(str(value)) for name, value in case["kept"].items()}
    repairs = _repairs(case["repairs"], words, without)
    before = {name: case[name] for name in (*texts, "kept", "repairs")}
    if before == {**texts, "kept": kept, "repairs": repairs}:
        return False
    columns = ", ".join(f"{name} = ?" for name in (*texts, "kept", "repairs"))
    connection.execute(
        f"UPDATE cases SET {columns} WHERE case_id = ?",
        [*texts.values(), _json(kept), _json(repairs), case["case_id"]],
    )
    connection.execute(f"UPDATE cases SET search = {SEARCH} WHERE case_id = ?", [case["case_id"]])
    return True


def _check_regimen(case_id: str, text: str) -> None:
    try:
        parse_regimen(text)
    except RegimenError as error:
        raise BadUsage(
            f"The regimen of {case_id} cannot be read without the words.",
            f"Edit it first (`radonc cases edit {case_id} --set regimen=...`), then redact.",
        ) from error


def _of_table(
    connection: Connection,
    case_id: str,
    table: str,
    column: str,
    texts: tuple[str, ...],
    structured: tuple[str, ...],
    without: Callable[[str], str],
) -> bool:
    """Redact what a table says of the case; returns whether anything changed."""
    names = (*texts, *structured)
    selected = connection.execute(
        f"SELECT rowid, {', '.join(names)} FROM {table} WHERE {column} = ?", [case_id]
    ).fetchall()
    changed = False
    for rowid, *values in selected:
        before = dict(zip(names, map(str, values), strict=True))
        after = {name: without(before[name]) for name in texts}
        for name in structured:
            after[name] = _json(audit.each_text(json.loads(before[name]), without))
            if json.loads(after[name]) == json.loads(before[name]):
                after[name] = before[name]
        if after != before:
            changed = True
            columns = ", ".join(f"{name} = ?" for name in after)
            connection.execute(
                f"UPDATE {table} SET {columns} WHERE rowid = ?", [*after.values(), rowid]
            )
    return changed


def _repairs(repairs: list[str], redacted: str, without: Callable[[str], str]) -> list[str]:
    """The repairs without doubts about the words that are gone now."""
    gone = {word.casefold() for word in re.findall(r"\w+", redacted)}
    left = [text for text in repairs if not (text.startswith(DOUBT) and gone & _quoted(text))]
    return [without(text) for text in left]


def _quoted(doubt: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"'(\w+)'", doubt)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
