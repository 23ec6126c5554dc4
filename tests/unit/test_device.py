"""Where a model computes is said once and reaches every process that is started."""

import json
import os
import subprocess
import sys
from pathlib import Path

from exports.device import REBUILD, VARIABLE, choose


def test_a_choice_is_in_the_environment() -> None:
    made: dict[str, str] = {}
    choose("cuda", made)
    assert made == {VARIABLE: "cuda"}
    choose("cpu", made)
    assert made == {VARIABLE: "cpu", "CUDA_VISIBLE_DEVICES": ""}


def test_doctor_says_how_llama_cpp_is_built(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "radonc_tui", "--home", str(tmp_path / "home")]
    made = subprocess.run(
        [*command, "--device", "cpu", "doctor", "--json"],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    (found,) = [each for each in json.loads(made.stdout) if each["what"] == "llama.cpp"]
    built = "built with CUDA" in found["finding"]
    assert built or (found["state"], found["command"]) == ("note", REBUILD)
    assert built or "built without CUDA" in found["finding"]
