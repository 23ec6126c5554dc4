"""What a training would do, known before it starts: counts, split, leakage, time and memory.

Reads the store and the home and changes neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radonc_tui.actions.dataset_facts import DatasetFacts, Part, dataset_facts
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import datasets, work
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home
from store.lines import read_json
from trainer.bases import DEFAULT, Base, list_bases
from trainer.estimate import Asked, Estimate, Pace, estimate
from trainer.machine import this_machine
from trainer.plan import Plan, make_plan
from trainer.settings import STANDARD, TrainSettings, parse_settings, preset_settings
from trainer.shape import EMBEDDED, BaseShape, shape_of
from trainer.tasks import Task

FEW_CASES = 50
ROOM = 0.9
"""The share of the memory above which a plan warns."""


@dataclass(frozen=True)
class TrainRequest:
    """What to train: a base (name or folder), a data set, tasks (none: all three), settings.

    ``settings`` are KEY=VALUE options over the ``preset``; ``then`` is what follows by itself:
    nothing, (export,) or (export, evaluate).
    """

    base: str = DEFAULT
    dataset: str = "latest"
    tasks: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    detach: bool = False
    preset: str = STANDARD
    then: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunPlan(Plan):
    """A plan with everything that a person should see before starting it."""

    base: str
    dataset: str
    dataset_sha256: str
    tasks: tuple[str, ...]
    preset: str
    settings: TrainSettings
    synthetic: bool
    parts: Mapping[str, Part]
    leaked_patients: int
    same_texts: int
    estimate: Estimate
    cautions: tuple[str, ...]


def plan(home: Home, request: TrainRequest) -> Action[RunPlan]:
    """What a run would do, without starting it; refuses what training would refuse.

    Raises:
        Refused: a patient is in training and in test.
        BadUsage: an unknown base, data set, task or setting.
        RadoncError: there is nothing to train on.
    """
    yield from ()
    settings = parse_settings(request.settings, preset_settings(request.preset))
    tasks = read_tasks(request.tasks)
    base, shape, sha256 = _base(home, request.base)
    with opened(home) as connection:
        dataset = datasets.show_dataset(connection, request.dataset)
    dataset_id = str(dataset["dataset_id"])
    facts = dataset_facts(home, dataset_id, tasks)
    _gate(dataset_id, facts)
    # half of the validation patients choose, the others calibrate and are not looked at here
    held = (facts.parts["validation"].cases + 1) // 2
    counted = make_plan(facts.parts["train"].cases, tasks, held, settings)
    asked = Asked(sha256, shape, settings, counted, facts.text, this_machine())
    estimated = estimate(asked, paces(home))
    return RunPlan(
        **vars(counted),
        base=base,
        dataset=dataset_id,
        dataset_sha256=dataset["sha256"],
        tasks=tuple(task.value for task in tasks),
        preset=request.preset,
        settings=settings,
        synthetic=facts.synthetic,
        parts=facts.parts,
        leaked_patients=facts.leaked,
        same_texts=facts.same_texts,
        estimate=estimated,
        cautions=tuple(_cautions(facts, estimated)),
    )


def read_tasks(names: Sequence[str]) -> tuple[Task, ...]:
    """The tasks of these names; all three where none is named.

    Raises:
        BadUsage: an unknown name.
    """
    try:
        return tuple(Task(name) for name in names) or tuple(Task)
    except ValueError as error:
        raise BadUsage(f"{error}.", f"The tasks are {', '.join(Task)}.") from error


def _gate(dataset_id: str, facts: DatasetFacts) -> None:
    if facts.leaked:
        raise Refused(
            f"{facts.leaked} patients of {dataset_id} are in training and in test.",
            "Freeze the data set again; splits by patient keep them apart.",
        )
    if not facts.parts["train"].cases:
        raise RadoncError(f"{dataset_id} has no training cases.", "Freeze another.")


def _base(home: Home, name: str) -> tuple[str, BaseShape, str]:
    """(name, shape, hash) of a base; the hash is "" where its folder is still to be taken in."""
    base = known_base(home, name)
    if base:
        return base.name, shape_of(base.path), base.sha256
    if name == DEFAULT:
        return name, EMBEDDED, ""
    return Path(name).resolve().name.casefold(), shape_of(Path(name)), ""


def known_base(home: Home, name: str) -> Base | None:
    """The base of this name or made of this folder; None where it is still to be taken in.

    Raises:
        BadUsage: it is neither a base nor a folder.
    """
    bases = list_bases(home)
    for base in bases:
        if base.name == name:
            return base
    if name == DEFAULT:
        return None
    folder = Path(name)
    if folder.is_dir():
        made = {base.manifest["source"]: base for base in bases}
        return made.get(str(folder.resolve()))
    names = ", ".join(base.name for base in bases) or DEFAULT
    raise BadUsage(
        f"There is no base model {name!r}.",
        f"There is {names}; add a local folder with `radonc models add FOLDER`.",
    )


def paces(home: Home) -> list[Pace]:
    """What runs measured on this machine, the newest first."""
    machine = this_machine().name
    found: list[Pace] = []
    for run in reversed(work.everything(home, "run")):
        path = run.path / "metrics.json"
        if not path.exists():
            continue
        spec, metrics = run.spec, read_json(path)
        asked = spec.get("estimate")
        if asked and metrics.get("machine") == machine and metrics.get("tokens_per_second"):
            found.append(_pace(run.id, spec, metrics))
    return found


def _pace(run_id: str, spec: Mapping[str, Any], metrics: Mapping[str, Any]) -> Pace:
    settings, asked, stages = spec["settings"], spec["estimate"], metrics["stages"]
    looks = max(len(metrics["validation"]), 1)
    cases = metrics["steps"] * settings["batch_cases"]
    return Pace(
        run_id=run_id,
        base=spec["base"]["sha256"],
        parameters=asked["parameters"],
        four_bit=asked["four_bit"],
        threads=settings["threads"],
        tokens_per_second=metrics["tokens_per_second"],
        load=stages["load"],
        sampling=stages["samples"] / looks,
        characters_a_token=asked["characters"] * cases / metrics["tokens"],
    )


def _cautions(facts: DatasetFacts, estimated: Estimate) -> list[str]:
    """Sentences about what a person should know before starting."""
    said: list[str] = []
    train, held = facts.parts["train"].cases, facts.parts["validation"].cases
    if facts.same_texts:
        said.append(
            f"{facts.same_texts} test cases have the very diagnosis text of a training case: "
            "on these a model may do well by memory."
        )
    if not held:
        said.append("There are no validation cases: nothing will warn of overfitting.")
    if train < FEW_CASES:
        said.append(f"{train} training cases are few; expect a model that repeats them.")
    if estimated.memory_mb > ROOM * estimated.available_mb:
        said.append(
            f"It may need {estimated.memory_mb / 1024:.1f} GiB of the "
            f"{estimated.available_mb / 1024:.1f} GiB here: lower batch_cases or max_length."
        )
    return said


def duration(seconds: float) -> str:
    """Seconds as a person says them: ``45 s``, ``12 min``, ``3.4 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
