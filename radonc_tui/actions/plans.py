"""What a training would do, known before it starts: counts, split, leakage, time and memory.

Reads the store and the home and changes neither.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from radonc_tui.actions.dataset_facts import DatasetFacts, Part, dataset_facts, long_sequences
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import datasets, work
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home
from store.lines import read_json
from trainer.bases import DEFAULT, Base, inspect, list_bases
from trainer.context import SPECIALS, context_of, token_counter, too_long
from trainer.estimate import BESIDE, Asked, Estimate, Pace, estimate
from trainer.fitting import fits, options_that_fit
from trainer.machine import this_machine
from trainer.plan import Plan, make_plan
from trainer.settings import STANDARD, TrainSettings, parse_settings, preset_settings
from trainer.shape import EMBEDDED, EMBEDDED_LICENCE, BaseShape, shape_of
from trainer.tasks import Task

FEW_CASES = 50
ROOM = 0.9
"""The share of the memory above which a plan warns."""


@dataclass(frozen=True)
class TrainRequest:
    """What to train: a base (name or folder), a data set, tasks (none: all three), settings.

    ``settings`` are KEY=VALUE options over the ``preset``; ``then`` is what follows by itself:
    nothing, (export,) or (export, evaluate). ``fit``: where memory does not suffice, compute fewer
    cases at once, and take what else the plan offers.
    """

    base: str = DEFAULT
    dataset: str = "latest"
    tasks: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    detach: bool = False
    preset: str = STANDARD
    then: tuple[str, ...] = ()
    fit: bool = False


@dataclass(frozen=True)
class RunPlan(Plan):
    """A plan with everything that a person should see before starting it.

    ``too_long`` counts the cases of each part that have more than ``context`` tokens and are left
    out, None where only the training can count; ``fitting`` are settings under which it fits into
    the memory, where it does not as asked.
    """

    base: str
    licence: str
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
    context: int
    too_long: Mapping[str, int | None]
    fitting: tuple[str, ...]
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
    model = _base(home, request.base)
    with opened(home) as connection:
        dataset = datasets.show_dataset(connection, request.dataset)
    dataset_id = str(dataset["dataset_id"])
    facts = dataset_facts(home, dataset_id, tasks)
    _gate(dataset_id, facts)
    # half of the validation patients choose, the others calibrate and are not looked at here
    held = (facts.parts["validation"].cases + 1) // 2
    counted = make_plan(facts.parts["train"].cases, tasks, held, settings)
    asked = Asked(
        *(model.sha256, model.shape, settings, counted, facts.text, this_machine()),
        characters_a_token=_characters_a_token(model, facts),
    )
    earlier = paces(home)
    estimated = estimate(asked, earlier)
    fitting = () if fits(estimated, ROOM) else options_that_fit(asked, earlier, ROOM)
    if fitting and request.fit:
        taken = replace(request, settings=(*request.settings, *fitting), fit=False)
        return (yield from plan(home, taken))
    context = context_of(model.config, settings.max_length)
    long = _too_long(home, dataset_id, tasks, model, context)
    return RunPlan(
        **vars(counted),
        base=model.name,
        licence=model.licence,
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
        context=context,
        too_long=long,
        fitting=fitting,
        cautions=(
            *_cautions(facts, estimated, fitting),
            *_export_cautions(model),
            *_long_cautions(long, context, facts.parts["train"].cases),
        ),
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


@dataclass(frozen=True)
class _Model:
    """What a plan knows of a base; ``sha256`` is "" where its folder is still to be taken in."""

    name: str
    shape: BaseShape
    sha256: str
    licence: str
    folder: Path | None

    @property
    def config(self) -> Mapping[str, Any]:
        return read_json(self.folder / "config.json") if self.folder else {}


def _base(home: Home, name: str) -> _Model:
    base = known_base(home, name)
    if base:
        return _Model(base.name, shape_of(base.path), base.sha256, base.licence, base.path)
    if name == DEFAULT:
        return _Model(name, EMBEDDED, "", EMBEDDED_LICENCE, None)
    folder = Path(name)
    named = folder.resolve().name.casefold()
    return _Model(named, shape_of(folder), "", inspect(folder)["licence"], folder)


def _characters_a_token(model: _Model, facts: DatasetFacts) -> float | None:
    """By the base's own tokenizer on a sample of the cases; None where it is not there yet."""
    count = token_counter(model.folder) if model.folder else None
    if count is None or not facts.sample:
        return None
    tokens = sum(count(text) for text in facts.sample)
    return sum(map(len, facts.sample)) / max(tokens, 1)


