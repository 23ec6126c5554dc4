"""Runs with everything frozen into them, and what comes of ending them (``killing_training``)."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from radonc_tui.actions.plans import plan
from radonc_tui.actions.train import TrainRequest, create_run
from store.home import Home
from tests.driven import ended
from tests.integration.conftest import Radonc
from tests.integration.tiny import tiny_model
from trainer.bases import find_base

Found = dict[str, Any]


@cache
def endings(run: Path, asked: tuple[str, ...]) -> dict[str, Found]:
    """What came of each ending; ``{}`` is the run that was left alone."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.integration.killing_training", str(run), *asked],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-3000:]
    return {json.dumps(one["ending"]): one for one in json.loads(made.stdout.splitlines()[-1])}


def home_of_cases(command: Radonc, cases: int = 60) -> Home:
    """A home with a data set of synthetic cases and a tiny base."""
    command.json("cases", "synth", str(cases))
    command.json("data", "freeze")
    command.json("models", "add", str(tiny_model(command.home.path.parent / "tiny", "llama3")))
    return command.home


def frozen_run(home: Home, settings: tuple[str, ...], tasks: tuple[str, ...] = ()) -> Path:
    """A run with everything frozen into it, and never started."""
    request = TrainRequest("tiny", tasks=tasks, settings=settings)
    return create_run(home, find_base(home, "tiny"), ended(plan(home, request)), request).path
