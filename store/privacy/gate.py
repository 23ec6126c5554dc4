"""The gate between an import and training: a person looks, redacts, and says that it is clean.

The scrubber finds nearly everything, and nobody may train on nearly. So of every import that is
not synthetic a sample is shown, with every case in which the scrubber was in doubt; until a person
confirms them, nothing is frozen or trained on. What is shown is scrubbed text; the row as it came
is nowhere. A confirmation is of imports: what is taken in later is looked at anew.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store import audit
from store.case_events import Kind, note
from store.case_table import SEARCH, Connection, rows, show_case
from store.errors import BadUsage, Refused
from store.privacy.scrubber import DOUBT, NOTE

SAMPLE = 20
"""Cases of a source that are shown beside the doubtful ones, drawn by a hash of their id."""
MOST_DOUBTS = 500
"""Doubtful cases that are listed at once; their number is always told."""
REDACTED = "[redacted]"
_TEXTS = ("diagnosis", "site", "target")
_SHOWN = "case_id, file, row_number, diagnosis, regimen, kept, repairs, import_id"
_OPEN = """NOT synthetic AND status = 'included'
    AND import_id NOT IN (SELECT import_id FROM privacy_confirmations)"""


@dataclass(frozen=True)
class Redaction:
    """Words of one case that identify somebody, to be taken out of everything kept of it."""

    case_id: str
    words: str


def sources(connection: Connection) -> list[dict[str, Any]]:
    """Each source that is not synthetic: cases, how many wait for a person, how many are doubtful.

    ``confirmed`` says that none waits.
    """
    found = rows(
        connection,
        f"""SELECT source, count(*) AS cases, count(*) FILTER ({_OPEN}) AS waiting,
                   count(*) FILTER ({_OPEN} AND contains(repairs, ?)) AS doubtful
            FROM cases WHERE NOT synthetic GROUP BY source ORDER BY source""",
        [DOUBT],
    )
    return [{**each, "confirmed": not each["waiting"]} for each in found]


def to_look_at(connection: Connection, source: str) -> dict[str, Any]:
    """What a person looks at before confirming ``source``.

    ``sample`` and ``doubtful`` are cases with their text; a doubtful one says ``doubts`` in words.

    Raises:
        BadUsage: there is no such source, or it is synthetic.
    """
    known = _known(connection, source)
    sample = rows(
        connection,
        f"""SELECT {_SHOWN} FROM cases WHERE source = ? AND {_OPEN}
            ORDER BY md5(case_id) LIMIT {SAMPLE}""",
        [source],
    )
    doubtful = rows(
        connection,
        f"""SELECT {_SHOWN} FROM cases WHERE source = ? AND {_OPEN} AND contains(repairs, ?)
            ORDER BY seq LIMIT {MOST_DOUBTS}""",
        [source, DOUBT],
    )
    return {**known, "sample": _told(sample), "doubtful_cases": _told(doubtful)}


def confirm(
    connection: Connection, source: str, redactions: Sequence[Redaction], who: str
) -> dict[str, Any]:
    """Redact, and say that what was taken in of ``source`` so far identifies nobody.

    Returns:
        ``source``, the ``imports`` confirmed, how many words were ``redacted``, and in which data
        sets (``frozen``) the text stands as it was before.

    Raises:
        BadUsage: no such source or case, or the words are not in the case.
    """
    known = _known(connection, source)
    frozen = {name for each in redactions for name in redact(connection, each, who, source)}
    imports = [
        str(row["import_id"])
        for row in rows(
            connection,
            f"SELECT DISTINCT import_id FROM cases WHERE source = ? AND {_OPEN} ORDER BY 1",
            [source],
        )
    ]
    shown = min(SAMPLE, int(known["waiting"]))
    for import_id in imports:
        connection.execute(
            "INSERT INTO privacy_confirmations VALUES (?, ?, now()::TIMESTAMP, ?, ?, ?, ?)",
            [import_id, source, who, shown, known["doubtful"], len(redactions)],
        )
    after = {"imports": imports, "sampled": shown, "redacted": len(redactions)}
    audit.record(connection, "privacy confirmed", source, after=after, who=who)
    return {
        "source": source,
        "imports": imports,
        "redacted": len(redactions),
        "frozen": sorted(frozen),
    }


def redact(connection: Connection, redaction: Redaction, who: str, source: str = "") -> list[str]:
    """Take words out of all that is kept of a case, also of what its events say was before.

    Returns:
        The data sets that hold the case with the words; they never change.

    Raises:
        BadUsage: no such case (of that source), or the words are not in it.
    """
    case = show_case(connection, redaction.case_id)
    if source and case["source"] != source:
        raise BadUsage(f"{redaction.case_id} is not of {source} but of {case['source']}.")
    if not redaction.words.strip():
        raise BadUsage("The words to redact are missing.", "Give --redact CASE:WORDS.")
    words = re.compile(r"\s+".join(map(re.escape, redaction.words.split())), re.IGNORECASE)
    texts = {name: words.sub(REDACTED, str(case[name])) for name in _TEXTS}
    kept = {name: words.sub(REDACTED, str(value)) for name, value in case["kept"].items()}
    if all(case[name] == text for name, text in texts.items()) and kept == case["kept"]:
        raise BadUsage(
            f"The words are not in {redaction.case_id}.",
            f"`radonc cases show {redaction.case_id}` shows its text; give the words as they"
            f" stand.",
        )
    columns = ", ".join(f"{name} = ?" for name in (*_TEXTS, "kept", "repairs"))
    connection.execute(
        f"UPDATE cases SET {columns} WHERE case_id = ?",
        [
            *texts.values(),
            _json(kept),
            _json(_purged(case["repairs"], redaction.words)),
            redaction.case_id,
        ],
    )
    connection.execute(f"UPDATE cases SET search = {SEARCH} WHERE case_id = ?", [redaction.case_id])
    _purge_events(connection, redaction.case_id, words)
    note(connection, redaction.case_id, Kind.EDIT, {}, {}, "words that identify taken out", who)
    return [
        str(row["dataset_id"])
        for row in rows(
            connection,
            "SELECT DISTINCT dataset_id FROM dataset_cases WHERE case_id = ? ORDER BY 1",
            [redaction.case_id],
        )
    ]


def require_confirmed(
    connection: Connection, source: str = "", file: str = "", dataset: str = ""
) -> None:
    """The gate before freezing (cases of a source and file, "" is all) and training (a data set).

    Raises:
        Refused: cases come from an import that nobody has looked at; the way out is said.
    """
    if dataset:
        waiting = rows(
            connection,
            f"""SELECT source, count(*) AS cases FROM cases WHERE {_OPEN} AND case_id IN
                (SELECT case_id FROM dataset_cases WHERE dataset_id = ?)
                GROUP BY source ORDER BY source""",
            [dataset],
        )
    else:
        waiting = rows(
            connection,
            f"""SELECT source, count(*) AS cases FROM cases
                WHERE {_OPEN} AND ? IN ('', source) AND ? IN ('', file)
                GROUP BY source ORDER BY source""",
            [source, file],
        )
    if waiting:
        names = ", ".join(f"{each['source']} ({each['cases']} cases)" for each in waiting)
        first = waiting[0]["source"]
        raise Refused(
            f"Nobody has confirmed that the text of {names} identifies no patient.",
            f"Look with `radonc privacy review {first}`, then `radonc privacy confirm {first}`.",
        )


def _known(connection: Connection, source: str) -> Mapping[str, Any]:
    known = {str(each["source"]): each for each in sources(connection)}
    if source not in known:
        named = f"There are {', '.join(known)}." if known else "Only synthetic cases are here."
        raise BadUsage(f"There is no source {source!r} that has to be confirmed.", named)
    return known[source]


def _told(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Cases to be shown, with the scrubber's remarks apart from other repairs."""
    return [
        {
            **{name: value for name, value in case.items() if name != "repairs"},
            "taken_out": [
                text.removeprefix(NOTE) for text in case["repairs"] if text.startswith(NOTE)
            ],
            "doubts": [
                text.removeprefix(DOUBT) for text in case["repairs"] if text.startswith(DOUBT)
            ],
        }
        for case in found
    ]


def _purged(repairs: Sequence[str], redacted: str) -> list[str]:
    """The repairs without doubts about the words that are gone now."""
    gone = {word.casefold() for word in re.findall(r"\w+", redacted)}
    words = re.compile(re.escape(redacted), re.IGNORECASE)
    left = [text for text in repairs if not (text.startswith(DOUBT) and gone & _quoted(text))]
    return [words.sub(REDACTED, text) for text in left]


def _quoted(doubt: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"'(\w+)'", doubt)}


def _purge_events(connection: Connection, case_id: str, words: re.Pattern[str]) -> None:
    events = rows(
        connection, "SELECT number, before, after FROM case_events WHERE case_id = ?", [case_id]
    )
    for event in events:
        before, after = (words.sub(REDACTED, _json(event[name])) for name in ("before", "after"))
        connection.execute(
            "UPDATE case_events SET before = ?, after = ? WHERE number = ?",
            [before, after, event["number"]],
        )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
