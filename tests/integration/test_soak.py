"""One full cycle and one from its adapter, with a kill; the long form does hundreds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak import CYCLES, TRAININGS, Held, grown

ROOT = Path(__file__).resolve().parents[2]


def soaked(*arguments: str) -> list[Held]:
    made = subprocess.run(
        [sys.executable, "-m", "tests.soak", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
    return [Held(**json.loads(line)) for line in made.stdout.splitlines()]


def test_a_cycle_of_each_kind_leaves_nothing_behind() -> None:
    rows = soaked("--trainings", "1", "--cycles", "1")
    assert [row.cycle for row in rows] == ["full", "from an adapter"]
    assert rows[-1].killed in ("export", "evaluate")


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
def test_hundreds_of_cycles_with_kills_leave_nothing_behind() -> None:
    rows = soaked()
    assert len(rows) == TRAININGS + CYCLES
    assert sum(bool(row.killed) for row in rows) > 20
    print(rows[0], rows[-1], sep="\n")


def test_what_grows_is_named() -> None:
    row = Held("full", "", 1.0, 200, 20, 0, 0, 9)
    assert grown([row, row]) == []
    worse = Held("full", "train", 1.0, 260, 30, 1, 2, 10)
    assert [sentence.split(" ")[0] for sentence in grown([row, worse])] == [
        *("after", "memory", "files", "handles"),
    ]
