"""Sweeps: runs with different settings, one after another, compared on validation alone.

A sweep is a directory with what was asked, Optuna's journal and a table of its trials. Each trial
is a run like any other. Interrupted, the same command goes on where it was.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from radonc_tui.actions.plans import TrainRequest, plan
from radonc_tui.actions.progress import Action, Progress, follow
from radonc_tui.actions.train import train
from store import work
from store.errors import RadoncError
from store.home import Home, new_id
from store.lines import dumps, read_json, write_json
from trainer.sweep import Study, read_sweep

RESULT = "result.json"


@dataclass(frozen=True)
class SweepResult:
    """The trials of a sweep in order, and the best of them.

    ``looks`` is how often validation was looked at, by all trials together.
    """

    sweep_id: str
    state: str
    best: Mapping[str, Any] | None
    looks: int
    trials: Sequence[Mapping[str, Any]]


def sweep(home: Home, file: Path, request: TrainRequest) -> Action[SweepResult]:
    """Run a sweep, or go on with it where the same file was asked for on the same data before.

    Closing this leaves the run that trains training; the same again goes on.

    Raises:
        BadUsage: the file asks for what no sweep can do.
        Refused: what training refuses.
        RadoncError: optuna is missing, or every trial failed.
    """
    asked = read_sweep(file)
    first = replace(request, settings=(*request.settings, *asked.fixed), detach=True, then=())
    planned = yield from plan(home, first)
    made = _begin(home, file, first, planned.dataset)
    if made.manifest_exists:
        return _result(made, "done")
    study = Study(made.path, asked)
    for trial in study.interrupted():
        yield from _finish(home, made, study, trial.number, first)
    while study.ended() < asked.trials:
        number, _ = study.ask()
        yield from _finish(home, made, study, number, first)
    result = _result(made, "done")
    if result.best is None:
        raise RadoncError(f"Every trial of {made.id} failed.", "Look at its runs.")
    work.seal_manifest(made, [made.path / RESULT])
    return result


def _begin(home: Home, file: Path, request: TrainRequest, dataset: str) -> work.Work:
    """The directory of this sweep: the one that was begun with the same, or a new one."""
    settings = file.read_text(encoding="utf-8")
    key = dumps([settings, request.base, dataset, request.tasks, request.settings, request.preset])
    digest = hashlib.sha256(key.encode()).hexdigest()
    for made in work.everything(home, "sweep"):
        if made.spec["key"] == digest:
            return made
    return work.create(home, "sweep", new_id("sweep"), {"key": digest, "file": settings})


def _finish(
    home: Home, made: work.Work, study: Study, number: int, request: TrainRequest
) -> Action[None]:
    """Train one trial to its end, or until it is hopeless, and keep what came of it."""
    options = study.options(number)
    run = yield from _run_of(home, made, number, replace(request, settings=options))
    yield Progress("sweep", number, study.sweep.trials, "trials", note=f"trial {number}: {run.id}")
    pruned = False
    following = follow(run)
    try:
        for told in following:
            if not pruned and study.is_hopeless(number, _looks(run)):
                pruned = True
                work.ask_to_stop(run)
            yield told
    except RadoncError as error:
        yield Progress("sweep", note=f"trial {number} failed: {error}")
    looks = _looks(run)
    failed = run.state() in ("failed", "died")
    best = min((look["loss"] for look in looks), default=None)
    study.tell(number, None if failed else best, pruned and not failed)
    row = {
        "trial": number,
        "run": run.id,
        "options": list(options),
        "state": "failed" if failed else "stopped early" if pruned else "done",
        "validation_loss": best,
        "looks": len(looks),
    }
    rows = [other for other in _rows(made) if other["trial"] != number]
    write_json(made.path / RESULT, {"schema": 1, "trials": [*rows, row]})


def _run_of(home: Home, made: work.Work, number: int, request: TrainRequest) -> Action[work.Work]:
    """The run of a trial: the one that was begun, gone on with, or a new one."""
    for run in work.everything(home, "run"):
        mark = run.path / "sweep.json"
        if mark.exists() and read_json(mark) == {"sweep": made.id, "trial": number}:
            if run.state() in ("stopped", "failed", "died"):
                work.start(run, "trainer")
            return run
    started = yield from train(home, request)
    run = work.find(home, "run", started.run_id)
    write_json(run.path / "sweep.json", {"sweep": made.id, "trial": number})
    return run


def _looks(run: work.Work) -> list[dict[str, Any]]:
    """Every look at validation that a run made, by step; one made twice counts once."""
    said = [e for e in run.events() if e.get("name") == "validation_loss"]
    return [
        {"step": s, "loss": v} for s, v in sorted({e["step"]: e["value"] for e in said}.items())
    ]


def _rows(made: work.Work) -> list[dict[str, Any]]:
    path = made.path / RESULT
    return read_json(path)["trials"] if path.exists() else []


def _result(made: work.Work, state: str) -> SweepResult:
    rows = sorted(_rows(made), key=lambda row: row["trial"])
    done = [row for row in rows if row["state"] == "done" and row["validation_loss"] is not None]
    best = min(done, key=lambda row: row["validation_loss"], default=None)
    return SweepResult(made.id, state, best, sum(row["looks"] for row in rows), rows)


def looks_of(home: Home, run: work.Work) -> dict[str, Any]:
    """How often validation was looked at before a run was chosen: by itself, and by its sweep."""
    own = len(_looks(run))
    mark = run.path / "sweep.json"
    if not mark.exists():
        return {"validation_looks": own}
    sweep_id = read_json(mark)["sweep"]
    made = work.find(home, "sweep", sweep_id)
    rows = _rows(made)
    looks = sum(row["looks"] for row in rows)
    return {
        "validation_looks": own,
        "sweep": {"id": sweep_id, "trials": len(rows), "validation_looks": looks},
    }
