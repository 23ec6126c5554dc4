"""The gate between an import and training: a person looks, redacts, and says that it is clean.

The scrubber finds nearly everything, and nobody may train on nearly. So of every source that is
not synthetic a sample is shown, with every case in which the scrubber was in doubt or of which a
person typed a text; until all of these were shown and the source confirmed, nothing is frozen or
trained on. What is shown is scrubbed text; the row as it came is nowhere. A confirmation is of the
cases that waited: what is taken in, put right, edited or included again later is looked at anew.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from store import audit
from store.case_table import Connection, rows
from store.errors import BadUsage, Refused
from store.privacy import looks
from store.privacy.redacting import Redaction, redact
from store.privacy.scrubber import DOUBT, NOTE, make_scrubber

__all__ = ["PAGE", "Redaction", "confirm", "redact", "require_confirmed", "sources", "to_look_at"]

SAMPLE = 20
"""Cases of a source that are shown beside the doubtful ones, drawn by a hash of their id."""
PAGE = 128
"""Cases that are shown at once."""
TYPED = "a person typed text of this case"
_SHOWN = "case_id, file, row_number, diagnosis, regimen, site, target, kept, repairs, import_id"
_OPEN = f"NOT synthetic AND status = 'included' AND NOT {looks.having(looks.CONFIRMED)}"
_DOUBTFUL = f"(contains(repairs, '{DOUBT}') OR {looks.TYPED})"
_SAMPLED = f"""case_id IN (SELECT case_id FROM cases WHERE source = $source AND {_OPEN}
    ORDER BY md5(case_id) LIMIT {SAMPLE})"""
_TO_SHOW = f"source = $source AND {_OPEN} AND ({_DOUBTFUL} OR {_SAMPLED})"


def sources(connection: Connection) -> list[dict[str, Any]]:
    """Each source that is not synthetic: cases, how many wait for a person, how many are doubtful.

    ``confirmed`` says that none waits.
    """
    found = rows(
        connection,
        f"""SELECT source, count(*) AS cases, count(*) FILTER ({_OPEN}) AS waiting,
                   count(*) FILTER ({_OPEN} AND {_DOUBTFUL}) AS doubtful
            FROM cases WHERE NOT synthetic GROUP BY source ORDER BY source""",
        [],
    )
    return [{**each, "confirmed": not each["waiting"]} for each in found]


def to_look_at(connection: Connection, source: str, start: int, who: str) -> dict[str, Any]:
    """One page of what a person looks at before confirming ``source``, from number ``start`` on.

    The doubtful cases come first, in the order in which they were taken in, then the sample.
    ``to_show`` is how many there are in all, ``unseen`` how many were never shown, these not
    counted; ``shown`` are the cases of the page with their text, and a doubtful one says
    ``doubts`` in words. That they were shown is kept.

    Raises:
        BadUsage: there is no such source, or it is synthetic.
    """
    known = _known(connection, source)
    found = rows(
        connection,
        f"""SELECT {_SHOWN}, {looks.TYPED} AS typed FROM cases WHERE {_TO_SHOW}
            ORDER BY NOT {_DOUBTFUL}, if({_DOUBTFUL}, seq, 0), md5(case_id)
            LIMIT {PAGE} OFFSET $start""",
        {"source": source, "start": start},
    )
    looks.look(connection, looks.SHOWN, [str(case["case_id"]) for case in found], who)
    counted = {"to_show": _to_show(connection, source), "unseen": _unseen(connection, source)}
    return {**known, **counted, "start": start, "shown": [_told(case) for case in found]}


def confirm(
    connection: Connection, source: str, redactions: Sequence[Redaction], who: str
) -> dict[str, Any]:
    """Redact, and say that the cases of ``source`` that wait identify nobody.

    Returns:
        ``source``, the ``imports`` and the number of ``cases`` confirmed, how many words were
        ``redacted``, and in which data sets (``frozen``) the text stands as it was before.

    Raises:
        BadUsage: no such source or case, or the words are not in the case.
        Refused: doubtful cases, or cases of the sample, were not shown to anybody.
    """
    known = _known(connection, source)
    frozen = {name for each in redactions for name in redact(connection, each, who, source)}
    if unseen := _unseen(connection, source):
        raise Refused(
            f"{unseen:,} doubtful or sampled cases of {source} were not shown to anybody yet.",
            f"`radonc privacy review {source}` shows them all; on the screen, turn every page.",
        )
    waiting = rows(
        connection,
        f"SELECT case_id, import_id FROM cases WHERE source = $source AND {_OPEN}",
        {"source": source},
    )
    imports = sorted({str(row["import_id"]) for row in waiting})
    shown = min(SAMPLE, len(waiting))
    for import_id in imports:
        connection.execute(
            "INSERT INTO privacy_confirmations VALUES (?, ?, now()::TIMESTAMP, ?, ?, ?, ?)",
            [import_id, source, who, shown, known["doubtful"], len(redactions)],
        )
    looks.look(connection, looks.CONFIRMED, [str(row["case_id"]) for row in waiting], who)
    counted = {"imports": imports, "cases": len(waiting), "redacted": len(redactions)}
    audit.record(
        connection, "privacy confirmed", source, after={**counted, "sampled": shown}, who=who
    )
    return {"source": source, **counted, "frozen": sorted(frozen)}


def require_confirmed(
    connection: Connection, source: str = "", file: str = "", dataset: str = ""
) -> None:
    """The gate before freezing (cases of a source and file, "" is all) and training (a data set).

    A data set keeps the text that its cases had, so that what counts is whether they were
    confirmed when it was frozen, or are now.

    Raises:
        Refused: nobody has looked at some of the cases; the way out is said.
    """
    if dataset:
        waiting = rows(
            connection,
            f"""SELECT source, count(*) AS cases FROM cases
                WHERE NOT synthetic AND NOT {looks.having(looks.CONFIRMED)}
                AND case_id IN (SELECT case_id FROM dataset_cases WHERE dataset_id = $dataset)
                AND case_id NOT IN (
                    SELECT case_id FROM privacy_looks JOIN datasets ON dataset_id = $dataset
                    WHERE kind = '{looks.CONFIRMED}' AND privacy_looks.made <= datasets.made
                    AND ended > datasets.made)
                GROUP BY source ORDER BY source""",
            {"dataset": dataset},
        )
    else:
        waiting = rows(
            connection,
            f"""SELECT source, count(*) AS cases FROM cases
                WHERE {_OPEN} AND $source IN ('', source) AND $file IN ('', file)
                GROUP BY source ORDER BY source""",
            {"source": source, "file": file},
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


def _to_show(connection: Connection, source: str) -> int:
    return _count(connection, _TO_SHOW, source)


def _unseen(connection: Connection, source: str) -> int:
    return _count(connection, f"{_TO_SHOW} AND NOT {looks.having(looks.SHOWN)}", source)


def _count(connection: Connection, condition: str, source: str) -> int:
    counted = f"SELECT count(*) FROM cases WHERE {condition}"
    row = connection.execute(counted, {"source": source}).fetchone()
    return int(row[0]) if row else 0


def _told(case: Mapping[str, Any]) -> dict[str, Any]:
    """A case to be shown, with the scrubber's remarks apart from other repairs.

    What a person typed was never scrubbed with remarks, so that it is asked for them now.
    """
    repairs: Sequence[str] = case["repairs"]
    doubts = [text.removeprefix(DOUBT) for text in repairs if text.startswith(DOUBT)]
    if case["typed"]:
        scrubber = make_scrubber(b"")
        made = [scrubber.scrub(str(case[name])) for name in looks.TEXTS]
        found = {f"{doubt.words!r} is {doubt.why}" for one in made for doubt in one.doubts}
        doubts = [TYPED, *dict.fromkeys([*doubts, *sorted(found)])]
    notes = [text.removeprefix(NOTE) for text in repairs if text.startswith(NOTE)]
    shown = {name: value for name, value in case.items() if name not in ("repairs", "typed")}
    return {**shown, "taken_out": notes, "doubts": doubts}
