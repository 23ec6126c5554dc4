"""Runs: listed, shown, watched, stopped, gone on with."""

from typing import Any

from radonc_tui.actions.progress import Action, follow
from radonc_tui.actions.train import run_metrics
from store import work
from store.errors import BadUsage
from store.home import Home


def summary(run: work.Work) -> dict[str, Any]:
    """A run in one line: id, state, base, data set, step, newest losses."""
    spec = run.spec
    numbers: dict[str, float] = {}
    done = total = 0
    for event in run.events():
        if event["kind"] == "metric":
            numbers[event["name"]] = event["value"]
        elif event["kind"] == "progress" and event["stage"] == "train":
            done, total = event["done"], event["total"]
    return {
        "id": run.id,
        "state": run.state(),
        "base": spec["base"]["name"],
        "dataset": spec["dataset"]["id"],
        "tasks": spec["tasks"],
        "synthetic": spec["synthetic"],
        "step": done,
        "steps": total,
        "loss": numbers.get("loss"),
        "validation_loss": numbers.get("validation_loss"),
        "tokens_per_second": numbers.get("tokens_per_second"),
    }


def list_runs(home: Home) -> Action[list[dict[str, Any]]]:
    """All runs, oldest first."""
    yield from ()
    return [summary(run) for run in work.everything(home, "run")]


def find_run(home: Home, run_id: str) -> work.Work:
    """The run with this id; ``latest`` is the newest."""
    runs = work.everything(home, "run")
    if run_id == "latest" and runs:
        return runs[-1]
    return work.find(home, "run", run_id)


def show_run(home: Home, run_id: str) -> Action[dict[str, Any]]:
    """One run: its summary, settings, plan of what was asked and what was measured."""
    yield from ()
    run = find_run(home, run_id)
    failed = run.state() in ("failed", "died")
    return {
        **summary(run),
        "settings": run.spec["settings"],
        "versions": run.spec["versions"],
        "path": str(run.path),
        "metrics": run_metrics(run),
        **({"failure": str(run.failure())} if failed else {}),
    }


def watch_run(home: Home, run_id: str) -> Action[dict[str, Any]]:
    """Follow a run until it ends; closing this leaves it training."""
    run = find_run(home, run_id)
    yield from follow(run)
    return summary(run)


def stop_run(home: Home, run_id: str) -> Action[dict[str, Any]]:
    """Ask a run to stop; it saves a checkpoint first, and ``runs resume`` goes on from there.

    Raises:
        BadUsage: the run is not running.
    """
    run = find_run(home, run_id)
    if run.state() in work.ENDED:
        raise BadUsage(f"{run.id} is not running: it is {run.state()}.")
    work.ask_to_stop(run)
    yield from follow(run)
    return summary(run)


def resume_run(home: Home, run_id: str, detach: bool = False) -> Action[dict[str, Any]]:
    """Go on with a stopped, failed or died run from its last checkpoint.

    Raises:
        BadUsage: the run is still running, or is done.
    """
    run = find_run(home, run_id)
    state = run.state()
    if state not in ("stopped", "failed", "died"):
        raise BadUsage(f"{run.id} cannot be resumed: it is {state}.")
    work.start(run, "trainer")
    if not detach:
        yield from follow(run)
    return summary(run)
