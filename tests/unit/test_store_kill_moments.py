"""A process that imports and edits is killed at any moment: what it said is there, whole."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from store import keybox, rekeying
from store.audit import entries
from store.audit_check import verify
from store.case_events import Kind, change
from store.case_table import take_import
from store.database import Lease
from store.home import Home, open_home
from store.key_pipe import key_on_stdin, take_key
from store.keybox import Lock
from store.lines import write_lines
from store.records import case_record
from tests.unit.test_store import case

BATCH = 40
ROOT = Path(__file__).resolve().parents[2]


def work(home: Home, said: Callable[[str], object]) -> None:
    """Import batches of cases and edit one of each, saying what was committed."""
    take_key(home)
    lease = Lease(home)
    with lease.use() as connection:
        row = connection.execute("SELECT count(*) FROM imports").fetchone()
    number = int(row[0]) if row else 0
    said("began")
    while True:
        number += 1
        staged = home.tmp / f"import-{number}"
        staged.mkdir(exist_ok=True)
        cases = [
            case(n, case_id=f"case-{number}-{n}", file=f"{number}.csv", key=f"{number}-{n}")
            for n in range(BATCH)
        ]
        write_lines(staged / "cases.jsonl", map(case_record, cases))
        write_lines(staged / "rejects.jsonl", [])
        with lease.use() as connection:
            take_import(connection, f"import-{number}", "table", staged, {"cases": BATCH})
        said(f"import import-{number}")
        for n in range(3):
            with lease.use() as connection:
                values = {"status": "excluded", "target": f"changed {n}"}
                change(connection, f"case-{number}-{n}", Kind.EDIT, values, "why", "mp")
            said(f"edit case-{number}-{n}")
        if number % 3 == 0:
            lease.close()


def check(home: Home, said: list[str]) -> None:
    """The store opens, has everything that was said, and each thing whole."""
    lease = Lease(home)
    with lease.use() as connection:

        def column(sql: str) -> list[str]:
            return [str(row[0]) for row in connection.execute(sql).fetchall()]

        imports = column("SELECT import_id FROM imports")
        edits = column("SELECT case_id FROM case_events")
        assert {s.split()[1] for s in said if s.startswith("import")} <= set(imports)
        assert {s.split()[1] for s in said if s.startswith("edit")} <= set(edits)
        per_import = column("SELECT count(*) FROM cases GROUP BY import_id")
        assert per_import == [str(BATCH)] * len(imports)
        assert sorted(column("SELECT case_id FROM cases WHERE status = 'excluded'")) == sorted(
            edits
        )
        assert verify(connection, home).whole
        kinds = [entry["kind"] for entry in entries(connection)]
        assert kinds.count("import taken in") == len(imports)
        assert kinds.count("case edit") == len(edits)
    lease.close()


def killed_at(home: Home, after: int, seconds: float) -> list[str]:
    """What a process said that was killed so long after so many things were done."""
    command = [sys.executable, "-m", "tests.unit.test_store_kill_moments", str(home.path)]
    with key_on_stdin(home) as stdin:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=stdin, stdout=subprocess.PIPE, text=True, env={**os.environ}
        )
    assert process.stdout
    assert process.stdout.readline() == "began\n"
    said = [process.stdout.readline() for _ in range(after)]
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    assert process.wait() == -signal.SIGKILL
    return [line for line in said if line.endswith("\n")]


@pytest.mark.parametrize(
    ("encrypted", "count"),
    [(True, 2), *(pytest.param(e, 25, marks=pytest.mark.slow) for e in (False, True))],
)
def test_killed_while_it_imports_and_edits(encrypted: bool, count: int, home: Home) -> None:
    if encrypted:
        rekeying.encrypt(home, Lock(cost=1 << 10), b"pass", lambda *_: None)
    else:
        Lease(home).close()
    moments = random.Random(count)
    total = 0
    for _ in range(count):
        said = killed_at(home, moments.randrange(8), moments.uniform(0, 0.3))
        check(home, said)
        total += len(said)
    assert total >= count
    keybox.forget(home)


def main() -> None:
    work(open_home(sys.argv[1]), lambda text: print(text, flush=True))


if __name__ == "__main__":
    main()
