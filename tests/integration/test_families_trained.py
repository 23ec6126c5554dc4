"""The other families that clinics have: a few steps of training each, and the loss falls.

All in one process, which is a run's worker in all but its directory: importing Unsloth takes half
a minute.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.tiny_others import OTHERS, tiny_other
from trainer.bases import inspect


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("families")
    for family in OTHERS:
        tiny_other(root / family, family)
    made = subprocess.run(
        [sys.executable, "-m", "tests.integration.training_families", str(root), *OTHERS],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-3000:]
    return {**json.loads(made.stdout.splitlines()[-1]), "root": root}


@pytest.mark.parametrize("family", OTHERS)
def test_a_family_learns_with_packed_rows(learned: dict[str, Any], family: str) -> None:
    found = learned[family]
    assert found["packing_error"] < 1e-4
    # the loss that is made without logits where no label is, beside the model's own logits
    assert found["loss"] == pytest.approx(found["plain"], rel=1e-4)
    assert found["losses"][-1] < 0.97 * found["losses"][0]
    assert inspect(learned["root"] / family)["family"] == family.replace("llama2", "llama")
