"""What follows a training without anybody watching: export, then evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass

from radonc_tui.actions.evaluate import EvaluateRequest, evaluate
from radonc_tui.actions.export import ExportRequest, export
from radonc_tui.actions.progress import Action
from radonc_tui.actions.runs import find_run, watch_run
from radonc_tui.actions.then import keep_then, leave
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.work import Work


@dataclass(frozen=True)
class ChainResult:
    """What was made; "" where it was not asked for."""

    run_id: str
    bundle_id: str = ""
    evaluation_id: str = ""


def follow_chain(home: Home, run_id: str, steps: Sequence[str]) -> Action[ChainResult]:
    """Follow a run to its end, then do ``steps``; a run that was stopped ends the chain.

    Raises:
        RadoncError: the training or a step failed; the run's ``then.json`` says so too.
    """
    run = find_run(home, run_id)
    try:
        return (yield from _follow(home, run, steps))
    except RadoncError as error:
        keep_then(run, steps, f"did not go on: {error.message}")
        raise


def _follow(home: Home, run: Work, steps: Sequence[str]) -> Action[ChainResult]:
    ended = yield from watch_run(home, run.id)
    if ended["state"] != "done":
        raise BadUsage(f"{run.id} is {ended['state']}, so nothing follows.", "Resume it first.")
    bundle = evaluation = ""
    if "export" in steps:
        keep_then(run, steps, "exports")
        bundle = (yield from export(home, ExportRequest(run.id))).bundle_id
    if "evaluate" in steps:
        keep_then(run, steps, "evaluates", bundle=bundle)
        evaluation = (yield from evaluate(home, EvaluateRequest(bundle))).evaluation_id
    keep_then(run, steps, "done", bundle=bundle, evaluation=evaluation)
    return ChainResult(run.id, bundle, evaluation)


def leave_chain(home: Home, run_id: str, steps: Sequence[str]) -> Action[int]:
    """Start a process that follows the chain by itself; returns its process id."""
    yield from ()
    return leave(home, find_run(home, run_id), steps)
