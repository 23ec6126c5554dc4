"""How right many answers over closed classes are: precision, recall and F1.

Knows classes and weights only: how an answer is read is ``answers``, and which model gave it or
whether a difference could be chance is asked elsewhere.
"""

from collections.abc import Sequence
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASS_METRICS = (
    "precision_macro",
    "recall_macro",
    "f1_macro",
    "precision_weighted",
    "recall_weighted",
    "f1_weighted",
)
LOWER_IS_BETTER = frozenset({"unparsed", "illegal"})


def class_metrics(
    reference: Sequence[str], answered: Sequence[str], weights: NDArray[Any] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Precision, recall and F1 over the classes, each averaged as macro and as weighted.

    Averages run over the classes in the reference; a class that is never answered has
    precision 0, and a class's weight is how often the reference has it. The classes are those of
    the sample in every row of weights: where a row happens to leave a class out, which then has
    no recall, the macro average takes the class's value in the sample.

    Args:
        reference: the true class of each of n answers.
        answered: the class answered; one that is not in the reference is simply wrong.
        weights: how often each answer counts, of shape (b, n); one row of ones if absent.

    Returns:
        an array of b values for each name of ``CLASS_METRICS``; NaN where there is no answer.
    """
    sample = np.ones((1, len(reference)))
    rows = sample if weights is None else np.vstack([sample, np.asarray(weights, dtype=float)])
    true, answer = np.asarray(reference, dtype=object), np.asarray(answered, dtype=object)
    classes = np.array(sorted(set(reference)), dtype=object)
    is_true = (true[:, None] == classes).astype(float)
    is_said = (answer[:, None] == classes).astype(float)
    hits, support, said = rows @ (is_true * is_said), rows @ is_true, rows @ is_said
    absent = support == 0
    by_class = {
        "precision": ratio(hits, said),
        "recall": ratio(hits, support),
        "f1": ratio(2 * hits, said + support),
    }
    first = 0 if weights is None else 1
    found: dict[str, NDArray[np.float64]] = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        for name, values in by_class.items():
            macro = np.where(absent, values[0], values).mean(1) if len(classes) else np.full(1, nan)
            found[f"{name}_macro"] = macro[first:]
            found[f"{name}_weighted"] = ((values * support).sum(1) / support.sum(1))[first:]
    return {name: found[name] for name in CLASS_METRICS}


def ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """One array by the other; 0 where that is 0."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
