"""Answers whose score is below what an evaluation has proven to be right often enough.

The threshold is found on validation patients (``exports.evaluation.selective``) and belongs to one
file; a model that was not evaluated, or for which none was found, has none.
"""

from collections.abc import Mapping
from typing import Any

from exports.flags.flag import Flag, Level
from exports.report.words import task_name
from store.home import Home
from store.lines import read_json
from store.work import everything
from trainer.tasks import Task

UNSURE = "unsure"


def thresholds(home: Home, sha256: str) -> dict[Task, float]:
    """By task the score from which on this file's answers are sure enough.

    From the newest evaluation of the file; tasks without a threshold are not there.
    """
    for made in reversed(everything(home, "eval")):
        if made.manifest_exists and made.spec["tuned"]["sha256"] == sha256:
            found = read_json(made.path / "evaluation.json").get("selective", {})
            scores = {name: task["threshold"]["threshold"] for name, task in found.items()}
            return {Task(name): score for name, score in scores.items() if score is not None}
    return {}


def unsure_flags(
    least: Mapping[Task, float], answers: Mapping[str, Mapping[str, Any]]
) -> list[Flag]:
    """A check for each answer whose score is below its task's threshold, or that has none."""
    found: list[Flag] = []
    for task, threshold in least.items():
        answer = answers.get(task.value)
        if answer is None:
            continue
        score = answer["score"]
        if score is None or score < threshold:
            shown = "none" if score is None else f"{score:.2f}"
            said = (
                f"The score of the {task_name(task.value)} is {shown}; from {threshold:.2f} on "
                "answers were right often enough on validation patients."
            )
            found.append(Flag(UNSURE, Level.CHECK, said, (task,)))
    return found
