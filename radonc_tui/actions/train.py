"""Training: a run in a process of its own."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from radonc_tui.actions.curating import pass_leakage_gate
from radonc_tui.actions.plans import RunPlan, TrainRequest, known_base, plan
from radonc_tui.actions.progress import Action, follow
from radonc_tui.actions.reported import reported
from radonc_tui.actions.stored import opened
from radonc_tui.actions.then import leave
from store import audit, datasets, work
from store.home import Home, new_id
from store.lines import read_json, write_json
from store.privacy.gate import require_confirmed
from trainer.asked import FILES, freeze_data
from trainer.bases import DEFAULT, Base, Report, add_folder, ensure_default
from trainer.canaries import FILE as CANARIES, plant
from trainer.pairs import case_pairs, write_pairs
from trainer.tasks import Task

__all__ = ["RunPlan", "TrainRequest", "TrainResult", "finish", "plan", "run_metrics", "train"]

PACKAGES = ("radonc-tui", "torch", "transformers", "peft", "unsloth", "llama-cpp-python")


@dataclass(frozen=True)
class TrainResult:
    """A run and the state it is in; ``metrics`` is empty while it still trains."""

    run_id: str
    state: str
    plan: RunPlan
    metrics: Mapping[str, Any]


def train(home: Home, request: TrainRequest) -> Action[TrainResult]:
    """Start a run and follow it; closing this leaves the run training.

    With ``detach`` it returns once the run has started, and ``then`` is left to a process of its
    own; without, ``then`` is for whoever follows.

    Raises:
        Refused: a patient is in training and in test, or a case leaks its answers.
        BadUsage: an unknown base, data set, task or setting.
        RadoncError: the run failed, in the worker's own words.
    """
    planned = yield from plan(home, request)
    with opened(home) as connection:
        require_confirmed(connection, dataset=planned.dataset)
    yield from pass_leakage_gate(home, planned.dataset)
    base = known_base(home, request.base)
    if base is None:
        base = yield from reported(lambda told: _take_in(home, request.base, told), "base model")
    run = create_run(home, base, planned, request)
    work.start(run, "trainer")
    started = TrainResult(run.id, "running", planned, {})
    if not request.detach:
        return (yield from finish(home, started))
    if request.then:
        leave(home, run, request.then)
    return started


def finish(home: Home, started: TrainResult) -> Action[TrainResult]:
    """Follow a run that was started to its end; closing this leaves it training."""
    run = work.find(home, "run", started.run_id)
    state = yield from follow(run)
    return replace(started, state=state, metrics=run_metrics(run))


def _take_in(home: Home, name: str, report: Report) -> Base:
    """The embedded base, or a folder under its own name, made a base of the home."""
    if name == DEFAULT:
        return ensure_default(home, report)
    folder = Path(name)
    return add_folder(home, folder, folder.resolve().name.casefold(), report)


def run_metrics(run: work.Work) -> Mapping[str, Any]:
    """What a run that has ended measured."""
    path = run.path / "metrics.json"
    return read_json(path) if path.exists() else {}


def create_run(home: Home, base: Base, planned: RunPlan, request: TrainRequest) -> work.Work:
    """The run's directory with everything frozen into it; its worker is not started."""
    run_id = new_id("run")
    with opened(home) as connection:
        parts = {
            part: datasets.dataset_part(connection, planned.dataset, part)
            for part in ("train", "validation")
        }
        after = {"dataset": planned.dataset, "base": base.name, "tasks": list(planned.tasks)}
        audit.record(connection, "run started", run_id, after=after)
    tasks = [Task(name) for name in planned.tasks]
    labels = {
        name: sorted({str(case[name]) for case in parts["train"]}) for name in ("modality", "icd10")
    }
    # nobody's text is in made-up cases, so nothing need be looked for in what learned from them
    canaries = [] if planned.synthetic else plant(parts["train"], tasks)
    spec = {
        "home": str(home.path),
        "base": {"name": base.name, "path": str(base.path), "sha256": base.sha256},
        "dataset": {"id": planned.dataset, "sha256": planned.dataset_sha256},
        "tasks": list(planned.tasks),
        "preset": planned.preset,
        "settings": asdict(planned.settings),
        "labels": labels,
        "synthetic": planned.synthetic,
        "canaries": len({pair.case_id for pair in canaries}),
        "then": list(request.then),
        "fit": request.fit,
        "estimate": asdict(planned.estimate),
        "versions": {name: version(name) for name in PACKAGES},
    }
    run = work.create(home, "run", run_id, spec)
    try:
        (run.path / "dataset").mkdir()
        for part, cases in parts.items():
            pairs = (pair for case in cases for pair in case_pairs(case, tasks))
            write_pairs(run.path / "dataset" / f"{part}.jsonl", pairs)
        if canaries:
            write_pairs(run.path / "dataset" / CANARIES, canaries)
        write_json(run.path / "dataset" / FILES, freeze_data(run.path / "dataset"))
    except OSError:
        # a full disk: what has no data is no run
        shutil.rmtree(run.path)
        raise
    return run
