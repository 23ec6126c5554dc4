"""A change of keys killed at every write point, and at any moment, loses nothing."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from store import keybox, rekeying
from store.case_table import take_import
from store.database import Lease
from store.home import Home
from store.lines import write_lines
from store.records import case_record
from tests.unit.killing import OLD, PLANTED, QUICK, content, random_moments
from tests.unit.test_store import case

CHANGES = ("encrypt", "rekey", "decrypt")
ROWS = [{"diagnosis": f"{PLANTED} {n}"} for n in range(40)]


@pytest.fixture
def template(home: Home) -> Home:
    """A plain home with cases and a data set's lines, all with planted words."""
    staged = home.tmp / "staged"
    staged.mkdir()
    cases = (case(n, diagnosis=f"{PLANTED} {n}", key=f"key-{n}") for n in range(300))
    write_lines(staged / "cases.jsonl", map(case_record, cases))
    write_lines(staged / "rejects.jsonl", [])
    lease = Lease(home)
    with lease.use() as connection:
        take_import(connection, "import-1", "table", staged, {"cases": 300})
    lease.close()
    shutil.rmtree(staged)
    for name in ("run-1", "run-2"):
        (home.folder("runs") / name / "dataset").mkdir(parents=True)
        write_lines(home.folder("runs") / name / "dataset" / "train.jsonl", ROWS)
    return home


def kill(home: Home, change: str, moments: list[str]) -> list[dict[str, Any]]:
    if change != "encrypt":
        rekeying.encrypt(home, QUICK, OLD, lambda *_: None)
    made = subprocess.run(
        [sys.executable, "-m", "tests.unit.killing", str(home.path), change, *moments],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    found = json.loads(made.stdout)
    assert None not in found, made.stderr
    return found


def check(found: list[dict[str, Any]], before: dict[str, Any], change: str) -> None:
    before = json.loads(json.dumps(before))
    assert before["whole"]
    for one in found:
        assert one["after"] == before
        assert one.get("then", before) == before
        ended = one["began"] or not one["killed"]
        assert one["sealed"] == ((change != "decrypt") if ended else (change != "encrypt"))
        assert one["clean"] == one["sealed"]
        assert one["keys"] == int(one["sealed"])


@pytest.mark.parametrize(
    "change", [pytest.param(c, marks=pytest.mark.slow) if c != "rekey" else c for c in CHANGES]
)
def test_killed_at_every_write_point(change: str, template: Home) -> None:
    before = content(template)
    found = kill(template, change, [str(n) for n in range(20)])
    check(found, before, change)
    assert [one["killed"] for one in found] == [True] * 8 + [False]
    assert [one["began"] for one in found] == [False] + [True] * 7 + [False]
    keybox.forget(template)


@pytest.mark.parametrize(
    ("change", "count"),
    [("rekey", 2), *(pytest.param(c, 17, marks=pytest.mark.slow) for c in CHANGES)],
)
def test_killed_at_any_moment(change: str, count: int, template: Home) -> None:
    before = content(template)
    check(kill(template, change, random_moments(count, 0.6, count)), before, change)
    keybox.forget(template)
