"""How far a smaller file has moved from the tuned model at full precision, in what it answers.

The export's own check compares distributions of tokens; a department asks another thing: which
answers change, and how much is lost. Measured on validation patients who calibrate and never
choose (``store.halves``), never on test patients. Nothing here opens a model.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from exports.evaluation.answers import is_right, read_label, regimen_key
from exports.evaluation.statistics import mean_interval, proportion_interval
from trainer.tasks import Pair, Task

if TYPE_CHECKING:
    from exports.inference.predictor import Prediction

RESAMPLES = 2000


def task_drift(
    pairs: Sequence[Pair], full: "Sequence[Prediction]", small: "Sequence[Prediction]"
) -> dict[str, Any]:
    """One task: answers changed, accuracy lost with its interval, mean KL over the labels.

    Args:
        pairs: validation pairs of one task.
        full: the full model's answers to them, in the same order.
        small: the smaller file's.

    Returns:
        ``n``, ``changed`` (count), ``changed_share`` and its ``changed_ci95``; ``full`` and
        ``small`` (accuracy), ``lost`` and ``lost_ci95`` by patient; ``kl`` in nats of the small
        file's distribution over the labels from the full model's, None where there are no labels.
    """
    task = pairs[0].task
    patients = [pair.patient for pair in pairs]
    asked = list(zip(pairs, full, small, strict=True))
    changed = np.array([float(_said(task, a.text) != _said(task, b.text)) for _, a, b in asked])
    right = [
        np.array([float(is_right(task, pair.answer, one.text)) for pair, one in of])
        for of in (
            [(pair, a) for pair, a, _ in asked],
            [(pair, b) for pair, _, b in asked],
        )
    ]
    lost = mean_interval(right[0] - right[1], patients, low=-1, high=1, seed=0, resamples=RESAMPLES)
    share = proportion_interval(changed, patients, seed=0, resamples=RESAMPLES)
    kls = [_kl(a.probabilities, b.probabilities) for _, a, b in asked if a.probabilities]
    return {
        "n": len(set(patients)),
        "changed": int(changed.sum()),
        "changed_share": float(changed.mean()),
        "changed_ci95": list(share.ci95) if share.ci95 else None,
        "full": float(right[0].mean()),
        "small": float(right[1].mean()),
        "lost": float((right[0] - right[1]).mean()),
        "lost_ci95": list(lost.ci95) if lost.ci95 else None,
        "kl": float(np.mean(kls)) if kls else None,
    }


def _said(task: Task, text: str) -> object:
    """What an answer says: two wordings of one regimen are no change."""
    if task is Task.REGIMEN:
        return regimen_key(text) or " ".join(text.split()).casefold()
    return read_label(task, text)


def _kl(full: Mapping[str, float], small: Mapping[str, float]) -> float:
    """KL(full, small) in nats; what the small file gives no weight counts with a tiny one."""
    return math.fsum(p * math.log(p / max(small.get(k, 0.0), 1e-12)) for k, p in full.items() if p)


def drift(
    pairs: Sequence[Pair], full: "Sequence[Prediction]", small: "Sequence[Prediction]"
) -> dict[str, Any]:
    """``task_drift`` of every task, by the task's name; {} where there are no pairs."""
    found: dict[str, Any] = {}
    for task in Task:
        places = [i for i, pair in enumerate(pairs) if pair.task is task]
        if places:
            found[task.value] = task_drift(
                [pairs[i] for i in places], [full[i] for i in places], [small[i] for i in places]
            )
    return found
