"""A person's data withdrawn: their cases leave the store, and their lines the files made of them.

What was trained on them cannot be untrained, so every run and bundle that was is named. The files
go first: if this is cut short, the store still knows whom to forget. The audit log keeps that it
was done, and of older entries all but the person's values.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from store import audit, work
from store.database import Lease
from store.errors import BadUsage
from store.holding import hold
from store.home import Home
from store.keybox import current_key
from store.line_edits import drop_rows
from store.opening import Connection
from store.rewriting import Report, rewrite_store

TRAINED = ("train", "validation")
"""The parts of a data set that a run learns from or chooses by."""


@dataclass(frozen=True)
class Traces:
    """What a home has of a person, and what was made with it.

    ``cases`` and ``datasets`` are ids. ``runs`` and ``bundles`` were trained on the person,
    ``evaluations`` tested on them.
    """

    cases: list[str]
    rejects: int
    datasets: list[str]
    runs: list[str]
    bundles: list[str]
    evaluations: list[str]


@dataclass(frozen=True)
class Forgotten(Traces):
    """What went, and what remains that was made with it; ``lines`` were taken out of files."""

    lines: int


def patient_of(connection: Connection, case_id: str) -> str:
    """The keyed hash of a case's patient.

    Raises:
        BadUsage: there is no such case.
    """
    found = connection.execute("SELECT patient FROM cases WHERE case_id = ?", [case_id]).fetchone()
    if found is None:
        raise BadUsage(f"There is no case {case_id!r}.", "`radonc cases list` shows their ids.")
    return str(found[0])


def traces(home: Home, connection: Connection, patient: str) -> Traces:
    """What forgetting a patient (a keyed hash) would take out, and what was made with it.

    Raises:
        BadUsage: nothing is known of this patient.
    """
    return _traces(home, _known(connection, patient))


def forget(
    home: Home, lease: Lease, patient: str, reason: str, report: Report, who: str = ""
) -> Forgotten:
    """Take everything of one patient (a keyed hash) out of the home; begun again, it goes on.

    Raises:
        BadUsage: nothing is known of this patient.
        HomeBusy: a worker or another process uses the home.
    """
    with lease.use() as connection:
        known = _known(connection, patient)
        met = _traces(home, known)
    lease.close()
    report("files", 0, 1, "")
    with hold(home, alone=True):
        lines = drop_rows(home, patient, set(known.cases))
    gone = Forgotten(**asdict(met), lines=lines)
    if not known.forgotten:
        with lease.use() as connection:
            _delete(connection, patient, known)
            emptied = audit.empty(connection, {patient, *known.cases})
            after = {**asdict(gone), "reason": reason, "entries": emptied}
            audit.record(connection, audit.FORGOTTEN, patient, after=after, who=who)
        lease.close()
    with hold(home, alone=True):
        # what was deleted is in the file's free blocks until it is written anew
        current = current_key(home)
        rewrite_store(home, current[1] if current else None, report)
    return gone


@dataclass(frozen=True)
class _Known:
    """The patient's cases and rejects, and by data set the parts that they are in.

    ``forgotten``: there is nothing left, because it was taken out before.
    """

    cases: list[str]
    rejects: int
    parts: dict[str, set[str]]
    forgotten: bool


def _known(connection: Connection, patient: str) -> _Known:
    own = connection.execute("SELECT case_id FROM cases WHERE patient = ?", [patient]).fetchall()
    frozen = connection.execute(
        """SELECT dataset_id, part, case_id FROM dataset_cases
           WHERE json_extract_string(record, '$.patient') = ?""",
        [patient],
    ).fetchall()
    row = connection.execute("SELECT count(*) FROM rejects WHERE patient = ?", [patient]).fetchone()
    rejects = int(row[0]) if row else 0
    cases = sorted({*(str(row[0]) for row in own), *(str(row[2]) for row in frozen)})
    nothing = not cases and not rejects
    if nothing and not audit.entries(connection, audit.FORGOTTEN, patient, 1):
        raise BadUsage("Nothing is known of this patient.", "Look for a slip in the number.")
    parts: dict[str, set[str]] = {}
    for dataset, part, _ in frozen:
        parts.setdefault(str(dataset), set()).add(str(part))
    return _Known(cases, rejects, parts, nothing)


def _traces(home: Home, known: _Known) -> Traces:
    """With the runs, bundles and evaluations whose data sets the patient is in."""
    trained = {dataset for dataset, parts in known.parts.items() if parts & set(TRAINED)}
    tested = {dataset for dataset, parts in known.parts.items() if "test" in parts}
    runs = [made.id for made in work.everything(home, "run") if _dataset(made.spec) in trained]
    bundles = [
        made.id
        for made in work.everything(home, "bundle")
        if Path(str(made.spec.get("run", ""))).name in runs
        or _dataset(made.manifest or {}) in trained
    ]
    evaluations = [m.id for m in work.everything(home, "eval") if _dataset(m.spec) in tested]
    return Traces(known.cases, known.rejects, sorted(known.parts), runs, bundles, evaluations)


def _dataset(facts: dict[str, Any]) -> str:
    named = facts.get("dataset", "")
    return str(named["id"] if isinstance(named, dict) else named)  # pyright: ignore


def _delete(connection: Connection, patient: str, known: _Known) -> None:
    """Delete every row of the patient, in whatever table has one."""
    # cards and answers name a review's case by its item, and must go before it
    for table in ("review_cards", "review_answers"):
        connection.execute(
            f"""DELETE FROM {table} WHERE (review_id, item) IN
                    (SELECT (review_id, item) FROM review_cases WHERE patient = ?)""",
            [patient],
        )
    for table, column in _tables_with(connection, "patient", "case_id"):
        if column == "patient":
            connection.execute(f'DELETE FROM "{table}" WHERE patient = ?', [patient])
        else:
            connection.execute(
                f'DELETE FROM "{table}" WHERE case_id IN (SELECT unnest(?::VARCHAR[]))',
                [known.cases],
            )


def _tables_with(connection: Connection, *columns: str) -> list[tuple[str, str]]:
    found = connection.execute(
        """SELECT table_name, column_name FROM duckdb_columns()
           WHERE database_name = current_database() AND list_contains(?, column_name)
           ORDER BY column_name DESC, table_name""",
        [list(columns)],
    ).fetchall()
    return [(str(table), str(column)) for table, column in found]