def _too_long(
    home: Home, dataset_id: str, tasks: tuple[Task, ...], model: _Model, context: int
) -> dict[str, int | None]:
    count = token_counter(model.folder) if model.folder else None
    found = long_sequences(home, dataset_id, tasks, context - SPECIALS)
    return {part: too_long(cases, context, count) for part, cases in found.items()}


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
    """What runs measured on this machine, the newest first; a damaged run tells nothing."""
    found: list[Pace] = []
    for run in reversed(work.everything(home, "run")):
        # opening such a run says what is wrong with it
        with suppress(RadoncError, KeyError, TypeError, AttributeError, ArithmeticError):
            pace = _pace(run)
            found += [pace] if pace else []
    return found


def _pace(run: work.Work) -> Pace | None:
    """What a run measured on this machine; None where it did not."""
    path = run.path / "metrics.json"
    if not path.exists():
        return None
    spec, metrics = run.spec, read_json(path)
    asked = spec.get("estimate")
    here = metrics.get("machine") == this_machine().name
    if not (asked and here and metrics.get("tokens_per_second")):
        return None
    settings, stages = spec["settings"], metrics["stages"]
    looks = max(len(metrics["validation"]), 1)
    cases = metrics["steps"] * settings["batch_cases"]
    return Pace(
        run_id=run.id,
        base=spec["base"]["sha256"],
        parameters=asked["parameters"],
        four_bit=asked["four_bit"],
        threads=settings["threads"],
        tokens_per_second=metrics["tokens_per_second"],
        load=stages["load"],
        sampling=stages["samples"] / looks,
        memory_beside=_memory_beside(asked, metrics),
        characters_a_token=asked["characters"] * cases / metrics["tokens"],
    )


def _export_cautions(model: _Model) -> list[str]:
    """Whether what is trained on this base can become a model file."""
    kind = model.config.get("model_type", "llama")
    if kind in ("llama", "mistral", "qwen2", "qwen3"):
        return []
    # slow to import, and asked for other bases alone
    from exports.gguf.hyperparameters import ARCHITECTURES

    if kind in ARCHITECTURES:
        return []
    return [f"A {kind} model can be trained, but not be exported as GGUF yet."]


def _long_cautions(long: Mapping[str, int | None], context: int, training: int) -> list[str]:
    """What is left out for its length; never is a case cut.

    Raises:
        RadoncError: no training case would remain.
    """
    if long["train"] == training:
        raise RadoncError(
            f"Every training case is longer than {context} tokens.",
            "Raise max_length, or take a base model with a longer context.",
        )
    if None in long.values():
        return [f"Cases of more than {context} tokens are left out; the training counts them."]
    counts = " and ".join(f"{count} of {part}" for part, count in long.items() if count)
    if not counts:
        return []
    return [f"{counts} are longer than {context} tokens and are left out: raise max_length."]


def _memory_beside(asked: Mapping[str, Any], metrics: Mapping[str, Any]) -> int:
    """How much more a run held than its shapes say."""
    held = metrics.get("card_memory_mb") or metrics.get("memory_mb")
    parts = asked.get("memory")
    if not held or not parts:
        return 0
    return int(held - sum(size for name, size in parts.items() if name != BESIDE))


def _cautions(facts: DatasetFacts, estimated: Estimate, fitting: Sequence[str]) -> list[str]:
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
    for task, classes in facts.classes.items():
        if classes == 1 and train > 1:
            said.append(f"All training cases have the same {task}: there is nothing to tell apart.")
    if train < FEW_CASES:
        said.append(f"{train} training cases are few; expect a model that repeats them.")
    if estimated.memory_mb > ROOM * estimated.available_mb:
        said.append(
            f"It may need {estimated.memory_mb / 1024:.1f} GiB of the "
            f"{estimated.available_mb / 1024:.1f} GiB here: "
            + (f"--fit takes {' '.join(fitting)}." if fitting else "take a smaller base model.")
        )
    return said


def duration(seconds: float) -> str:
    """Seconds as a person says them: ``45 s``, ``12 min``, ``3.4 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
