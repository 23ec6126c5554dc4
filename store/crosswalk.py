"""The way back to the chart: which record number a patient's keyed hash was made of.

It exists in an encrypted store only, never in runs, bundles, reports or backups without their
key, and whoever decrypts the store drops it. An import in an encrypted home stages it in a sealed
file of its own; everywhere else nothing is written, and a plain store refuses what it is given.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import duckdb

from store import audit
from store.cases import RawCase
from store.errors import BadUsage, Refused
from store.home import Home
from store.keybox import read_box
from store.keys import home_secret, keyed_hash
from store.lines import line_writer, read_lines
from store.sealing import sealer_for

Connection = duckdb.DuckDBPyConnection
Origin = TypeVar("Origin")

FILE = "crosswalk.jsonl"
TABLE = "crosswalk"


def patient_hash(secret: bytes, mrn: str) -> str:
    """The keyed hash under which a patient's cases are kept, whatever case or spaces it has."""
    return keyed_hash(secret, "patient", " ".join(mrn.split()).casefold())[:16]


def remembered(
    records: Iterable[tuple[RawCase, Origin]], secret: bytes, out: Path
) -> Iterator[tuple[RawCase, Origin]]:
    """The records unchanged; in an encrypted home their patients are staged into ``out``."""
    if sealer_for(out / FILE) is None:
        yield from records
        return
    met: set[str] = set()
    with line_writer(out / FILE) as write:
        for raw, origin in records:
            patient = patient_hash(secret, raw.patient)
            if raw.patient.strip() and not raw.synthetic and patient not in met:
                met.add(patient)
                write({"patient": patient, "mrn": " ".join(raw.patient.split())})
            yield raw, origin


def take_in(connection: Connection, directory: Path) -> None:
    """Take the staged patients of an import into an encrypted store; a plain one gets none.

    What lies beside a plain store was left there by mistake, and is removed.
    """
    path = directory / FILE
    if not path.exists():
        return
    if not is_encrypted(connection):
        path.unlink()
        return
    remember(connection, {row["patient"]: row["mrn"] for row in read_lines(path)})


def remember(connection: Connection, numbers: Mapping[str, str]) -> None:
    """Keep record numbers by the patient's keyed hash; a plain store keeps none."""
    if numbers and is_encrypted(connection):
        connection.execute(
            "INSERT INTO crosswalk SELECT unnest($1), unnest($2) ON CONFLICT DO NOTHING",
            [list(numbers), list(numbers.values())],
        )


def is_encrypted(connection: Connection) -> bool:
    """Whether the store that is open is an encrypted file."""
    found = connection.execute(
        "SELECT encrypted FROM duckdb_databases() WHERE database_name = current_database()"
    ).fetchone()
    return bool(found and found[0])


def drop_staged(home: Home) -> None:
    """Remove what imports staged and nobody took in, for a home that is to be plain."""
    for path in home.folder("imports").glob(f"*/{FILE}*"):
        path.unlink()


def chart_of(connection: Connection, home: Home, case_id: str) -> str:
    """The record number of a case's patient; that somebody asked is kept in the audit log.

    Raises:
        Refused: the home is not encrypted.
        BadUsage: there is no such case, or its record number is not known.
    """
    box = read_box(home)
    if box is None or not box.current:
        raise Refused(
            "There is a way back to the chart in an encrypted home only.",
            "Encrypt it (`radonc store encrypt`), then import again.",
        )
    found = connection.execute(
        "SELECT mrn FROM cases LEFT JOIN crosswalk USING (patient) WHERE case_id = ?", [case_id]
    ).fetchone()
    if found is None:
        raise BadUsage(f"There is no case {case_id!r}.", "`radonc cases list` shows their ids.")
    if found[0] is None:
        raise BadUsage(
            f"The record number of {case_id} is not known.",
            "It was imported before the home was encrypted; import it again.",
        )
    audit.record(connection, "chart looked up", case_id)
    return str(found[0])


def cases_of(connection: Connection, home: Home, mrn: str) -> list[str]:
    """The ids of a patient's cases by record number; that somebody asked is kept."""
    patient = patient_hash(home_secret(home), mrn)
    found = connection.execute(
        "SELECT case_id FROM cases WHERE patient = ? ORDER BY seq", [patient]
    ).fetchall()
    ids = [str(case_id) for (case_id,) in found]
    audit.record(connection, "cases looked up by record number", patient, after={"cases": ids})
    return ids


def drop_all(connection: Connection) -> None:
    """Empty the crosswalk, for a store or a copy that is to be kept without its key."""
    connection.execute("DELETE FROM crosswalk")
