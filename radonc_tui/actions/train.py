"""Training: the plan, and a run in a process of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from radonc_tui.actions.progress import Action, Progress, follow
from radonc_tui.actions.stored import opened
from store import datasets, work
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home, new_id
from store.leakage import patients_on_both_sides
from store.lines import read_json
from trainer.bases import DEFAULT, Base, add_folder, ensure_default, find_base, list_bases
from trainer.pairs import case_pairs, write_pairs
from trainer.plan import Plan, make_plan
from trainer.settings import TrainSettings, parse_settings
from trainer.tasks import Task

PACKAGES = ("radonc-tui", "torch", "transformers", "peft", "unsloth", "llama-cpp-python")


@dataclass(frozen=True)
class TrainRequest:
    """What to train: a base (name or folder), a data set, tasks (none: all three), settings."""

    base: str = DEFAULT
    dataset: str = "latest"
    tasks: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    detach: bool = False


@dataclass(frozen=True)
class TrainResult:
    """A run and the state it is in; ``metrics`` is empty while it still trains."""

    run_id: str
    state: str
    plan: Plan
    metrics: Mapping[str, Any]


@dataclass(frozen=True)
class _Material:
    """Everything a run is made of, read from the store before anything is written."""

    dataset: dict[str, Any]
    train: list[dict[str, Any]]
    validation: list[dict[str, Any]]
    tasks: tuple[Task, ...]
    settings: TrainSettings

    @property
    def plan(self) -> Plan:
        tasks = [task.value for task in self.tasks]
        return make_plan(len(self.train), tasks, len(self.validation), self.settings)


def plan(home: Home, request: TrainRequest) -> Action[Plan]:
    """What a run would do, without starting it; refuses what training would refuse."""
    yield from ()
    return _material(home, request).plan


def train(home: Home, request: TrainRequest) -> Action[TrainResult]:
    """Start a run and follow it; closing this leaves the run training.

    Raises:
        Refused: a patient is in training and in test.
        BadUsage: an unknown base, data set, task or setting.
        RadoncError: the run failed, in the worker's own words.
    """
    material = _material(home, request)
    yield Progress("base model")
    base = _base(home, request.base)
    run = _create(home, base, material)
    work.start(run, "trainer")
    started = TrainResult(run.id, "running", material.plan, {})
    return started if request.detach else (yield from finish(home, started))


def finish(home: Home, started: TrainResult) -> Action[TrainResult]:
    """Follow a run that was started to its end; closing this leaves it training."""
    run = work.find(home, "run", started.run_id)
    state = yield from follow(run)
    return replace(started, state=state, metrics=run_metrics(run))


def _base(home: Home, name: str) -> Base:
    """The base with this name; a folder is taken in as a base first, under its own name."""
    if name == DEFAULT:
        return ensure_default(home)
    folder = Path(name)
    if not folder.is_dir():
        return find_base(home, name)
    known = {base.manifest["source"]: base for base in list_bases(home)}
    return known.get(str(folder.resolve())) or add_folder(
        home, folder, folder.resolve().name.casefold()
    )


def run_metrics(run: work.Work) -> Mapping[str, Any]:
    """What a run that has ended measured."""
    path = run.path / "metrics.json"
    return read_json(path) if path.exists() else {}


def _material(home: Home, request: TrainRequest) -> _Material:
    settings = parse_settings(request.settings)
    tasks = _tasks(request.tasks)
    with opened(home) as connection:
        dataset = datasets.show_dataset(connection, request.dataset)
        parts = {
            part: datasets.dataset_part(connection, dataset["dataset_id"], part)
            for part in ("train", "validation", "test")
        }
    leaked = patients_on_both_sides([*parts["train"], *parts["validation"]], parts["test"])
    if leaked:
        raise Refused(
            f"{len(leaked)} patients of {dataset['dataset_id']} are in training and in test.",
            "Freeze the data set again; splits by patient keep them apart.",
        )
    if not parts["train"]:
        raise RadoncError(f"{dataset['dataset_id']} has no training cases.", "Freeze another.")
    return _Material(dataset, parts["train"], parts["validation"], tasks, settings)


def _tasks(names: Sequence[str]) -> tuple[Task, ...]:
    try:
        return tuple(Task(name) for name in names) or tuple(Task)
    except ValueError as error:
        raise BadUsage(f"{error}.", f"The tasks are {', '.join(Task)}.") from error


def _create(home: Home, base: Base, material: _Material) -> work.Work:
    """The run's directory with everything frozen into it; its worker is not started."""
    dataset = material.dataset
    labels = {
        name: sorted({str(case[name]) for case in material.train}) for name in ("modality", "icd10")
    }
    spec = {
        "home": str(home.path),
        "base": {"name": base.name, "path": str(base.path), "sha256": base.sha256},
        "dataset": {"id": dataset["dataset_id"], "sha256": dataset["sha256"]},
        "tasks": [task.value for task in material.tasks],
        "settings": asdict(material.settings),
        "labels": labels,
        "synthetic": any(case["synthetic"] for case in material.train),
        "versions": {name: version(name) for name in PACKAGES},
    }
    run = work.create(home, "run", new_id("run"), spec)
    (run.path / "dataset").mkdir()
    for part, cases in (("train", material.train), ("validation", material.validation)):
        pairs = (pair for case in cases for pair in case_pairs(case, material.tasks))
        write_pairs(run.path / "dataset" / f"{part}.jsonl", pairs)
    return run
