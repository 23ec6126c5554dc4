"""How right one answer is, and how right many answers over closed classes are.

Base, tuned and baseline answers are read by the same functions. A regimen is read as dose and
fractions and never only as words; what does not parse is wrong, not left out. Nothing here
knows which model answered, and nothing here tests a hypothesis.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from store.clinical.regimen import RegimenKey, exact_key
from store.clinical.regimen_reader import RegimenError, parse_regimen
from trainer.tasks import Task

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer

CLASS_METRICS = (
    "precision_macro",
    "recall_macro",
    "f1_macro",
    "precision_weighted",
    "recall_weighted",
    "f1_weighted",
)
PAIR_METRICS: Mapping[Task, tuple[str, ...]] = {
    Task.REGIMEN: ("accuracy", "accuracy_string", "rouge1", "unparsed"),
    Task.MODALITY: ("accuracy", "rouge1"),
    Task.ICD10: ("accuracy", "rouge1"),
}
LOWER_IS_BETTER = frozenset({"unparsed", "illegal"})


def normalised(text: str) -> str:
    """The text with runs of whitespace made one space, and without case."""
    return " ".join(text.split()).casefold()


def read_label(task: Task, text: str) -> str:
    """The class a closed-set answer names: its first line, without case, spaces or end mark.

    An ICD-10 code may be written with or without its point (after the third character), which
    changes nothing about which code it is. Text around a label is not searched for one.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    label = normalised(first).rstrip(".,;")
    if task is Task.ICD10:
        bare = label.replace(" ", "").replace(".", "").upper()
        return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare
    return label


@lru_cache(maxsize=8192)
def regimen_key(text: str) -> RegimenKey | None:
    """What makes two regimens equal, or None for text that does not parse."""
    try:
        return exact_key(parse_regimen(text))
    except RegimenError:
        return None


@lru_cache(maxsize=1)
def _scorer() -> "RougeScorer":
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rouge1"], use_stemmer=False)


@lru_cache(maxsize=65536)
def rouge1(reference: str, text: str) -> float:
    """ROUGE-1 F-measure, 0 to 1, by the ``rouge_score`` package as published, no stemming.

    Lin (2004). Its tokens are runs of letters and digits, so "1.8" is two of them.
    """
    return float(_scorer().score(reference, text)["rouge1"].fmeasure)


def pair_scores(
    task: Task, reference: str, text: str, answer: str | None = None
) -> dict[str, float]:
    """The scores of one answer, by the names of ``PAIR_METRICS``; each from 0 to 1.

    ``answer`` is what was read in a freely written ``text``, whose words are scored as they are;
    absent where the text is the answer. A regimen is accurate when its phases equal the
    reference's in dose, fractions and modality; ``unparsed`` is 1 where the answer is no regimen
    (and then it is not accurate).
    """
    if task is Task.REGIMEN:
        key = regimen_key(text)
        return {
            "accuracy": float(key is not None and key == regimen_key(reference)),
            "accuracy_string": float(normalised(text) == normalised(reference)),
            "rouge1": rouge1(reference, text),
            "unparsed": float(key is None),
        }
    label = read_label(task, reference)
    return {
        "accuracy": float(read_label(task, text if answer is None else answer) == label),
        "rouge1": rouge1(reference, text),
    }


def class_metrics(
    reference: Sequence[str], answered: Sequence[str], weights: NDArray[Any] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Precision, recall and F1 over the classes, each averaged as macro and as weighted.

    Averages run over the classes in the reference; a class that is never answered has
    precision 0, and a class's weight is how often the reference has it.

    Args:
        reference: the true class of each of n answers.
        answered: the class answered; one that is not in the reference is simply wrong.
        weights: how often each answer counts, of shape (b, n); one row of ones if absent.

    Returns:
        an array of b values for each name of ``CLASS_METRICS``; NaN where a row has no weight.
    """
    rows = np.ones((1, len(reference))) if weights is None else np.asarray(weights, dtype=float)
    true, answer = np.asarray(reference, dtype=object), np.asarray(answered, dtype=object)
    classes = np.array(sorted(set(reference)), dtype=object)
    is_true = (true[:, None] == classes).astype(float)
    is_said = (answer[:, None] == classes).astype(float)
    hits, support, said = rows @ (is_true * is_said), rows @ is_true, rows @ is_said
    present = support > 0
    by_class = {
        "precision": _ratio(hits, said),
        "recall": _ratio(hits, support),
        "f1": _ratio(2 * hits, said + support),
    }
    averages = {"macro": present.astype(float), "weighted": support}
    found: dict[str, NDArray[np.float64]] = {}
    with np.errstate(invalid="ignore"):
        for average, weight in averages.items():
            for name, values in by_class.items():
                found[f"{name}_{average}"] = (values * weight).sum(1) / weight.sum(1)
    return {name: found[name] for name in CLASS_METRICS}


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
