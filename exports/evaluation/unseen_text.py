"""Every metric once more, on the test pairs whose text does not occur in training.

Different patients may have the very same words in their files, and a model that has seen them may
only repeat what it was told. So beside each metric stands its value on the texts that are new. It
is described and not tested: no interval, no p-value, nothing of the family.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exports.evaluation.metrics import CLASS_METRICS, class_metrics
from exports.evaluation.statistics import Floats, finite
from store.leakage import plain_text
from trainer.tasks import Pair

Kept: TypeAlias = NDArray[np.bool_]
"""Of each pair, whether its text is new."""


def texts_of(pairs: Iterable[Pair]) -> frozenset[str]:
    """The diagnosis texts of pairs as they are compared: without case and spaces."""
    return frozenset(plain_text(text) for text in {pair.diagnosis for pair in pairs})


def unseen(pairs: Sequence[Pair], seen: frozenset[str]) -> Kept:
    """Of each pair, whether its text is not among those seen."""
    return np.array([plain_text(pair.diagnosis) not in seen for pair in pairs], dtype=bool)


def add_unseen(
    entries: Mapping[str, dict[str, Any]],
    kept: Kept,
    scores: Mapping[str, Mapping[str, Floats]],
) -> None:
    """Write ``unseen_text`` into the entries of per-pair metrics.

    Args:
        entries: the entries of one group of metrics; those without scores are left alone.
        kept: of each pair, whether its text is new.
        scores: by who answered ("tuned", "base", or "value" for a baseline) and metric, one
            number for each pair.
    """
    for name, entry in entries.items():
        values = {
            who: float(of[name][kept].mean()) if kept.any() else None
            for who, of in scores.items()
            if name in of
        }
        if values:
            entry["unseen_text"] = _with_difference(values)


def add_unseen_classes(
    entries: Mapping[str, dict[str, Any]],
    kept: Kept,
    reference: Sequence[str],
    classes: Mapping[str, Sequence[str]],
) -> None:
    """Write ``unseen_text`` into the entries of metrics over classes; ``classes`` by who."""
    true = [label for label, new in zip(reference, kept, strict=True) if new]
    found = {
        who: class_metrics(true, [s for s, new in zip(said, kept, strict=True) if new])
        for who, said in classes.items()
        if true
    }
    for name in CLASS_METRICS:
        values = {who: finite(found[who][name][0]) if true else None for who in classes}
        entries[name]["unseen_text"] = _with_difference(values)


def _with_difference(values: Mapping[str, float | None]) -> dict[str, float | None]:
    """The values, and tuned minus base where both are there."""
    base, tuned = values.get("base"), values.get("tuned")
    if base is None or tuned is None:
        return dict(values)
    return {**values, "difference": round(tuned - base, 12)}
