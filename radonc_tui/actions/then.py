"""What is to follow a training by itself, and the process that sees to it.

How far it got stands in the run's ``then.json``. Nothing here exports or evaluates.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from store.errors import BadUsage
from store.home import Home
from store.key_pipe import VARIABLE, key_on_stdin
from store.keybox import read_box
from store.lines import read_json, write_json
from store.work import Work

CHAINS = (("export",), ("export", "evaluate"))


def read_chain(text: str) -> tuple[str, ...]:
    """``export`` or ``export,evaluate`` as a tuple; "" is none.

    Raises:
        BadUsage: anything else.
    """
    steps = tuple(step.strip() for step in text.split(",") if step.strip())
    if steps and steps not in CHAINS:
        raise BadUsage(f"{text!r} cannot follow a training.", "Use export or export,evaluate.")
    return steps


def leave(home: Home, run: Work, steps: Sequence[str]) -> int:
    """Start a process that follows the run and then does ``steps``; returns its process id.

    What it prints goes into the run's ``then.log``.
    """
    command = [sys.executable, "-P", "-m", "radonc_tui", "--home", str(home.path)]
    keep_then(run, steps, "waits for the training")
    sealed = {VARIABLE: "1"} if read_box(home) else {}
    with (run.path / "then.log").open("ab") as log, key_on_stdin(home) as stdin:
        return subprocess.Popen(
            [*command, "--wait", "600", "runs", "then", run.id, ",".join(steps)],
            stdin=stdin,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **sealed},
        ).pid


def keep_then(run: Work, steps: Sequence[str], state: str, **made: str) -> None:
    """Say how far what follows is; ``made`` names what was made so far."""
    write_json(run.path / "then.json", {"steps": list(steps), "state": state, **made})


def read_then(run: Work) -> Mapping[str, Any]:
    """{steps, state, bundle, evaluation}; empty where nothing was to follow."""
    path = run.path / "then.json"
    return read_json(path) if path.exists() else {}
