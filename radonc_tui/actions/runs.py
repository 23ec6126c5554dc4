"""Runs: listed, shown, watched, stopped, gone on with."""

from dataclasses import dataclass, replace
from typing import Any

from radonc_tui.actions.live import Feed
from radonc_tui.actions.progress import Action, follow
from radonc_tui.actions.then import leave, read_then
from radonc_tui.actions.train import run_metrics
from store import work
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.lines import read_lines
from trainer.fitting import keep_fit, read_fit

DAMAGED = "damaged"
RESUMABLE = ("stopped", "failed", "died")
SAMPLES = "samples.jsonl"


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
    """All runs, oldest first; one that cannot be read is ``damaged``, with its ``error``."""
    yield from ()
    return [_line(run) for run in work.everything(home, "run")]


def _line(run: work.Work) -> dict[str, Any]:
    try:
        return summary(run)
    except (RadoncError, KeyError) as error:
        said = str(error) if isinstance(error, RadoncError) else f"Its spec.json lacks {error}."
        return {
            **{"id": run.id, "state": DAMAGED, "error": said, "base": "", "dataset": ""},
            **{"tasks": [], "synthetic": False, "step": 0, "steps": 0, "loss": None},
            **{"validation_loss": None, "tokens_per_second": None},
        }


@dataclass(frozen=True)
class Glance:
    """A run in a list to choose from."""

    id: str
    state: str
    base: str
    dataset: str


def glance_runs(home: Home) -> Action[list[Glance]]:
    """All runs, oldest first, without reading the events of those that are done."""
    yield from ()
    return [_glance(run) for run in work.everything(home, "run")]


def _glance(run: work.Work) -> Glance:
    try:
        spec = run.spec
        state = "done" if run.manifest_exists else run.state()
        return Glance(run.id, state, spec["base"]["name"], spec["dataset"]["id"])
    except (RadoncError, KeyError):
        # opening it says what is wrong with it
        return Glance(run.id, DAMAGED, "", "")


def find_run(home: Home, run_id: str) -> work.Work:
    """The run with this id; ``latest`` is the newest."""
    runs = work.everything(home, "run")
    if run_id == "latest" and runs:
        return runs[-1]
    return work.find(home, "run", run_id)


def show_run(home: Home, run_id: str) -> Action[dict[str, Any]]:
    """One run: its summary, settings, estimate, what follows, and what was measured."""
    yield from ()
    run = find_run(home, run_id)
    failed = run.state() in ("failed", "died")
    spec = run.spec
    return {
        **summary(run),
        "preset": spec.get("preset", ""),
        "settings": spec["settings"],
        "versions": spec["versions"],
        "path": str(run.path),
        "then": dict(read_then(run)),
        "estimate": spec.get("estimate"),
        "metrics": run_metrics(run),
        **({"failure": str(run.failure())} if failed else {}),
    }


@dataclass(frozen=True)
class Opened:
    """One run as ``show_run`` tells of it, with its sample answers and a feed to follow it by."""

    shown: dict[str, Any]
    samples: list[dict[str, Any]]
    feed: Feed


def open_run(home: Home, run_id: str) -> Action[Opened]:
    """Everything that is known of one run, and the means to follow it."""
    shown = yield from show_run(home, run_id)
    samples = yield from run_samples(home, run_id)
    return Opened(shown, samples, Feed(find_run(home, run_id)))


def run_samples(home: Home, run_id: str) -> Action[list[dict[str, Any]]]:
    """The sample answers of a run so far: step, case_id, task, reference, answer, synthetic."""
    yield from ()
    path = find_run(home, run_id).path / SAMPLES
    return list(read_lines(path)) if path.exists() else []


def watch_run(home: Home, run_id: str) -> Action[dict[str, Any]]:
    """Follow a run until it ends; closing this leaves it training."""
    run = find_run(home, run_id)
    yield from follow(run)
    return summary(run)


def stop_run(home: Home, run_id: str, wait: bool = True) -> Action[dict[str, Any]]:
    """Ask a run to stop; it saves a checkpoint first, and ``runs resume`` goes on from there.

    Raises:
        BadUsage: the run is not running.
    """
    run = find_run(home, run_id)
    if run.state() in work.ENDED:
        raise BadUsage(
            f"{run.id} is not running: it is {run.state()}.", "`radonc runs list` shows what is."
        )
    work.ask_to_stop(run)
    if wait:
        yield from follow(run)
    return summary(run)


def resume_run(
    home: Home, run_id: str, detach: bool = False, fit: bool = False
) -> Action[dict[str, Any]]:
    """Go on with a stopped, failed or died run from its last checkpoint, and then as was asked.

    ``fit``: with fewer cases at once where memory does not suffice.

    Raises:
        BadUsage: the run is still running, or is done.
    """
    run = find_run(home, run_id)
    state = run.state()
    if state not in RESUMABLE:
        raise BadUsage(
            f"{run.id} cannot be resumed: it is {state}.",
            f"Resume one that is {' or '.join(RESUMABLE)}, or train anew.",
        )
    then = run.spec.get("then")
    if fit:
        keep_fit(run, replace(read_fit(run), allowed=True))
    work.start(run, "trainer")
    if then:
        leave(home, run, then)
    if not detach:
        yield from follow(run)
    return summary(run)
