"""The first line of every table and report: whether a baseline wins.

A tuned model is only worth its trouble where it is above what costs nothing, so a baseline that
answers better is named before any other number, with both numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exports.report.words import baseline_name, counted, metric_name, number, task_name

DECIDING: Mapping[str, tuple[str, ...]] = {
    "regimen": ("accuracy", "rouge1"),
    "modality": ("accuracy",),
    "icd10": ("accuracy",),
}
"""The metrics by which a baseline may win a task."""
_EQUAL = 1e-9


@dataclass(frozen=True)
class Contest:
    """The best baseline on one metric of one task, beside the tuned model."""

    task: str
    metric: str
    baseline: str
    value: float
    tuned: float

    @property
    def margin(self) -> float:
        """How far the baseline is above the tuned model."""
        return self.value - self.tuned

    def __str__(self) -> str:
        return (
            f"{baseline_name(self.baseline)} on {task_name(self.task)} "
            f"({metric_name(self.metric)} {number(self.value)} against {number(self.tuned)})"
        )


def contests(evaluation: Mapping[str, Any]) -> Iterator[Contest]:
    """The best baseline on each deciding metric of each task; the first where several tie."""
    for task, block in evaluation["tasks"].items():
        for metric in DECIDING[task]:
            values = {
                name: beside[task]["metrics"][metric]["value"]
                for name, beside in evaluation["baselines"].items()
            }
            if values:
                best = max(values, key=values.__getitem__)
                tuned = block["metrics"][metric]["tuned"]
                yield Contest(task, metric, best, values[best], tuned)


def verdict(evaluation: Mapping[str, Any]) -> str:
    """One line: which baseline wins and by what numbers, or that none does.

    That the base model answers better than the tuned one is said in the same line.
    """
    found = list(contests(evaluation))
    won = [contest for contest in found if contest.margin > _EQUAL]
    equal = [contest for contest in found if abs(contest.margin) <= _EQUAL]
    n = counted(evaluation["test_patients"], "test patient")
    if won:
        line = f"A baseline wins, {n}: {'; '.join(map(str, won))}."
    elif equal:
        line = f"No baseline wins, but one is equal, {n}: {'; '.join(map(str, equal))}."
    elif found:
        line = f"The tuned model is above every baseline on every task, {n}."
    else:
        line = f"No baseline was run, {n}."
    return line + _base_is_better(evaluation)


def _base_is_better(evaluation: Mapping[str, Any]) -> str:
    better: list[str] = []
    for task, block in evaluation["tasks"].items():
        for metric in DECIDING[task]:
            entry = block["metrics"][metric]
            if entry["base"] is not None and entry["base"] > entry["tuned"] + _EQUAL:
                numbers = f"{number(entry['base'])} against {number(entry['tuned'])}"
                better.append(f"{task_name(task)} ({metric_name(metric)} {numbers})")
    return f" The base model beats the tuned one on {'; '.join(better)}." if better else ""
