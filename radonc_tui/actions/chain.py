"""What follows a training without anybody watching: export, then evaluation."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from radonc_tui.actions.evaluate import EvaluateRequest, evaluate
from radonc_tui.actions.export import ExportRequest, export
from radonc_tui.actions.progress import Action
from radonc_tui.actions.runs import find_run, watch_run
from store.errors import BadUsage
from store.home import Home

CHAINS = (("export",), ("export", "evaluate"))


@dataclass(frozen=True)
class ChainResult:
    """What was made; "" where it was not asked for."""

    run_id: str
    bundle_id: str = ""
    evaluation_id: str = ""


def read_chain(text: str) -> tuple[str, ...]:
    """``export`` or ``export,evaluate`` as a tuple; "" is none.

    Raises:
        BadUsage: anything else.
    """
    steps = tuple(step.strip() for step in text.split(",") if step.strip())
    if steps and steps not in CHAINS:
        raise BadUsage(f"{text!r} cannot follow a training.", "Use export or export,evaluate.")
    return steps


def follow_chain(home: Home, run_id: str, steps: Sequence[str]) -> Action[ChainResult]:
    """Follow a run to its end, then do ``steps``; a run that was stopped ends the chain."""
    ended = yield from watch_run(home, run_id)
    if ended["state"] != "done":
        raise BadUsage(f"{run_id} is {ended['state']}, so nothing follows.", "Resume it first.")
    bundle = evaluation = ""
    if "export" in steps:
        bundle = (yield from export(home, ExportRequest(run_id))).bundle_id
    if "evaluate" in steps:
        evaluation = (yield from evaluate(home, EvaluateRequest(bundle))).evaluation_id
    return ChainResult(run_id, bundle, evaluation)


def leave_chain(home: Home, run_id: str, steps: Sequence[str]) -> Action[int]:
    """Start a process that follows the chain by itself; what it says goes into ``then.log``.

    Returns:
        Its process id.
    """
    yield from ()
    run = find_run(home, run_id)
    command = [sys.executable, "-P", "-m", "radonc_tui", "--home", str(home.path)]
    with (run.path / "then.log").open("ab") as log:
        return subprocess.Popen(
            [*command, "runs", "then", run.id, ",".join(steps)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ,
        ).pid
