"""The GPU check: the script itself on the CPU, and on a card where there is one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).with_name("check.py")


def run(out: Path, *options: str) -> dict:  # type: ignore[type-arg]  # whatever the check writes
    subprocess.run([sys.executable, str(CHECK), str(out), *options], check=True)
    return json.loads(out.read_text())


def test_the_check_runs_on_a_cpu_and_finds_packed_rows_equal(tmp_path: Path) -> None:
    found = run(tmp_path / "cpu.json", "--device", "cpu")
    assert found["equality"]["loss"] < 1e-5
    assert found["equality"]["gradients"] < 1e-4
    assert all(row["packed_cases_per_second"] > 0 for row in found["speed"])


@pytest.mark.gpu
def test_packed_rows_are_equal_and_faster_on_a_card(tmp_path: Path) -> None:
    found = run(tmp_path / "cuda.json")
    assert found["equality"]["gradients"] < 1e-4
    assert all(row["ratio"] > 1 for row in found["speed"])
