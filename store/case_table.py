"""Cases and rejects in the store: taken in whole imports, listed, searched, counted.

The one place with SQL over these tables. An import is taken in one transaction from the files
that its worker staged, so that a killed import leaves nothing half-done, and twice the same
import leaves one of each case.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from store import audit, crosswalk, staged
from store.case_filter import SPLIT, WITH_SPLIT, CaseFilter, query
from store.errors import BadUsage
from store.points import reached
from store.reasons import REASONS

Connection = duckdb.DuckDBPyConnection

CASE_COLUMNS = {
    "case_id": "VARCHAR",
    "patient": "VARCHAR",
    "diagnosis": "VARCHAR",
    "regimen": "VARCHAR",
    "modality": "VARCHAR",
    "icd10": "VARCHAR",
    "icd10_system": "VARCHAR",
    "primary_icd10": "VARCHAR",
    "site": "VARCHAR",
    "target": "VARCHAR",
    "intent": "VARCHAR",
    "prior_rt": "VARCHAR",
    "year": "INTEGER",
    "age": "INTEGER",
    "sex": "VARCHAR",
    "setting": "VARCHAR",
    "synthetic": "BOOLEAN",
    "ambiguous": "BOOLEAN",
    "repairs": "JSON",
    "kept": "JSON",
    "source": "VARCHAR",
    "file": "VARCHAR",
    "file_sha256": "VARCHAR",
    "row": "BIGINT",
    "key": "VARCHAR",
}
REJECT_COLUMNS = {
    "reject_id": "VARCHAR",
    "reason": "VARCHAR",
    "detail": "VARCHAR",
    "source": "VARCHAR",
    "file": "VARCHAR",
    "file_sha256": "VARCHAR",
    "row": "BIGINT",
    "kept": "JSON",
    "patient": "VARCHAR",
    "course": "VARCHAR",
}
SEARCH = """lower(concat_ws(' ', diagnosis, regimen, modality, icd10, site, intent, target,
                         case_id))"""
"""What of a case is searched; whoever changes a case computes it anew."""

_TAKEN_ROW = """EXISTS (
    SELECT 1 FROM cases WHERE came."row" > 0 AND came.file_sha256 != ''
    AND cases.source = came.source AND cases.file = came.file
    AND cases.file_sha256 = came.file_sha256 AND cases.row_number = came."row")"""
"""Whether this very row of this very file is a case already, perhaps put right by a person."""

_JSON = ("repairs", "kept", "card", "rules", "funnel", "result", "before", "after")


def take_import(
    connection: Connection, import_id: str, source: str, directory: Path, funnel: dict[str, Any]
) -> int:
    """Take a staged import into the store; returns how many of its cases were already there.

    ``directory`` holds ``cases.jsonl`` and ``rejects.jsonl`` as ``records`` writes them. Taking
    the same import again changes nothing; what it says of a row of a file replaces the reject
    that an earlier import, under another mapping say, made of that row.
    """
    if rows(connection, "SELECT 1 FROM imports WHERE import_id = ?", [import_id]):
        return duplicates_of(connection, import_id)
    reached("take in cases")
    before = _count(connection, "cases")
    _insert_cases(connection, import_id, directory / "cases.jsonl")
    taken = _count(connection, "cases") - before
    reached("take in rejects")
    _drop_outdated_rejects(connection, directory)
    _insert_rejects(connection, import_id, directory / "rejects.jsonl")
    staged.drop(connection, directory)
    reached("take in crosswalk")
    crosswalk.take_in(connection, directory)
    duplicates = int(funnel["cases"]) - taken
    reached("take in import")
    connection.execute(
        "INSERT INTO imports VALUES (?, now()::TIMESTAMP, ?, ?)",
        [import_id, source, json.dumps({**funnel, "duplicates": duplicates})],
    )
    counted = {name: funnel.get(name) for name in ("read", "cases", "rejects")}
    after = {"source": source, **counted, "duplicates": duplicates}
    audit.record(connection, "import taken in", import_id, after=after)
    return duplicates


def duplicates_of(connection: Connection, import_id: str) -> int:
    """How many cases of an import the store already held when it was taken in."""
    known = rows(connection, "SELECT funnel FROM imports WHERE import_id = ?", [import_id])
    return int(known[0]["funnel"]["duplicates"]) if known else 0


def known_imports(connection: Connection) -> set[str]:
    """The ids of the imports that the store holds."""
    return {str(row["import_id"]) for row in rows(connection, "SELECT import_id FROM imports", [])}


def _count(connection: Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _insert_cases(connection: Connection, import_id: str, path: Path) -> None:
    if path.stat().st_size == 0:
        return
    names = ", ".join("row_number" if c == "row" else c for c in CASE_COLUMNS)
    values = ", ".join('"row"' if c == "row" else c for c in CASE_COLUMNS)
    connection.execute(
        f"""INSERT INTO cases ({names}, import_id, search)
            SELECT {values}, ?, {SEARCH}
            FROM {staged.source(connection, path, CASE_COLUMNS)} AS came
            WHERE key NOT IN (SELECT key FROM cases) AND NOT {_TAKEN_ROW}""",
        [import_id],
    )


def _drop_outdated_rejects(connection: Connection, directory: Path) -> None:
    """Delete the rejects of rows of these very files that this import makes something else of.

    Those that it brings again stay: a key deleted in a transaction cannot be inserted in it.
    """
    cases, rejects = directory / "cases.jsonl", directory / "rejects.jsonl"
    for path, columns in ((cases, CASE_COLUMNS), (rejects, REJECT_COLUMNS)):
        if path.stat().st_size == 0:
            continue
        again = "true"
        if rejects.stat().st_size:
            brought = staged.source(connection, rejects, REJECT_COLUMNS)
            again = f"reject_id NOT IN (SELECT reject_id FROM {brought})"
        rows_of = staged.source(connection, path, columns)
        connection.execute(
            f"""DELETE FROM rejects WHERE row_number > 0 AND {again}
                AND (source, file, file_sha256, row_number) IN
                    (SELECT (source, file, file_sha256, "row") FROM {rows_of})"""
        )


def _insert_rejects(connection: Connection, import_id: str, path: Path) -> None:
    if path.stat().st_size == 0:
        return
    names = ", ".join("row_number" if c == "row" else c for c in REJECT_COLUMNS)
    values = ", ".join('"row"' if c == "row" else c for c in REJECT_COLUMNS)
    connection.execute(
        f"""INSERT INTO rejects ({names}, import_id)
            SELECT {values}, ? FROM {staged.source(connection, path, REJECT_COLUMNS)} AS came
            WHERE NOT {_TAKEN_ROW}
            ON CONFLICT (reject_id) DO NOTHING""",
        [import_id],
    )


def count_cases(connection: Connection, chosen: CaseFilter) -> int:
    asked = query(chosen)
    row = connection.execute(
        f"SELECT count(*) FROM {asked.source} WHERE {asked.condition}", asked.values
    ).fetchone()
    return int(row[0]) if row else 0


def list_cases(
    connection: Connection, chosen: CaseFilter, limit: int, after: int = 0
) -> list[dict[str, Any]]:
    """Up to ``limit`` cases whose ``seq`` is above ``after``, in the order they were taken in."""
    asked = query(chosen)
    return rows(
        connection,
        f"""SELECT cases.* EXCLUDE (search), {SPLIT} AS split FROM {WITH_SPLIT}
            WHERE seq IN (SELECT seq FROM {asked.source} WHERE {asked.condition} AND seq > ?
                          ORDER BY seq LIMIT ?)
            ORDER BY seq""",
        [*asked.values, after, limit],
    )


def show_case(connection: Connection, case_id: str) -> dict[str, Any]:
    """One case, whole, with its part in the newest data set as ``split``.

    Raises:
        BadUsage: there is no such case.
    """
    found = rows(
        connection,
        f"SELECT cases.* EXCLUDE (search), {SPLIT} AS split FROM {WITH_SPLIT} WHERE case_id = ?",
        [case_id],
    )
    if not found:
        raise BadUsage(f"There is no case {case_id!r}.", "`radonc cases list` shows their ids.")
    return found[0]


def list_rejects(
    connection: Connection, reason: str, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """Rejects, of one reason where one is named, in file and row order; ``offset`` are skipped.

    Raises:
        BadUsage: there is no such reason.
    """
    if reason and reason not in REASONS:
        raise BadUsage(f"There is no reason {reason!r}.", f"Reasons: {', '.join(REASONS)}.")
    return rows(
        connection,
        """SELECT * FROM rejects WHERE ? IN ('', reason)
           ORDER BY file, row_number, reject_id LIMIT ? OFFSET ?""",
        [reason, limit, offset],
    )


def reject_counts(connection: Connection) -> dict[str, int]:
    """The number of rejects by reason, most frequent first."""
    found = connection.execute(
        "SELECT reason, count(*) FROM rejects GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    return {str(reason): int(count) for reason, count in found}


def moment(table: str) -> str:
    """SQL for when a new row of ``table`` was made: now, and later than all that were made before.

    So a clock that was set back makes no older row the latest.
    """
    return f"greatest(now()::TIMESTAMP, (SELECT max(made) + INTERVAL 1 MILLISECOND FROM {table}))"


def rows(
    connection: Connection, sql: str, values: Sequence[Any] | Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries, with the JSON columns read."""
    named = dict(values) if isinstance(values, Mapping) else list(values)
    result = connection.execute(sql, named)
    names = [str(column[0]) for column in result.description or ()]
    found: list[dict[str, Any]] = []
    for values_of_row in result.fetchall():
        record = dict(zip(names, values_of_row, strict=True))
        for column in _JSON:
            if isinstance(record.get(column), str):
                record[column] = json.loads(record[column])
        found.append(record)
    return found
