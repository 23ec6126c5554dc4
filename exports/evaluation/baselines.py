"""Honest baselines: what a model must beat before anybody is impressed.

Each learns from training pairs alone and sees of a question only its diagnosis and task. The
majority answer, TF-IDF with logistic regression, and the answer of the nearest training case;
all three answer with something that stood in training. scikit-learn is imported where it is
used, which is in a worker.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from exports.inference.predictor import Prediction, Report
from store.errors import RadoncError
from trainer.tasks import Pair, Task


class Asked(Protocol):
    """What a baseline may see of a question; a ``Pair`` and a ``Question`` both have it."""

    @property
    def case_id(self) -> str: ...
    @property
    def diagnosis(self) -> str: ...
    @property
    def task(self) -> Task: ...


@dataclass(frozen=True)
class Answer:
    """One answer: its text, a probability for each known answer, and how sure (0 to 1)."""

    text: str
    probabilities: Mapping[str, float]
    score: float


Answerer: TypeAlias = Callable[[Sequence[str]], list[Answer]]
"""From diagnoses to answers, for one task."""

CHOICES_OF_C = (1.0, 10.0, 100.0, 1000.0)
FOLDS = 3
ROTATE_UP_TO = 2000
"""Training rows up to which the features are rotated into the span of the rows."""


@dataclass(frozen=True)
class Baseline:
    """A fitted baseline: one answerer for each task that it was trained on."""

    name: str
    answerers: Mapping[Task, Answerer]

    def predict(
        self, questions: Sequence[Asked], report: Report | None = None
    ) -> Iterator[Prediction]:
        """One prediction for each question, in their order; ``report(done, total)`` at the end.

        Raises:
            RadoncError: a question's task was not in the training pairs.
        """
        found: dict[tuple[str, Task], Answer] = {}
        for task in sorted({question.task for question in questions}):
            if task not in self.answerers:
                raise RadoncError(
                    f"The training pairs hold no answer to {task}.",
                    "Evaluate on the tasks that the data set has.",
                )
            asked = [question for question in questions if question.task == task]
            answers = self.answerers[task]([question.diagnosis for question in asked])
            for question, answer in zip(asked, answers, strict=True):
                found[question.case_id, task] = answer
        if report:
            report(len(questions), len(questions))
        for question in questions:
            answer = found[question.case_id, question.task]
            yield Prediction(
                question.case_id, question.task, answer.text, answer.probabilities, answer.score
            )


def fit(name: str, train: Sequence[Pair], *, seed: int = 0) -> Baseline:
    """Fit the baseline of this name (one of ``BASELINES``) on training pairs.

    ``seed`` decides only which patients share a cross-validation fold.
    """
    from threadpoolctl import threadpool_limits

    by_task: dict[Task, list[Pair]] = {}
    for pair in train:
        by_task.setdefault(pair.task, []).append(pair)
    # the matrices are small: more threads gain nothing and, on a busy machine, spin
    with threadpool_limits(1):
        answerers = {task: BASELINES[name](pairs, seed) for task, pairs in by_task.items()}
    return Baseline(name, answerers)


def _majority(pairs: Sequence[Pair], seed: int) -> Answerer:
    """The most common training answer; of equally common ones the first in the alphabet."""
    counts = Counter(pair.answer for pair in pairs)
    shares = {answer: counts[answer] / len(pairs) for answer in sorted(counts)}
    text = max(shares, key=shares.__getitem__)
    answer = Answer(text, shares, shares[text])
    return lambda diagnoses: [answer] * len(diagnoses)


def _vectorizer() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    # one-character words are kept: a grade or a stage is often one digit
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")


def _has_words(pairs: Sequence[Pair]) -> bool:
    return any(character.isalnum() for pair in pairs for character in pair.diagnosis)


def _nearest(pairs: Sequence[Pair], seed: int) -> Answerer:
    """The answer of the training case of highest TF-IDF cosine, the first where several tie."""
    majority = _majority(pairs, seed)
    if not _has_words(pairs):
        return majority
    vectorizer = _vectorizer()
    known = vectorizer.fit_transform([pair.diagnosis for pair in pairs])

    def answer(diagnoses: Sequence[str]) -> list[Answer]:
        likeness = (vectorizer.transform(diagnoses) @ known.T).toarray()
        answers = majority(diagnoses)
        for place, row in enumerate(likeness):
            if row.max() > 0:
                text = pairs[int(row.argmax())].answer
                answers[place] = Answer(text, {text: 1.0}, min(1.0, float(row.max())))
        return answers

    return answer


def _tfidf_lr(pairs: Sequence[Pair], seed: int) -> Answerer:
    """TF-IDF of words and word pairs, logistic regression, C by cross-validation by patient."""
    if len({pair.answer for pair in pairs}) < 2 or not _has_words(pairs):
        return _majority(pairs, seed)
    features = _Features.of(pairs)
    return _fit_lr(pairs, features, _chosen_c(pairs, seed), seed)


def _chosen_c(pairs: Sequence[Pair], seed: int) -> float:
    """The C of the highest accuracy over folds that share no patient; the least where they tie.

    Where there are too few patients to hold any out, the first of the choices.
    """
    from sklearn.model_selection import GroupKFold

    patients = [pair.patient for pair in pairs]
    folds = min(FOLDS, len(set(patients)))
    if folds < 2:
        return CHOICES_OF_C[0]
    right = dict.fromkeys(CHOICES_OF_C, 0)
    splitter = GroupKFold(folds, shuffle=True, random_state=seed)
    for inside, outside in splitter.split(patients, groups=patients):
        held_in = [pairs[i] for i in inside]
        held_out = [pairs[i] for i in outside]
        if len({pair.answer for pair in held_in}) < 2 or not _has_words(held_in):
            continue
        features = _Features.of(held_in)
        for c in CHOICES_OF_C:
            fitted = _fit_lr(held_in, features, c, seed)
            answers = fitted([pair.diagnosis for pair in held_out])
            right[c] += sum(a.text == p.answer for a, p in zip(answers, held_out, strict=True))
    return max(CHOICES_OF_C, key=lambda c: (right[c], -c))


@dataclass(frozen=True)
class _Features:
    """TF-IDF learnt from some pairs: their own features, and those of any other texts."""

    known: Any
    of_texts: Callable[[Sequence[str]], Any]

    @staticmethod
    def of(pairs: Sequence[Pair]) -> "_Features":
        vectorizer = _vectorizer()
        known = vectorizer.fit_transform([pair.diagnosis for pair in pairs])
        rotate = _rotation(known)
        return _Features(rotate(known), lambda texts: rotate(vectorizer.transform(texts)))


def _fit_lr(pairs: Sequence[Pair], features: _Features, c: float, seed: int) -> Answerer:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, max_iter=1000, tol=1e-3, random_state=seed)
    model.fit(features.known, [pair.answer for pair in pairs])
    classes = [str(name) for name in model.classes_]

    def answer(diagnoses: Sequence[str]) -> list[Answer]:
        answers: list[Answer] = []
        for row in model.predict_proba(features.of_texts(diagnoses)):
            best = int(row.argmax())
            probabilities = {name: float(p) for name, p in zip(classes, row, strict=True)}
            answers.append(Answer(classes[best], probabilities, float(row[best])))
        return answers

    return answer


def _rotation(known: Any) -> Callable[[Any], Any]:
    """A map of features onto orthonormal axes of the training rows' span.

    An L2-penalised linear model has its optimum in that span, so nothing changes but the time:
    with 900 cases and 29,000 features a fit took 0.4 s in place of 4 s.
    """
    rows, columns = known.shape
    if rows >= columns or rows > ROTATE_UP_TO:
        return lambda features: features
    lengths, axes = np.linalg.eigh((known @ known.T).toarray())
    kept = lengths > 1e-9 * lengths.max()
    basis = axes[:, kept] / np.sqrt(lengths[kept])
    return lambda features: (features @ known.T).toarray() @ basis


BASELINES: Mapping[str, Callable[[Sequence[Pair], int], Answerer]] = {
    "majority": _majority,
    "tfidf_lr": _tfidf_lr,
    "nearest": _nearest,
}
