"""The few prompts that a base model may be asked with, so that it is not beaten by clumsy asking.

At most five a task, declared here before anything is scored; the best on validation patients is
the base's, and only that one meets the test patients. Examples are training cases. Every prompt
ends with the very question of ``trainer.tasks``, so that the answer follows in the same place, and
what of it has no room in the model's context is left out, the least useful first. No model here.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from exports.evaluation.families import Chosen, best_by_validation
from trainer.tasks import Pair, Task, completion, prompt

MOST_PROMPTS = 5
PLAIN = "plain"
PROMPTED = "base_prompted"
"""What the base model asked with its best prompt is called among the baselines."""
SHOTS = 3
LISTED_REGIMENS = 20
"""Regimens in a list: the commonest of training; the labels of the other tasks are all listed."""

Fits = Callable[[str], bool]
"""Whether a prompt, and an answer to it, has room in the model's context."""


@dataclass(frozen=True)
class Rendered:
    """A prompt as it is sent: how many examples it has, and whether the list or one was left out.

    The answer follows ``text`` after a space, as in training.
    """

    text: str
    examples: int
    listed: bool
    shortened: bool


@dataclass(frozen=True)
class DeclaredPrompt:
    """One way of asking a task; ``examples`` is "", "common" or "nearest"."""

    name: str
    task: Task
    shots: int = 0
    examples: str = ""
    listed: tuple[str, ...] = ()
    _training: "_Training | None" = field(default=None, repr=False, compare=False)

    def render(self, diagnosis: str, fits: Fits = lambda _text: True) -> Rendered:
        """The prompt for a diagnosis, of a validation or test patient.

        Examples stand least useful first, each as in training with its answer, and are dropped in
        that order, then the list, until ``fits`` says that the prompt has room; the plain prompt
        is sent whatever it says.
        """
        shown = self._shown(diagnosis)
        question = prompt(diagnosis, self.task)
        smaller = [(self.listed, shown[start:]) for start in range(len(shown) + 1)]
        smaller += [((), [])] if self.listed else []
        for listed, examples in smaller:
            text = _list(listed) + "".join(examples) + question
            if fits(text):
                cut = (listed, examples) != (self.listed, shown)
                return Rendered(text, len(examples), bool(listed), cut)
        return Rendered(question, 0, False, shortened=bool(shown or self.listed))

    def record(self) -> dict[str, Any]:
        """What a spec keeps of it."""
        return {
            "name": self.name,
            "task": self.task.value,
            "shots": self.shots,
            "examples": self.examples,
            "listed": len(self.listed),
        }

    def _shown(self, diagnosis: str) -> list[str]:
        if not self._training or not self.shots:
            return []
        found = (
            self._training.nearest(diagnosis, self.shots)
            if self.examples == "nearest"
            else self._training.common(self.shots)
        )
        return [f"{pair.prompt}{completion(pair.answer)}\n\n" for pair in reversed(found)]


def _list(answers: Sequence[str]) -> str:
    return f"Possible answers: {'; '.join(answers)}\n\n" if answers else ""


@dataclass(frozen=True)
class _Training:
    """The training pairs of one task, one for each diagnosis text."""

    pairs: tuple[Pair, ...]

    def common(self, k: int) -> list[Pair]:
        """A case of each of the ``k`` commonest answers: one whose diagnosis is of middle length.

        Of equally common answers the first in the alphabet.
        """
        counts = Counter(pair.answer for pair in self.pairs)
        answers = sorted(counts, key=lambda answer: (-counts[answer], answer))[:k]
        return [self._typical(answer) for answer in answers]

    def _typical(self, answer: str) -> Pair:
        cases = [pair for pair in self.pairs if pair.answer == answer]
        cases.sort(key=lambda pair: (len(pair.diagnosis), pair.diagnosis))
        return cases[len(cases) // 2]

    def nearest(self, diagnosis: str, k: int) -> list[Pair]:
        """The ``k`` cases of highest TF-IDF cosine, the nearest first; the commonest where no word
        is shared.
        """
        if self._index is None:
            return self.common(k)
        vectorizer, known = self._index
        likeness = (known @ vectorizer.transform([diagnosis]).T).toarray()[:, 0]
        order = sorted(range(len(self.pairs)), key=lambda place: (-likeness[place], place))[:k]
        return [self.pairs[place] for place in order] if likeness.max() > 0 else self.common(k)

    @cached_property
    def _index(self) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = [pair.diagnosis for pair in self.pairs]
        if not any(character.isalnum() for text in texts for character in text):
            return None
        vectorizer = TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"
        )
        return vectorizer, vectorizer.fit_transform(texts)


def prompts_for(task: Task, train: Sequence[Pair], shots: int = SHOTS) -> list[DeclaredPrompt]:
    """The declared prompts of a task, the plain one first; only that one without training pairs.

    plain: the diagnosis and the question, as the tuned model is asked. labels: the list of answers
    before it (for a regimen the commonest of training). common: training cases of the commonest
    answers. nearest: the training cases whose text is nearest. nearest-labels: both.

    Args:
        task: of the pairs wanted.
        train: training pairs; those of other tasks are passed over.
        shots: examples in a prompt that has any.
    """
    plain = DeclaredPrompt(PLAIN, task)
    seen: dict[str, Pair] = {}
    pairs = [pair for pair in train if pair.task == task]
    for pair in pairs:
        seen.setdefault(" ".join(pair.diagnosis.split()).casefold(), pair)
    if not seen:
        return [plain]
    training = _Training(tuple(seen.values()))
    counts = Counter(pair.answer for pair in pairs)
    answers = sorted(counts, key=lambda answer: (-counts[answer], answer))
    listed = tuple(answers[:LISTED_REGIMENS] if task is Task.REGIMEN else sorted(answers))
    found = [
        plain,
        DeclaredPrompt("labels", task, listed=listed),
        DeclaredPrompt("common", task, shots, "common", _training=training),
        DeclaredPrompt("nearest", task, shots, "nearest", _training=training),
        DeclaredPrompt("nearest-labels", task, shots, "nearest", listed, training),
    ]
    assert len(found) <= MOST_PROMPTS
    return found


def best(scores: Mapping[str, float | None]) -> Chosen:
    """The prompt of the highest validation score, of equal ones the first declared.

    Plain, and ``reason``, where none has a score.

    Args:
        scores: by the prompt's name, in the order of ``prompts_for``, on validation patients.
    """
    found = best_by_validation(scores)
    if found.name is not None:
        return found
    return Chosen(PLAIN, None, found.scores, found.reason)
