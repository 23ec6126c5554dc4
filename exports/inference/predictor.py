"""A question, the answer to it, and what asks a model file.

A deployed model, its base and a majority answer all answer with the same ``Prediction``, so that
an evaluation compares like with like. Closed sets are scored exactly, so that a class has a
probability and an answer outside the list cannot happen; regimens are written greedily.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exports.inference.engine import Engine, Generated, ScoreRequest
from exports.inference.labels import MOST_NODES, probabilities
from store.errors import BadUsage
from trainer.tasks import MAX_ANSWER_TOKENS, Task, prompt

SUGGESTION = "suggestion, not a prescription"
"""What stands beside every answer that leaves the program."""
MOST_CHARACTERS = 8000
"""The longest diagnosis that is read; what is longer is no diagnosis but a whole letter."""
BLOCK = 72
"""Questions sent at once: 24 cases, so that the engine still remembers each diagnosis."""

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Question:
    case_id: str
    diagnosis: str
    task: Task


@dataclass(frozen=True)
class Prediction:
    """One answer.

    ``probabilities`` is over the closed list, empty where there is none. ``score`` is the label's
    probability, or the geometric mean of a written answer's token probabilities (0 to 1; how sure
    the model is of its words, not how often it is right), None where there is none. ``free_text``
    is what the model wrote freely where it also chose from a list, as it stands; ``read_free``
    says what answer is in it.
    """

    case_id: str
    task: Task
    text: str
    probabilities: Mapping[str, float] = field(default_factory=dict[str, float])
    score: float | None = None
    free_text: str = ""


@dataclass(frozen=True)
class ModelPredictor:
    """A model file behind an engine.

    ``labels`` has the closed list of each closed task; ``free_running`` also has the model write
    those answers freely. ``earlier`` finds for a diagnosis the regimens of similar cases, the most
    similar first: they make ``watch`` faster and change no word.
    """

    engine: Engine
    labels: Mapping[Task, Sequence[str]]
    free_running: bool = False
    name: str = "model"
    earlier: Callable[[str], Sequence[str]] | None = None

    def predict(
        self, questions: Sequence[Question], report: Report | None = None
    ) -> Iterator[Prediction]:
        """Predictions in the order of the questions; put the tasks of one case side by side.

        ``report(done, total)`` counts answers: a closed question with free running has two.

        Raises:
            BadUsage: a closed task has no labels, or one twice.
            RadoncError: the engine failed.
        """
        self._check({question.task for question in questions})
        total = sum(self._closed(q) + self._written(q) for q in questions)
        done = 0

        def step(_done: int, _total: int) -> None:
            nonlocal done
            done += 1
            if report:
                report(done, total)

        for start in range(0, len(questions), BLOCK):
            yield from self._block(questions[start : start + BLOCK], step)

    def watch(self, question: Question) -> Iterator[str | Prediction]:
        """One prediction as it is made: the text so far of what is written, then the whole.

        The same answers as ``predict`` but for rounding, since somebody waits: probabilities to
        0.001, and a regimen whose tokens are computed one by one. A closed question comes whole,
        its free text is not asked.

        Raises:
            BadUsage: a closed task has no labels, or one twice.
            RadoncError: the engine failed.
        """
        self._check({question.task})
        text = prompt(question.diagnosis, question.task)
        if self._closed(question):
            labels = self.labels[question.task]
            (scores,) = self.engine.score([ScoreRequest(text, labels, exact=False)])
            yield _prediction(question, probabilities(labels, scores), None)
            return
        earlier = self.earlier(question.diagnosis) if self.earlier else ()
        for written in self.engine.stream(text, MAX_ANSWER_TOKENS[question.task], earlier):
            yield written if isinstance(written, str) else _prediction(question, {}, written)

    def refusal(self, questions: Sequence[Question]) -> str:
        """Why the questions of one diagnosis cannot be asked, in a sentence; "" where they can."""
        why = refusal(questions[0].diagnosis) if questions else ""
        if not why and not all(self.fits(question) for question in questions):
            why = f"The diagnosis is longer than the {self.engine.context} tokens of the model."
        return why

    def fits(self, question: Question) -> bool:
        """Whether prompt and answer have room in the model's context; ``predict`` raises if not."""
        text = prompt(question.diagnosis, question.task)
        room = self.engine.context - self._longest_answer(question.task)
        # a token is at least a byte, but for the few that a tokenizer puts in front
        return len(text.encode()) + 8 <= room or len(self.engine.tokenize(text)) <= room

    def _longest_answer(self, task: Task) -> int:
        """The most tokens that an answer, or the tree of all labels, can take."""
        labels = self.labels.get(task, ()) if task is not Task.REGIMEN else ()
        tree = sum(len(label.encode()) + 1 for label in labels)
        return max(min(tree, MOST_NODES), MAX_ANSWER_TOKENS[task])

    def _block(self, questions: Sequence[Question], step: Report) -> Iterator[Prediction]:
        prompts = [prompt(question.diagnosis, question.task) for question in questions]
        closed = [i for i, question in enumerate(questions) if self._closed(question)]
        written = [i for i, question in enumerate(questions) if self._written(question)]
        chosen: dict[int, dict[str, float]] = {}
        asked = [ScoreRequest(prompts[i], self.labels[questions[i].task]) for i in closed]
        for i, scores in zip(closed, self.engine.score(asked), strict=True):
            chosen[i] = probabilities(self.labels[questions[i].task], scores)
            step(len(chosen), len(closed))
        most = [MAX_ANSWER_TOKENS[questions[i].task] for i in written]
        answers = self.engine.generate([prompts[i] for i in written], most, step)
        texts = dict(zip(written, answers, strict=True))
        for i, question in enumerate(questions):
            yield _prediction(question, chosen.get(i, {}), texts.get(i))

    def _closed(self, question: Question) -> bool:
        return question.task is not Task.REGIMEN

    def _written(self, question: Question) -> bool:
        return self.free_running or question.task is Task.REGIMEN

    def _check(self, tasks: set[Task]) -> None:
        for task in sorted(tasks - {Task.REGIMEN}):
            labels = self.labels.get(task, ())
            if not labels or len(set(labels)) != len(labels):
                raise BadUsage(
                    f"The {task} task needs a list of different labels to choose from.",
                    "The labels are those of the training part of a data set.",
                )


def refusal(diagnosis: str) -> str:
    """Why no model would be asked this, in a sentence; "" where one would."""
    if not diagnosis.strip():
        return "The diagnosis is empty."
    if len(diagnosis) > MOST_CHARACTERS:
        return f"The diagnosis has {len(diagnosis)} characters; at most {MOST_CHARACTERS} are read."
    # bytes of a command line that are no UTF-8 come in as lone surrogates
    if any("\ud800" <= character <= "\udfff" for character in diagnosis):
        return "The diagnosis has characters that are no text."
    return ""


def _prediction(
    question: Question, chosen: Mapping[str, float], written: Generated | None
) -> Prediction:
    if not chosen:
        assert written is not None
        score = math.exp(written.mean_logprob)
        return Prediction(question.case_id, question.task, written.text, score=score)
    text = max(chosen, key=lambda label: chosen[label])
    free = written.text if written else ""
    return Prediction(question.case_id, question.task, text, chosen, chosen[text], free)
