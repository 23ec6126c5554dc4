"""The real store: a lease, an import, a data set."""

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from store.case_table import (
    CaseFilter,
    count_cases,
    list_cases,
    list_rejects,
    reject_counts,
    show_case,
    take_import,
)
from store.cases import Case, Reject
from store.clinical.regimen import Modality
from store.database import IDLE_SECONDS, Lease, StoreBusy, open_store
from store.datasets import count_test_read, dataset_part, freeze, list_datasets, show_dataset
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.lines import write_lines
from store.records import case_record, reject_record
from store.splits import SplitRules

SECRET = b"k" * 32


def case(number: int, **changes: object) -> Case:
    values: dict[str, object] = {
        "case_id": f"case-{number:04d}",
        "patient": f"patient-{number % 90}",
        "diagnosis": f"Carcinoma of the breast, number {number}, [red]left[/red]",
        "regimen": "40.05 Gy in 15 fractions, photon, whole breast",
        "modality": Modality.PHOTON,
        "icd10": "C50.912",
        "icd10_system": "cm",
        "source": "table",
        "file": "clinic.csv",
        "file_sha256": "0" * 64,
        "row": number,
        "site": "breast" if number % 2 else "lung",
        "year": 2000 + number % 20,
        "repairs": ("59,4 read as 59.4",),
        "kept": {"diagnosis": "as it was"},
        "key": f"key-{number:04d}",
    }
    return Case(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    write_lines(tmp_path / "cases.jsonl", (case_record(case(n)) for n in range(120)))
    reject = Reject("reject-1", "no_code", "row 7 has no code", "table", "clinic.csv", "0", 7, {})
    write_lines(tmp_path / "rejects.jsonl", [reject_record(reject)])
    return tmp_path


FUNNEL = {"read": 121, "cases": 120, "rejects": 1, "by_reason": {"no_code": 1}, "steps": []}


def test_an_import_taken_twice_leaves_one_of_each(home: Home, staged: Path) -> None:
    lease = Lease(home)
    for import_id, duplicates in (("import-1", 0), ("import-1", 0), ("import-2", 120)):
        with lease.use() as connection:
            assert take_import(connection, import_id, "table", staged, FUNNEL) == duplicates
            assert count_cases(connection, CaseFilter()) == 120
            assert reject_counts(connection) == {"no_code": 1}
    lease.close()


def test_a_corrected_import_replaces_what_was_said_of_its_rows(home: Home, tmp_path: Path) -> None:
    def take(
        connection: duckdb.DuckDBPyConnection, name: str, outcomes: list[Case | Reject]
    ) -> int:
        folder = tmp_path / name
        folder.mkdir()
        cases = [case_record(o) for o in outcomes if isinstance(o, Case)]
        lost = [reject_record(o) for o in outcomes if isinstance(o, Reject)]
        write_lines(folder / "cases.jsonl", cases)
        write_lines(folder / "rejects.jsonl", lost)
        take_import(connection, name, "table", folder, {"cases": len(cases)})
        return count_cases(connection, CaseFilter()) + sum(reject_counts(connection).values())

    def lost(row: int, reason: str, file: str = "clinic.csv") -> Reject:
        return Reject(f"{file}-{row}-{reason}", reason, "Why.", "table", file, "0" * 64, row, {})

    first = [
        lost(2, "no_code"),
        lost(3, "no_code"),
        lost(4, "no_plan"),
        lost(2, "no_code", "b.csv"),
    ]
    lease = Lease(home)
    with lease.use() as connection:
        assert take(connection, "import-1", list(first)) == 4
    with lease.use() as connection:
        assert take(connection, "import-2", [case(2), lost(3, "no_dose"), lost(4, "no_plan")]) == 4
        assert reject_counts(connection) == {"no_code": 1, "no_dose": 1, "no_plan": 1}
    with lease.use() as connection:
        assert take(connection, "import-3", [case(2), case(3), case(4)]) == 4
        assert reject_counts(connection) == {"no_code": 1}
    lease.close()


def test_a_transaction_that_fails_leaves_nothing(home: Home, staged: Path) -> None:
    lease = Lease(home)

    def half() -> None:
        with lease.use() as connection:
            take_import(connection, "import-1", "table", staged, FUNNEL)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    with lease.use() as connection:
        assert count_cases(connection, CaseFilter()) == 0
    lease.close()


def test_cases_are_found_by_all_words_and_shown_whole(home: Home, staged: Path) -> None:
    connection = open_store(home)
    take_import(connection, "import-1", "table", staged, FUNNEL)
    found = list_cases(connection, CaseFilter("BREAST 17", (("site", "Breast"),)), 10)
    assert [c["case_id"] for c in found] == ["case-0017", "case-0117"]
    assert count_cases(connection, CaseFilter("no such words")) == 0
    shown = show_case(connection, "case-0017")
    assert shown["repairs"] == ["59,4 read as 59.4"]
    assert shown["kept"] == {"diagnosis": "as it was"}
    page = list_cases(connection, CaseFilter(), 50)
    rest = list_cases(connection, CaseFilter(), 100, after=page[-1]["seq"])
    assert len(page) + len(rest) == 120
    assert {c["case_id"] for c in page}.isdisjoint(c["case_id"] for c in rest)
    assert list_rejects(connection, "no_code", 5)[0]["detail"] == "row 7 has no code"
    for wrong in (lambda: show_case(connection, "case-x"), lambda: _by(connection, "patient")):
        with pytest.raises(BadUsage):
            wrong()
    connection.close()


def _by(connection: duckdb.DuckDBPyConnection, column: str) -> int:
    return count_cases(connection, CaseFilter("", ((column, "x"),)))


def test_a_data_set_is_frozen_with_its_hash_and_counts_its_test_reads(
    home: Home, staged: Path
) -> None:
    connection = open_store(home)
    with pytest.raises(RadoncError, match="Of 0 cases"):
        freeze(connection, SplitRules(), SECRET)
    take_import(connection, "import-1", "table", staged, FUNNEL)
    one = freeze(connection, SplitRules(), SECRET)
    two = freeze(connection, SplitRules(), SECRET)
    assert one["sha256"] == two["sha256"]
    assert one["dataset_id"] != two["dataset_id"]
    connection.execute("UPDATE cases SET diagnosis = 'changed later'")
    parts = {p: dataset_part(connection, one["dataset_id"], p) for p in one["card"]["parts"]}
    assert sum(len(cases) for cases in parts.values()) == 120
    assert all("changed" not in c["diagnosis"] for c in parts["train"])
    patients = {part: {c["patient"] for c in cases} for part, cases in parts.items()}
    assert patients["train"].isdisjoint(patients["test"])
    assert count_test_read(connection, "eval-1", one["dataset_id"]) == 1
    assert count_test_read(connection, "eval-1", one["dataset_id"]) == 1
    assert count_test_read(connection, "eval-2", one["dataset_id"]) == 2
    assert show_dataset(connection, "latest")["dataset_id"] == two["dataset_id"]
    # whatever the clock says
    connection.execute("UPDATE datasets SET made = made + INTERVAL 1 DAY")
    three = freeze(connection, SplitRules(), SECRET)
    assert show_dataset(connection, "latest")["dataset_id"] == three["dataset_id"]
    assert next(d["dataset_id"] for d in list_datasets(connection)) == one["dataset_id"]
    with pytest.raises(BadUsage):
        show_dataset(connection, "data-none")
    connection.close()


def test_the_holder_of_the_store_is_named_and_can_be_waited_for(home: Home) -> None:
    code = (
        "import sys, time; from store.home import open_home; from store.database import open_store;"
        "c = open_store(open_home()); print('open', flush=True); sys.stdin.readline(); c.close()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin
    assert holder.stdout
    holder.stdout.readline()
    with pytest.raises(StoreBusy, match=f"process {holder.pid}.*--wait"):
        open_store(home)
    holder.stdin.write("\n")
    holder.stdin.flush()
    open_store(home, wait=20).close()
    holder.wait(10)


def test_an_idle_lease_lets_others_in(home: Home) -> None:
    lease = Lease(home)
    with lease.use() as connection:
        connection.execute("SELECT 1")
    time.sleep(IDLE_SECONDS + 0.5)
    code = "from store.home import *; from store.database import *; open_store(open_home()).close()"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_threads_share_one_instance(home: Home) -> None:
    lease = Lease(home)
    with lease.use() as outer, lease.use() as inner:
        assert outer.execute("SELECT 1").fetchall() == inner.execute("SELECT 1").fetchall()
    lease.close()


def test_what_is_no_store_or_a_newer_one_is_a_sentence(home: Home) -> None:
    home.database.write_bytes(os.urandom(20000))
    with pytest.raises(RadoncError, match="cannot be opened"):
        open_store(home)
    home.database.unlink()
    connection = open_store(home)
    connection.execute("INSERT INTO schema_version VALUES (99)")
    connection.close()
    with pytest.raises(RadoncError, match="Use the newer radonc"):
        open_store(home)


def test_the_home_is_closed_to_others(home: Home) -> None:
    open_store(home).close()
    assert home.path.stat().st_mode & 0o777 == 0o700
    assert home.database.stat().st_mode & 0o077 == 0
