"""Evaluations of several trainings beside each other: of other seeds, and of more or fewer cases.

An interval over patients says nothing of what another training would give. Trainings of the same
cases and settings but for the seed show how far they scatter (``seeds``); trainings of data sets
of other sizes show what more cases bring. Both over the test cases that all of them answered.
Reads what evaluations left; asks no model.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from exports.evaluation.answers import is_right
from exports.evaluation.seeds import spread
from exports.evaluation.statistics import Floats, proportion_interval
from trainer.tasks import Task

CaseTask: TypeAlias = tuple[str, str]
"""Case id and task."""


@dataclass(frozen=True)
class Training:
    """One training as its evaluation found it.

    ``cases`` are those that it learned from, ``settings`` without the seed. ``right`` has for each
    test case and task the patient and whether the tuned model was right (1) or wrong (0).
    """

    evaluation: str
    run: str
    dataset: str
    cases: int
    seed: int
    settings: Mapping[str, Any]
    right: Mapping[CaseTask, tuple[str, float]]

    def alike(self, other: "Training") -> bool:
        """Whether the two differ by the seed alone."""
        return (self.dataset, dict(self.settings)) == (other.dataset, dict(other.settings))


def training(
    evaluation_id: str,
    bundle: Mapping[str, Any],
    run: Mapping[str, Any],
    predictions: Iterable[Mapping[str, Any]],
) -> Training:
    """What an evaluation says of the training behind it.

    Args:
        evaluation_id: of the evaluation.
        bundle: the manifest of the bundle that it evaluated.
        run: the spec of the run that the bundle was made of.
        predictions: the records of its ``predictions.jsonl``.
    """
    settings = dict(run["settings"])
    seed = int(settings.pop("seed", 0))
    right = {
        (made["case_id"], made["task"]): (
            made["patient"],
            float(is_right(Task(made["task"]), made["reference"], made["text"])),
        )
        for made in predictions
        if made["by"] == "tuned"
    }
    dataset, cases = bundle["dataset"]["id"], int(bundle.get("training", {}).get("cases") or 0)
    return Training(evaluation_id, bundle["run"], dataset, cases, seed, settings, right)


def several(trainings: Sequence[Training]) -> dict[str, Any]:
    """What trainings say together; {} where there is one only, or no case that all answered.

    Returns:
        ``trainings`` (each with its ``scores``, the share right by task), ``patients`` (by task,
        who are common to all), ``spread`` (``Spread`` by task, of those that are like the first
        but for the seed) and ``curve`` (by task, from few cases to many: ``cases``, ``value`` and
        its ``ci95``). The last two are {} where there are not two seeds, or two sizes.
    """
    common = set(trainings[0].right) if trainings else set[CaseTask]()
    for other in trainings[1:]:
        common &= set(other.right)
    if len(trainings) < 2 or not common:
        return {}
    tasks = [task.value for task in Task if any(key[1] == task for key in common)]
    pairs = {task: sorted(key for key in common if key[1] == task) for task in tasks}
    seeds = [one for one in trainings if one.alike(trainings[0])]
    by_seed = pairs if len(seeds) > 1 else {}
    by_size = pairs if len({one.cases for one in trainings}) > 1 else {}
    return {
        "trainings": [_described(one, pairs) for one in trainings],
        "patients": {t: len(set(_values(trainings[0], keys)[1])) for t, keys in pairs.items()},
        "spread": {task: _spread(seeds, keys) for task, keys in by_seed.items()},
        "curve": {task: _curve(trainings, keys) for task, keys in by_size.items()},
    }


def _described(one: Training, pairs: Mapping[str, Sequence[CaseTask]]) -> dict[str, Any]:
    named = ("evaluation", "run", "dataset", "cases", "seed")
    scores = {task: float(_values(one, keys)[0].mean()) for task, keys in pairs.items()}
    return {**{name: getattr(one, name) for name in named}, "scores": scores}


def _values(one: Training, keys: Sequence[CaseTask]) -> tuple[Floats, list[str]]:
    found = [one.right[key] for key in keys]
    return np.array([value for _, value in found]), [patient for patient, _ in found]


def _spread(seeds: Sequence[Training], keys: Sequence[CaseTask]) -> dict[str, Any]:
    return spread({one.evaluation: _values(one, keys) for one in seeds}).record()


def _curve(trainings: Sequence[Training], keys: Sequence[CaseTask]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in sorted(trainings, key=lambda one: (one.cases, one.evaluation)):
        values, patients = _values(one, keys)
        ends = proportion_interval(values, patients).ci95
        found.append(
            {
                "evaluation": one.evaluation,
                "cases": one.cases,
                "value": float(values.mean()),
                "ci95": list(ends) if ends else None,
            }
        )
    return found
