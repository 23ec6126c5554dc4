"""A store of every older schema opens, keeps what it holds, and can do what the newest can."""

from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from store import keybox, opening, rekeying
from store.audit import START, chain, entries, record
from store.audit_check import verify
from store.audit_head import FILE as HEAD, write_head
from store.case_events import Kind, change, exclude, history, undo
from store.case_filter import CaseFilter
from store.case_table import count_cases, list_rejects, show_case
from store.database import Lease, open_store
from store.datasets import dataset_part, preview
from store.home import Home
from store.keys import home_secret
from store.migrations import AUDITED, steps
from store.splits import SplitRules
from tests.unit.killing import OLD, QUICK

CASES = """INSERT INTO cases SELECT nextval('case_order'), 'case-' || i, 'patient-' || i,
    'Carcinoma of the breast', '26 Gy in 5 fractions, photon, breast', 'photon', 'C50.912', 'cm',
    '', 'breast', '', 'adjuvant', 'no', 2020, 60, 'female', '', false, false, '["repaired"]',
    '{"diagnosis": "as it was"}', 'table', 'clinic.csv', 'abc', i, 'import-1',
    'carcinoma of the breast case-' || i FROM range(300) t(i)"""


@pytest.fixture
def old(home: Home) -> Home:
    """A store as version 1 of the schema left it, with cases, a reject and a data set."""
    connection = duckdb.connect(str(home.database))
    connection.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)")
    connection.execute((files("store.migrations") / "0001_cases.sql").read_text())
    connection.execute("INSERT INTO schema_version VALUES (1)")
    connection.execute(CASES)
    connection.execute(
        "INSERT INTO rejects VALUES ('r1', 'no_code', 'd', 'table', 'f', 'a', 7, '{}', 'import-1')"
    )
    connection.execute("INSERT INTO datasets VALUES ('data-1', now()::TIMESTAMP, 'a', '{}', '{}')")
    record = '{"case_id": "case-1"}'
    connection.execute(
        "INSERT INTO dataset_cases VALUES ('data-1', 0, 'test', 'case-1', ?)", [record]
    )
    connection.close()
    return home


NEWEST = steps()[-1][0]
ROWS = 7
"""Planted into each table of an old schema."""
AS_JSON = ("repairs", "kept", "card", "rules", "funnel", "result", "before", "after")
DROPPED = {("evaluations", "result")}
"""The columns that a newer schema leaves out, each for the reason that its migration gives."""
CHAINED = ("schema_version", "audit_log", "audit_pending")
"""Filled as the program fills them, for an entry is worth nothing without its MAC."""


def columns_of(store: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str, bool, bool]]]:
    """By table: the name, type, and whether it has a default and may be null, of each column."""
    found: dict[str, list[tuple[str, str, bool, bool]]] = {}
    asked = store.execute(
        """SELECT table_name, column_name, data_type, column_default IS NOT NULL, is_nullable
           FROM duckdb_columns() WHERE database_name = 'store' ORDER BY table_name, column_index"""
    )
    for table, *column in asked.fetchall():
        found.setdefault(table, []).append((column[0], column[1], column[2], column[3]))
    return found


def value(table: str, column: str, kind: str, n: int) -> Any:
    """A value of its own for each place, with what SQL, JSON and terminals would trip over."""
    if column in AS_JSON:
        return f'{{"{column}": "{table} {n} \\u00e4 \\"quoted\\""}}'
    made = {
        "VARCHAR": f"{table}'s {column} {n}\n\t[red]\u00e4\u4e2d\U0001f600",
        "BOOLEAN": n % 2 == 0,
        "INTEGER": 2**31 - 1 - n,
        "BIGINT": 2**53 + n,
        "DOUBLE": 1 / (n + 3),
        "TIMESTAMP": datetime(2024, 2, 29, 23, 59, 59, 123456) + timedelta(hours=n),
    }
    return made[kind]


def plant(store: duckdb.DuckDBPyConnection, home: Home, version: int) -> None:
    """The schema as this version left it, with rows in every table."""
    store.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)")
    for number, sql in steps()[:version]:
        store.execute(sql)
        store.execute("INSERT INTO schema_version VALUES (?)", [number])
    for table, columns in columns_of(store).items():
        if table in CHAINED:
            continue
        # a sequence gives its own numbers, so that it has gone on
        given = [c for c in columns if not (c[2] and c[1] == "BIGINT")]
        names, marks = ", ".join(c[0] for c in given), ", ".join("?" for _ in given)
        for n in range(ROWS):
            values = [
                None if null and not default and n == 3 else value(table, name, kind, n)
                for name, kind, default, null in given
            ]
            store.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
    if version >= AUDITED:
        for n in range(ROWS):
            record(store, "case edit", f"case-{n}", {"n": n}, {"n": n + 1}, "mp")
        write_head(home, chain(store, START, home_secret(home)))


