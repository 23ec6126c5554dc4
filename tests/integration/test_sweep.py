"""A sweep on a tiny model, interrupted in its middle and gone on with."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from store.work import everything, find
from tests.integration.conftest import Radonc
from tests.integration.runs_ended import home_of_cases

FILE = """
trials = 3
[fixed]
steps = 4
batch_cases = 2
evaluations = 2
validation_cases = 4
samples = 0
[search]
learning_rate = { from = 1e-4, to = 1e-2, log = true }
"""

WORSE = """
trials = 4
seed = 2
[fixed]
steps = 60
batch_cases = 2
evaluations = 30
patience = 0
validation_cases = 4
samples = 0
[search]
learning_rate = [0.003, 1e-9]
"""
"""The seed lets the last trial, and that alone, be one that learns nothing."""


@pytest.mark.slow
def test_a_hopeless_trial_is_stopped_and_every_look_is_told(radonc: Callable[[], Radonc]) -> None:
    command = radonc()
    home = home_of_cases(command)
    file = home.path.parent / "sweep.toml"
    file.write_text(WORSE)
    found = command.json("train", "--base", "tiny", "--sweep", str(file))
    *good, hopeless = found["trials"]
    assert [trial["state"] for trial in good] == ["done"] * 3
    assert [trial["looks"] for trial in good] == [30] * 3
    assert hopeless["state"] == "stopped early"
    assert hopeless["options"][-1] == "learning_rate=1e-09"
    run = find(home, "run", hopeless["run"])
    assert run.state() == "stopped"
    assert max(e["done"] for e in run.events() if e.get("stage") == "train") < 60
    assert found["looks"] == 90 + hopeless["looks"] < 120
    # whoever reads an evaluation of the best sees how many looks it was chosen by
    best = found["best"]["run"]
    assert best in [trial["run"] for trial in good]
    bundle = command.json("export", best, "--quant", "Q8_0")
    made = command.json("evaluate", bundle["id"], "--limit", "4")["evaluation"]
    told = command.json("report", made["id"])["evaluation"]["capsule"]["run"]
    assert told["validation_looks"] == 30
    looks = {"id": found["sweep_id"], "trials": 4, "validation_looks": found["looks"]}
    assert told["sweep"] == looks


@pytest.mark.slow
def test_a_sweep_goes_on_after_it_was_interrupted(radonc: Callable[[], Radonc]) -> None:
    command = radonc()
    home = home_of_cases(command)
    file = home.path.parent / "sweep.toml"
    file.write_text(FILE)
    asked = ("train", "--base", "tiny", "--sweep", str(file))
    first = subprocess.Popen(
        [sys.executable, "-P", "-m", "radonc_tui", "--home", str(home.path), *asked],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while len(everything(home, "run")) < 2:
        assert first.poll() is None
        time.sleep(0.1)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    found = command.json(*asked)
    assert [trial["trial"] for trial in found["trials"]] == [0, 1, 2]
    assert {trial["state"] for trial in found["trials"]} <= {"done", "stopped early"}
    assert found["looks"] == sum(trial["looks"] for trial in found["trials"]) >= 5
    done = [t["validation_loss"] for t in found["trials"] if t["state"] == "done"]
    assert found["best"]["validation_loss"] == min(done)
    assert len({trial["options"][-1] for trial in found["trials"]}) == 3
    # what is done is only told again
    assert command.json(*asked) == found
