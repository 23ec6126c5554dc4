"""Several runs as one table: what they were asked, what they measured, how they were evaluated.

Facts go in and rows come out; no file is read. A number stands beside another only with what it
was measured on, so that two evaluations of different patients are not taken for a comparison.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exports.report.trainings_part import training_lines
from exports.report.verdict import DECIDING
from exports.report.words import metric_name, task_name

SETTINGS, RESULT, EVALUATION = "settings", "result", "evaluation"
MEASURED_ON = ("dataset", "test_patients", "quick")
"""What must be equal before the numbers of two evaluations may be compared."""


@dataclass(frozen=True)
class Compared:
    """One fact of every run, None where a run has none; ``part`` is one of the three above."""

    part: str
    name: str
    values: tuple[Any, ...]
    differs: bool


@dataclass(frozen=True)
class SideBySide:
    """Runs beside each other; ``cautions`` are sentences to be read before the rows.

    ``trainings`` is what their newest evaluations say together
    (``exports.evaluation.trainings.several``), and ``together`` the same in sentences.
    """

    runs: tuple[str, ...]
    rows: tuple[Compared, ...]
    cautions: tuple[str, ...]
    trainings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    together: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunFacts:
    """What is known of one run: its summary, settings, metrics, and its newest evaluation."""

    id: str
    summary: Mapping[str, Any]
    settings: Mapping[str, Any]
    metrics: Mapping[str, Any]
    evaluation: Mapping[str, Any] | None


def side_by_side(
    runs: Sequence[RunFacts], trainings: Mapping[str, Any] | None = None
) -> SideBySide:
    """The settings that differ, then what was measured, then the headline metrics.

    ``trainings`` is what their evaluations say together.
    """
    rows = [*_settings(runs), *_results(runs), *_evaluations(runs)]
    ids, together = tuple(run.id for run in runs), training_lines(trainings or {})
    return SideBySide(ids, tuple(rows), tuple(_cautions(runs)), trainings or {}, tuple(together))


def _row(part: str, name: str, values: Sequence[Any]) -> Compared:
    return Compared(part, name, tuple(values), any(value != values[0] for value in values))


def _settings(runs: Sequence[RunFacts]) -> list[Compared]:
    asked = {"base model": "base", "data set": "dataset", "tasks": "tasks"}
    always = [
        _row(SETTINGS, name, [run.summary[key] for run in runs]) for name, key in asked.items()
    ]
    names = dict.fromkeys(name for run in runs for name in run.settings)
    rows = [_row(SETTINGS, name, [run.settings.get(name) for run in runs]) for name in names]
    return [*always, *(row for row in rows if row.differs)]


def _results(runs: Sequence[RunFacts]) -> list[Compared]:
    return [
        _row(RESULT, "state", [run.summary["state"] for run in runs]),
        _row(RESULT, "steps", [f"{run.summary['step']}/{run.summary['steps']}" for run in runs]),
        _row(RESULT, "loss", [run.summary["loss"] for run in runs]),
        _row(RESULT, "validation loss", [run.summary["validation_loss"] for run in runs]),
        _row(RESULT, "lowest validation loss", [_lowest(run) for run in runs]),
        _row(RESULT, "tokens a second", [run.summary["tokens_per_second"] for run in runs]),
        _row(RESULT, "seconds", [run.metrics.get("seconds") for run in runs]),
        _row(RESULT, "device", [run.metrics.get("device") for run in runs]),
        _row(RESULT, "precision", [run.metrics.get("precision") for run in runs]),
    ]


def _lowest(run: RunFacts) -> float | None:
    return min((entry["loss"] for entry in run.metrics.get("validation", ())), default=None)


def _evaluations(runs: Sequence[RunFacts]) -> list[Compared]:
    found = [run.evaluation for run in runs]
    if not any(found):
        return []

    def fact(name: str) -> list[Any]:
        return [evaluation and evaluation[name] for evaluation in found]

    rows = [
        _row(EVALUATION, "evaluation", fact("id")),
        _row(EVALUATION, "quantization", [e and e["tuned"]["quant"] for e in found]),
        _row(EVALUATION, "test patients", fact("test_patients")),
    ]
    for task, names in DECIDING.items():
        for name in names:
            values = [_tuned(evaluation, task, name) for evaluation in found]
            rows.append(_row(EVALUATION, f"{task_name(task)} {metric_name(name)}", values))
    return rows


def _tuned(evaluation: Mapping[str, Any] | None, task: str, name: str) -> float | None:
    if evaluation is None or task not in evaluation["tasks"]:
        return None
    return evaluation["tasks"][task]["metrics"][name]["tuned"]


def _cautions(runs: Sequence[RunFacts]) -> list[str]:
    found: list[str] = []
    if any(run.summary["synthetic"] for run in runs):
        which = [run.id for run in runs if run.summary["synthetic"]]
        found.append(f"Trained on synthetic cases: {', '.join(which)}.")
    sets = {run.summary["dataset"] for run in runs}
    if len(sets) > 1:
        found.append("The runs have different data sets, so their losses cannot be compared.")
    evaluated = [run.evaluation for run in runs if run.evaluation]
    if len({tuple(evaluation[name] for name in MEASURED_ON) for evaluation in evaluated}) > 1:
        found.append(
            "The evaluations are of different test patients, so their metrics cannot be compared."
        )
    elif len(evaluated) > 1:
        found.append(
            "Metrics stand beside each other without a test; `radonc evaluate MODEL --against "
            "MODEL` makes one."
        )
    return found