def kept(
    store: duckdb.DuckDBPyConnection, columns: dict[str, list[tuple[str, str, bool, bool]]]
) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of these columns but for the dropped, in an order of their own."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for table in columns.keys() - {"schema_version"}:
        names = [each[0] for each in columns[table] if (table, each[0]) not in DROPPED]
        rows = store.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
        found[table] = sorted(rows, key=repr)
    return found


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("version", range(1, NEWEST))
def test_every_older_schema_keeps_every_value(version: int, encrypted: bool, home: Home) -> None:
    if encrypted:
        rekeying.encrypt(home, QUICK, OLD, lambda *_: None)
        home.database.unlink()
        (home.path / HEAD).unlink()
    old = opening.connect(home)
    plant(old, home, version)
    columns = columns_of(old)
    before = kept(old, columns)
    numbered = {name: len(rows) for name, rows in before.items() if name != "audit_pending"}
    assert set(numbered.values()) == {ROWS}, numbered
    old.close()
    for _ in range(2):  # the second time there is nothing left to do
        store = open_store(home)
        assert kept(store, columns) == before
        there = {(table, each[0]) for table, named in columns_of(store).items() for each in named}
        assert not there & DROPPED
        known = store.execute("SELECT version FROM schema_version ORDER BY 1").fetchall()
        assert [number for (number,) in known] == list(range(1, NEWEST + 1))
        store.close()
    lease = Lease(home)
    with lease.use() as connection:
        assert verify(connection, home).whole
        assert len(entries(connection)) == ROWS * (version >= AUDITED)
        case_id = value("cases", "case_id", "VARCHAR", 1)
        change(connection, case_id, Kind.EDIT, {"site": "lip"}, "now", "mp")
        newest = history(connection, case_id)[0]
        assert newest["number"] == ROWS * (version >= 2) + 1
    with lease.use() as connection:
        assert verify(connection, home).whole
        assert show_case(connection, case_id)["site"] == "lip"
    lease.close()
    keybox.forget(home)


def test_a_store_of_the_first_schema_keeps_everything(old: Home) -> None:
    for _ in range(2):  # the second time there is nothing left to do
        connection = open_store(old)
        version = connection.execute("SELECT max(version) FROM schema_version").fetchone()
        assert version == (steps()[-1][0],)
        assert count_cases(connection, CaseFilter("breast", (("status", "included"),))) == 300
        case = show_case(connection, "case-1")
        assert (case["annotated"], case["split"], case["repairs"]) == (False, "test", ["repaired"])
        assert len(list_rejects(connection, "no_code", 5)) == 1
        assert dataset_part(connection, "data-1", "test") == [{"case_id": "case-1"}]
        connection.close()


def test_its_cases_can_be_changed_and_the_change_outlives_the_process(old: Home) -> None:
    connection = open_store(old)
    exclude(connection, "case-2", "consent", "mp")
    connection.close()
    connection = open_store(old)
    assert preview(connection, SplitRules(), b"k")["excluded"] == 1
    assert history(connection, "case-2")[0]["reason"] == "consent"
    undo(connection, "case-2", "mp")
    assert preview(connection, SplitRules(), b"k")["excluded"] == 0
    with pytest.raises(duckdb.ConstraintException):
        connection.execute("INSERT INTO cases (case_id) VALUES ('case-2')")
    connection.close()


def test_what_was_confirmed_by_imports_holds_for_the_cases_that_were_looked_at(
    home: Home,
) -> None:
    mine = next(number for number, sql in steps() if "privacy_looks" in sql)
    connection = duckdb.connect(str(home.database))
    connection.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)")
    for number, sql in steps():
        if number < mine:
            connection.execute(sql)
            connection.execute("INSERT INTO schema_version VALUES (?)", [number])
    first = "seq, case_id, patient, diagnosis, regimen, modality, icd10, icd10_system,"
    first += "primary_icd10, site, target, intent, prior_rt, year, age, sex, setting, synthetic,"
    first += "ambiguous, repairs, kept, source, file, file_sha256, row_number, import_id, search"
    made = CASES.replace("INSERT INTO cases", f"INSERT INTO cases ({first})")
    connection.execute(made.replace("range(300)", "range(7)"))
    connection.execute(
        """UPDATE cases SET source = 'fhir', file = 'Okonkwo Ada.JSON',
               file_sha256 = '3fa91c0d12ab77' WHERE seq = 7;
           UPDATE cases SET import_id = 'import-2' WHERE seq = 6;
           UPDATE cases SET status = 'excluded' WHERE seq = 5;
           INSERT INTO rejects VALUES ('r1', 'no_code', 'Okonkwo.RP, row 2: none', 'dicom',
               'Okonkwo.RP', '0123456789abcdef', 2, '{}', 'import-1', '', '');
           INSERT INTO privacy_confirmations
               VALUES ('import-1', 'table', TIMESTAMP '2026-11-01 12:00:00', 'ada', 7, 0, 0)"""
    )
    for number, (case, kind, after, day) in enumerate(
        (
            ("case-0", "edit", '{"site": "x"}', 2),
            ("case-1", "edit", '{"site": "x"}', 1),
            ("case-2", "annotate", '{"annotated": true}', 2),
            ("case-3", "include", '{"status": "included"}', 2),
        ),
        1,
    ):
        connection.execute(
            "INSERT INTO case_events VALUES (?, ?, make_timestamp(2026, 11, ?, 11, 0, 0), ?, '{}',"
            " ?, '', 'ada', NULL)",
            [number, case, day, kind, after],
        )
    connection.close()
    connection = open_store(home)
    looked = connection.execute("SELECT case_id, kind, who, ended FROM privacy_looks").fetchall()
    # edited since, included since, excluded, of another import: these wait
    assert sorted(looked) == [(f"case-{n}", "confirmed", "ada", None) for n in (1, 2, 6)]
    assert connection.execute("SELECT import_id FROM privacy_confirmations").fetchall() == [
        ("import-1",)
    ]
    assert connection.execute("SELECT file FROM cases WHERE source = 'fhir'").fetchall() == [
        ("3fa91c0d12ab.json",)
    ]
    assert connection.execute("SELECT file, detail FROM rejects").fetchall() == [
        ("0123456789ab", "0123456789ab, row 2: none")
    ]
    connection.close()


def test_migrations_are_numbered_without_gaps(tmp_path: Path) -> None:
    assert [number for number, _ in steps()] == list(range(1, len(steps()) + 1))
