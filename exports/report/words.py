"""The words and number formats that every report of an evaluation shares.

One place, so that the terminal and the file never say the same thing in two ways.
"""

from collections.abc import Mapping, Sequence
from typing import Any

SAFETY = (
    "For retrospective study and research; not cleared or approved as a medical device anywhere; "
    "not for deciding or entering a prescription; whether local clinical use is allowed is for "
    "the institution to determine.",
    "Learned only from patients who were irradiated here; it cannot say whether to treat.",
)
SYNTHETIC = (
    "SYNTHETIC: these cases were generated, not treated. The numbers say that the method works "
    "and nothing about patients."
)
TASKS: Mapping[str, str] = {"regimen": "regimen", "modality": "modality", "icd10": "ICD-10"}
METRICS: Mapping[str, str] = {
    "accuracy": "accuracy",
    "accuracy_string": "same wording",
    "rouge1": "ROUGE-1",
    "unparsed": "unparsed",
    "illegal": "no such label",
    "precision_macro": "precision, macro",
    "recall_macro": "recall, macro",
    "f1_macro": "F1, macro",
    "precision_weighted": "precision, weighted",
    "recall_weighted": "recall, weighted",
    "f1_weighted": "F1, weighted",
}
BASELINES: Mapping[str, str] = {
    "majority": "majority answer",
    "tfidf_lr": "TF-IDF + logistic regression",
    "nearest": "nearest case",
    "base_prompted": "base, best prompt",
}
NONE = "–"


def task_name(task: str) -> str:
    return TASKS.get(task, task)


def metric_name(metric: str) -> str:
    return METRICS.get(metric, metric)


def baseline_name(name: str) -> str:
    return BASELINES.get(name, name)


def number(value: float | None, digits: int = 3, sign: bool = False) -> str:
    """A share or score to so many digits; a dash where there is none."""
    if value is None:
        return NONE
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("+-")


def interval(ends: Sequence[float] | None, digits: int = 3) -> str:
    """``[low, high]``, or a dash."""
    if ends is None:
        return NONE
    low, high = (number(end, digits) for end in ends)
    return f"[{low}, {high}]"


def p_value(p: float | None) -> str:
    """Three digits from 0.001 up, a power of ten below, never "0"; a dash where none is claimed."""
    if p is None:
        return NONE
    if p >= 0.001:
        return f"{p:.3f}"
    return f"{p:.0e}" if p > 0 else "<1e-300"


def declared_p(entry: Mapping[str, Any]) -> float | None:
    """The exact test's p-value of a metric in the declared family; None for all else."""
    return entry.get("p_mcnemar") if entry.get("in_family") else None


def counted(n: int, one: str, many: str = "") -> str:
    """``1 patient``, ``2 patients``."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def better_worse_tied(entry: Mapping[str, Any]) -> str:
    """``55/1/4``: patients on whom the tuned model is better, worse and the same."""
    if "better" not in entry:
        return NONE
    return f"{entry['better']}/{entry['worse']}/{entry['tied']}"


def cautions(evaluation: Mapping[str, Any]) -> list[str]:
    """What a reader must know before the numbers, the worst first; empty where nothing is."""
    found: list[str] = []
    if evaluation["leaked_patients"]:
        found.append(
            f"LEAKED: {counted(evaluation['leaked_patients'], 'test patient')} also in training; "
            "the numbers are too good."
        )
    if evaluation["synthetic"]:
        found.append(SYNTHETIC)
    if evaluation.get("quick"):
        found.append("QUICK: few steps and few patients; no p-value is claimed.")
    if evaluation["test_reads"] > 1:
        found.append(
            f"The test metrics of this data set have been read {evaluation['test_reads']} times; "
            "each reading makes them a little less of a test."
        )
    if evaluation.get("unseen_codes"):
        found.append(
            f"{counted(evaluation['unseen_codes'], 'test case')} with an ICD-10 code that no "
            "training case has; counted as wrong."
        )
    for who, questions in evaluation.get("too_long", {}).items():
        if questions:
            found.append(
                f"{counted(questions, 'question')} too long for the {who} model; "
                "counted as answered wrongly."
            )
    return found
