"""Predictions whose share of right answers is known, and the evaluation made of them."""

from collections.abc import Sequence

import numpy as np

from exports.evaluation.evaluate import EvaluationSpec, ModelFile, evaluate
from exports.inference.predictor import Prediction
from trainer.tasks import Pair, Task

ANSWERS = {
    Task.REGIMEN: ("60 Gy in 30 fractions, photon, lung", "8 Gy in 1 fraction, photon, bone"),
    Task.MODALITY: ("photon", "electron"),
    Task.ICD10: ("C34.11", "C79.51"),
}
LABELS = {task.value: list(answers) for task, answers in ANSWERS.items()}
SPEC = EvaluationSpec(
    id="eval-1",
    tuned=ModelFile("bundle-1", "Q8_0.gguf", "a" * 64, "Q8_0"),
    base=ModelFile("smollm2", "Q8_0.gguf", "b" * 64, "Q8_0"),
    labels=LABELS,
    synthetic=True,
    resamples=300,
)


def pairs(n: int, cases_each: int = 1) -> list[Pair]:
    """``n`` patients, alternating between the two answers of each task."""
    return [
        Pair(f"c{i}-{j}", f"p{i}", task, f"diagnosis {i}", answers[i % 2])
        for i in range(n)
        for j in range(cases_each)
        for task, answers in ANSWERS.items()
    ]


def answered(test: Sequence[Pair], right: float, seed: int = 0) -> list[Prediction]:
    """Predictions of which a share ``right`` is right and the others the other answer."""
    rng = np.random.default_rng(seed)
    found: list[Prediction] = []
    for pair in test:
        other = next(a for a in ANSWERS[pair.task] if a != pair.answer)
        text = pair.answer if rng.random() < right else other
        found.append(Prediction(pair.case_id, pair.task, text, free_text=f"It is {text}."))
    return found


TEST = pairs(60)
RESULT = evaluate(
    TEST,
    answered(TEST, 0.2, seed=1),
    answered(TEST, 0.95, seed=2),
    {"majority": answered(TEST, 0.5, seed=3)},
    SPEC,
)
