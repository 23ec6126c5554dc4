"""The GPU check: the script itself on the CPU, and on a card where there is one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECK = Path(__file__).with_name("check.py")


def run(out: Path, *options: str) -> dict[str, Any]:
    subprocess.run([sys.executable, str(CHECK), str(out), *options], check=True)
    return json.loads(out.read_text())


def test_the_check_runs_on_a_cpu_and_finds_packed_rows_equal(tmp_path: Path) -> None:
    found = run(tmp_path / "cpu.json", "--device", "cpu", "--parts", "rows")["rows"]
    assert found["equality"]["loss"] < 1e-5
    assert found["equality"]["gradients"] < 1e-4
    assert all(row["packed_cases_per_second"] > 0 for row in found["speed"])


@pytest.mark.slow
def test_the_program_and_the_other_trainer_are_measured_on_a_cpu(tmp_path: Path) -> None:
    found = run(tmp_path / "cpu.json", "--device", "cpu", "--parts", "program", "four_bit")
    assert found["program"]["resumed"]["adapter is bit-identical"]
    assert found["program"]["first"]["rows"] == found["four_bit"]["rows"] == "shared prefix"
    assert found["four_bit"]["largest difference of loss on the same batches"] < 1e-3


def test_a_part_that_takes_too_long_says_where_it_was(tmp_path: Path) -> None:
    out = tmp_path / "cpu.json"
    options = ("--device", "cpu", "--parts", "rows", "--seconds", "0.5")
    command = [sys.executable, str(CHECK), str(out), *options]
    assert subprocess.run(command, check=False).returncode == 1
    assert any(
        "KeyboardInterrupt" in line for line in json.loads(out.read_text())["rows"]["failed"]
    )


@pytest.mark.gpu
def test_packed_rows_are_equal_and_faster_on_a_card(tmp_path: Path) -> None:
    found = run(tmp_path / "cuda.json")
    assert found["rows"]["equality"]["gradients"] < 1e-4
    assert found["rows"]["speed"][-1]["ratio"] > 1
    assert found["program"]["fit"]["state"] == "done"
    assert found["four_bit"]["packing_error"] < 0.02
