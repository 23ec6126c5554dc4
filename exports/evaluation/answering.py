"""Model files and baselines asked everything that one evaluation needs of them, in one sitting.

Test questions, the questions of the validation patients who calibrate, and what it would say of
no diagnosis at all. Runs inside the evaluation's worker; judges nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports.evaluation.answers import is_right
from exports.evaluation.baselines import BASELINES, fit
from exports.inference.engine import Engine, ScoreRequest
from exports.inference.labels import probabilities
from exports.inference.predictor import ModelPredictor, Prediction, Question
from store.work import Reporter
from trainer.tasks import Pair, Task, prompt


@dataclass(frozen=True)
class Asked:
    """What one model answered.

    ``test`` and ``calibrating`` are in the order of their questions; ``too_long`` counts the test
    questions without room in the context, whose empty answer is wrong. ``prior`` has, by closed
    task, each label's probability where the diagnosis is empty.
    """

    test: list[Prediction]
    calibrating: list[Prediction]
    prior: dict[str, dict[str, float]]
    too_long: int
    device: str


@dataclass(frozen=True)
class Beside:
    """What the baselines answered, by name: to the test questions, and how often they were right
    (0 to 1, by task) on the validation patients who choose.
    """

    test: dict[str, list[Prediction]]
    validation: dict[str, dict[str, float]]


def questions(pairs: Sequence[Pair]) -> list[Question]:
    """The pairs as they are asked, without their answers."""
    return [Question(pair.case_id, pair.diagnosis, pair.task) for pair in pairs]


def ask_baselines(
    train: Sequence[Pair],
    test: Sequence[Pair],
    choosing: Sequence[Pair],
    seed: int,
    reporter: Reporter,
) -> Beside:
    """Fit every baseline on training pairs and ask it the test and the choosing questions."""
    found = Beside({}, {})
    for done, name in enumerate(BASELINES):
        reporter.progress("baselines", done, len(BASELINES), "baselines")
        baseline = fit(name, train, seed=seed)
        found.test[name] = list(baseline.predict(questions(test)))
        found.validation[name] = _shares(choosing, list(baseline.predict(questions(choosing))))
    reporter.progress("baselines", len(BASELINES), len(BASELINES), "baselines")
    return found


def _shares(pairs: Sequence[Pair], answers: Sequence[Prediction]) -> dict[str, float]:
    """The share of right answers by task."""
    right: dict[str, list[bool]] = {}
    for pair, answer in zip(pairs, answers, strict=True):
        right.setdefault(pair.task.value, []).append(is_right(pair.task, pair.answer, answer.text))
    return {task: sum(found) / len(found) for task, found in right.items()}


def ask_model(
    model: Mapping[str, Any],
    role: str,
    test: Sequence[Question],
    calibrating: Sequence[Question],
    labels: Mapping[Task, Sequence[str]],
    reporter: Reporter,
    threads: int | None = None,
) -> Asked:
    """Ask the file of ``model`` (name, path, sha256) and close it again.

    Raises:
        RadoncError: the file is absent or damaged, or it cannot answer.
    """
    with Engine.open(Path(model["path"]), model["sha256"], threads=threads) as engine:
        freely = ModelPredictor(engine, labels, free_running=True, name=model["name"])
        closed = ModelPredictor(engine, labels, name=model["name"])
        made, too_long = _answers(freely, test, f"predict {role}", reporter)
        held, _ = _answers(closed, calibrating, f"calibrate {role}", reporter)
        tasks = sorted({question.task for question in test} - {Task.REGIMEN})
        empty = [ScoreRequest(prompt("", task), labels[task]) for task in tasks]
        prior = {
            task.value: probabilities(labels[task], scores)
            for task, scores in zip(tasks, engine.score(empty), strict=True)
        }
        return Asked(made, held, prior, too_long, engine.info().device)


def _answers(
    predictor: ModelPredictor, questions: Sequence[Question], stage: str, reporter: Reporter
) -> tuple[list[Prediction], int]:
    """The answers in order, and how many questions were too long to be asked."""

    def report(done: int, total: int) -> None:
        reporter.progress(stage, done, total, "answers")

    fits = [predictor.fits(question) for question in questions]
    asked = [question for question, fit in zip(questions, fits, strict=True) if fit]
    made = iter(predictor.predict(asked, report))
    answers = [
        next(made) if fit else Prediction(question.case_id, question.task, "")
        for question, fit in zip(questions, fits, strict=True)
    ]
    return answers, len(questions) - len(asked)
