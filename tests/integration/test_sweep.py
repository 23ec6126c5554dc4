"""A sweep on a tiny model, interrupted in its middle and gone on with."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from store.work import everything
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
