"""What is given of an answer: its flags, what they take away, and the nearest training cases.

The one place where a stop takes an answer away, for a screen, the command line, a file of rows and
the server alike. What the model wrote is kept beside as ``withheld``, for a study of it; nobody who
reads ``text`` gets it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from exports.flags.ground import Ground
from exports.flags.judge import Answered, before, judge, stopped
from exports.flags.unsure import unsure_flags
from trainer.tasks import Task

NOT_ASKED: Mapping[str, Any] = {"text": "", "score": None, "scores": {}, "abstained": True}
"""The answer to a task that a flag stopped before the model was asked."""


def to_ask(ground: Ground, diagnosis: str, tasks: Iterable[Task]) -> list[Task]:
    """The tasks that a model is asked: those that the text alone does not stop."""
    withheld = stopped(before(ground, diagnosis))
    return [task for task in tasks if task not in withheld]


def given(
    ground: Ground,
    diagnosis: str,
    tasks: Iterable[Task],
    answers: Mapping[str, Mapping[str, Any]],
    *,
    evidence: bool = True,
) -> dict[str, Any]:
    """A prediction: each task's answer as it is given, ``flags``, ``abstained`` and ``evidence``.

    Args:
        ground: what flags are held against.
        diagnosis: what was asked.
        tasks: what was asked for, in its order.
        answers: by task ``{"text", "score", ...}`` of those that the model was asked.
        evidence: whether the nearest training cases are looked for.
    """
    said = {Task(name): str(answer["text"]) for name, answer in answers.items()}
    flags = judge(ground, Answered(diagnosis, said)) + unsure_flags(ground.sure_from, answers)
    withheld = stopped(flags)
    made: dict[str, Any] = {}
    for task in tasks:
        answer = answers.get(task.value)
        if answer is None:
            made[task.value] = dict(NOT_ASKED)
        elif task in withheld:
            made[task.value] = {**NOT_ASKED, "score": answer["score"], "withheld": answer["text"]}
        else:
            made[task.value] = dict(answer)
    near = ground.index.nearest(diagnosis) if evidence and ground.index else []
    return {
        **made,
        "flags": [flag.as_json() for flag in flags],
        "abstained": [task.value for task in tasks if made[task.value].get("abstained")],
        **({"evidence": [one.as_json() for one in near]} if evidence else {}),
    }
