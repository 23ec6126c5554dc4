"""How right one answer is: what it says, and its scores against the reference.

Base, tuned and baseline answers are read by the same functions. A regimen is read as dose and
fractions and never only as words; what does not parse is wrong, not left out. Nothing here knows
which model answered. Nothing heavy is imported, so that a screen may judge an answer again.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from store.clinical.regimen import RegimenKey, exact_key
from store.clinical.regimen_reader import legible_regimen
from trainer.tasks import Task

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer

PAIR_METRICS: Mapping[Task, tuple[str, ...]] = {
    Task.REGIMEN: ("accuracy", "accuracy_string", "rouge1", "unparsed"),
    Task.MODALITY: ("accuracy", "rouge1"),
    Task.ICD10: ("accuracy", "rouge1"),
}


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
    read = legible_regimen(text)
    return exact_key(read) if read else None


def top_dose(text: str) -> float | None:
    """The highest dose in Gy of a regimen's first phase; None for text that does not parse."""
    read = legible_regimen(text)
    return read.phases[0].dose_gy if read else None


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


def is_right(task: Task, reference: str, answer: str) -> bool:
    """Whether the answer says what the reference says.

    A regimen does when its phases equal the reference's in dose, fractions and modality, and both
    can be read; a label when it names the reference's class.
    """
    if task is Task.REGIMEN:
        key = regimen_key(answer)
        return key is not None and key == regimen_key(reference)
    return read_label(task, answer) == read_label(task, reference)


def pair_scores(
    task: Task, reference: str, text: str, answer: str | None = None
) -> dict[str, float]:
    """The scores of one answer, by the names of ``PAIR_METRICS``; each from 0 to 1.

    ``answer`` is what was read in a freely written ``text``, whose words are scored as they are;
    absent where the text is the answer. ``accuracy`` is ``is_right``; ``unparsed`` is 1 where the
    answer is no regimen (and then it is not accurate).
    """
    right = float(is_right(task, reference, text if answer is None else answer))
    if task is not Task.REGIMEN:
        return {"accuracy": right, "rouge1": rouge1(reference, text)}
    return {
        "accuracy": right,
        "accuracy_string": float(normalised(text) == normalised(reference)),
        "rouge1": rouge1(reference, text),
        "unparsed": float(regimen_key(text) is None),
    }
