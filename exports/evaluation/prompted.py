"""The base model asked as well as the declared prompts allow: with examples, or a list of answers.

For each task every prompt of ``prompts`` is asked of a few validation patients who choose; the
best of them is asked of the test patients. Where that is the plain one, the base's own answers
stand. Runs inside the evaluation's worker.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exports.evaluation.answers import is_right
from exports.evaluation.families import Chosen
from exports.evaluation.prompts import PLAIN, SHOTS, DeclaredPrompt, Rendered, best, prompts_for
from exports.inference.engine import Engine, ScoreRequest
from exports.inference.labels import MOST_NODES, probabilities
from exports.inference.predictor import Prediction
from store.work import Reporter
from trainer.tasks import MAX_ANSWER_TOKENS, Pair, Task

BLOCK = 24
"""Prompts sent at once; after each block it is told how far the asking is."""


@dataclass(frozen=True)
class PromptRules:
    """How many validation patients choose a prompt (0: only the plain one is asked), and how many
    examples a prompt has that has any.
    """

    patients: int = 10
    shots: int = SHOTS


@dataclass
class Prompted:
    """The base's answers to the test questions by its best prompts, in the questions' order.

    ``validation`` has by task the best prompt's share right on those who choose; ``record`` by
    task what was declared, how each prompt scored and what was chosen.
    """

    test: list[Prediction]
    validation: dict[str, float] = field(default_factory=dict[str, float])
    record: dict[str, Any] = field(default_factory=dict[str, Any])


def ask_prompted(
    model: Mapping[str, Any],
    plain: Sequence[Prediction],
    parts: tuple[Sequence[Pair], Sequence[Pair], Sequence[Pair]],
    rules: PromptRules,
    labels: Mapping[Task, Sequence[str]],
    reporter: Reporter,
    threads: int | None = None,
) -> Prompted:
    """Choose a prompt for each task and ask the test questions with it.

    Args:
        model: the base (path, sha256).
        plain: its answers to the test questions by the plain prompt, in their order.
        parts: training pairs, validation pairs of the patients who choose, test pairs.
        rules: how many patients and examples.
        labels: the closed label lists.
        reporter: told how far it is.
        threads: of computation.

    Raises:
        RadoncError: the file is absent or damaged, or it cannot answer.
    """
    train, choosing, test = parts
    held = _first_patients(choosing, rules.patients)
    answers = list(plain)
    found = Prompted(answers)
    with Engine.open(Path(model["path"]), model["sha256"], threads=threads) as engine:
        asker = _Asker(engine, labels, reporter)
        for task in [task for task in Task if any(pair.task is task for pair in test)]:
            declared = prompts_for(task, train, rules.shots)
            chosen, scores = _choose(asker, declared, [pair for pair in held if pair.task is task])
            places = [place for place, pair in enumerate(test) if pair.task is task]
            asked = [chosen.render(test[i].diagnosis, asker.fits(task)) for i in places]
            if chosen.name != PLAIN:
                made = asker.ask([test[i] for i in places], asked, f"prompt {task}")
                for place, answer in zip(places, made, strict=True):
                    answers[place] = answer
            if scores.score is not None:
                found.validation[task.value] = scores.score
            found.record[task.value] = {
                **scores.record(),
                "patients": len({pair.patient for pair in held if pair.task is task}),
                "declared": [one.record() for one in declared],
                "shortened": sum(one.shortened for one in asked),
            }
    return found


def _first_patients(pairs: Sequence[Pair], count: int) -> list[Pair]:
    chosen = set(sorted({pair.patient for pair in pairs})[:count])
    return [pair for pair in pairs if pair.patient in chosen]


def _choose(
    asker: "_Asker", declared: Sequence[DeclaredPrompt], held: Sequence[Pair]
) -> tuple[DeclaredPrompt, Chosen]:
    """The prompt that is right most often on ``held``; the plain one where nobody is there."""
    scores: dict[str, float | None] = {}
    for one in declared:
        scores[one.name] = None
        if held:
            fits = asker.fits(one.task)
            asked = [one.render(pair.diagnosis, fits) for pair in held]
            answers = asker.ask(held, asked, f"choose a prompt, {one.task}")
            right = sum(
                is_right(one.task, pair.answer, answer.text)
                for pair, answer in zip(held, answers, strict=True)
            )
            scores[one.name] = right / len(held)
    chosen = best(scores)
    return next(one for one in declared if one.name == chosen.name), chosen


@dataclass(frozen=True)
class _Asker:
    """An engine asked with rendered prompts, closed tasks by score and regimens by writing."""

    engine: Engine
    labels: Mapping[Task, Sequence[str]]
    reporter: Reporter

    def fits(self, task: Task) -> "_Fits":
        return _Fits(self.engine, self._room(task))

    def _room(self, task: Task) -> int:
        """Tokens that a prompt may have beside its answer, or the tree of all labels."""
        labels = () if task is Task.REGIMEN else self.labels[task]
        tree = sum(len(label.encode()) + 1 for label in labels)
        return self.engine.context - max(min(tree, MOST_NODES), MAX_ANSWER_TOKENS[task])

    def ask(self, pairs: Sequence[Pair], asked: Sequence[Rendered], stage: str) -> list[Prediction]:
        """An answer to each; an empty one where not even the plain prompt has room."""
        found: list[Prediction] = []
        for start in range(0, len(pairs), BLOCK):
            self.reporter.progress(stage, start, len(pairs), "answers")
            block = slice(start, start + BLOCK)
            found += self._block(pairs[block], [one.text for one in asked[block]])
        self.reporter.progress(stage, len(pairs), len(pairs), "answers")
        return found

    def _block(self, pairs: Sequence[Pair], texts: Sequence[str]) -> list[Prediction]:
        task = pairs[0].task
        fits = self.fits(task)
        places = [place for place, text in enumerate(texts) if fits(text)]
        kept = [texts[place] for place in places]
        answers = self._written(kept) if task is Task.REGIMEN else self._scored(task, kept)
        found = [Prediction(pair.case_id, task, "") for pair in pairs]
        for place, (text, chances, score) in zip(places, answers, strict=True):
            found[place] = Prediction(pairs[place].case_id, task, text, chances, score)
        return found

    def _scored(
        self, task: Task, texts: Sequence[str]
    ) -> list[tuple[str, Mapping[str, float], float]]:
        labels = self.labels[task]
        answers: list[tuple[str, Mapping[str, float], float]] = []
        for scores in self.engine.score([ScoreRequest(text, labels) for text in texts]):
            chances = probabilities(labels, scores)
            text = max(chances, key=lambda label: chances[label])
            answers.append((text, chances, chances[text]))
        return answers

    def _written(self, texts: Sequence[str]) -> list[tuple[str, Mapping[str, float], float]]:
        written = self.engine.generate(texts, MAX_ANSWER_TOKENS[Task.REGIMEN])
        return [(one.text, {}, math.exp(one.mean_logprob)) for one in written]


@dataclass(frozen=True)
class _Fits:
    """Whether a prompt has ``room`` tokens."""

    engine: Engine
    room: int

    def __call__(self, text: str) -> bool:
        # a token is at least a byte, but for the few that a tokenizer puts in front
        return len(text.encode()) + 8 <= self.room or len(self.engine.tokenize(text)) <= self.room
