"""An evaluation looked at closely: every metric, confusions, codes, and every test case.

Made from what an evaluation left (``evaluation.json`` and the records of ``predictions.jsonl``)
and computed again nowhere else. Nothing heavy is imported, nothing is tested or averaged here,
and no patient is named: a test case is known by its id.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from exports.evaluation.answers import is_right, read_label
from store.errors import RadoncError
from trainer.tasks import Task

BETTER, WORSE, SAME = "better", "worse", "same"
MOST_LIKELY = 5
"""Labels kept of an answer's probabilities."""


@dataclass(frozen=True)
class Metric:
    """One metric of one task, over ``n`` patients.

    ``freely``: of answers written without the list of labels. Where there is no p-value ``reason``
    says why, and ``ci95_reason`` where there is no interval. ``p_exact`` and ``p_holm`` are of the
    declared tests alone, ``p_wilcoxon`` is the paper's. ``baselines`` has each baseline's
    value by its name.
    """

    task: str
    name: str
    freely: bool
    n: int
    base: float | None
    tuned: float | None
    difference: float | None
    ci95: tuple[float, float] | None
    ci95_reason: str
    p_wilcoxon: float | None
    p_holm: float | None
    p_exact: float | None
    reason: str
    better: int | None
    worse: int | None
    tied: int | None
    baselines: Mapping[str, float | None]


@dataclass(frozen=True)
class Answer:
    """What one model answered, whether that is right, and how sure it was (0 to 1, or None)."""

    text: str
    right: bool
    score: float | None = None
    free_text: str = ""
    likely: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class JudgedCase:
    """One task of one test case; ``change`` is "" where there is no base model."""

    case_id: str
    task: str
    reference: str
    tuned: Answer
    base: Answer | None
    change: str
    baselines: Mapping[str, Answer] = field(default_factory=dict[str, Answer])


@dataclass(frozen=True)
class Confusion:
    """How often each class of the reference (a row) was answered as each class (a column)."""

    by: str
    reference: tuple[str, ...]
    answered: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class CodeCount:
    """One code of the reference: its test cases, how many each model had right.

    ``wrong`` is the tuned model's commonest wrong answer, given ``times`` times; "" for none.
    """

    code: str
    cases: int
    base: int | None
    tuned: int
    wrong: str
    times: int


Key: TypeAlias = tuple[str, str, str]
"""Case id, task, reference."""


def metrics(evaluation: Mapping[str, Any]) -> tuple[Metric, ...]:
    """Every metric of every task, those of freely written answers after the others."""
    found: list[Metric] = []
    for task, block in evaluation["tasks"].items():
        for group in ("metrics", "free_running"):
            for name, entry in block.get(group, {}).items():
                freely = group == "free_running"
                beside = {} if freely else _beside(evaluation, task, name)
                found.append(_metric(task, name, freely, int(block["n"]), entry, beside))
    return tuple(found)


def _beside(evaluation: Mapping[str, Any], task: str, name: str) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for baseline, blocks in evaluation["baselines"].items():
        entry = blocks.get(task, {}).get("metrics", {}).get(name)
        if entry:
            found[baseline] = entry["value"]
    return found


def _metric(
    task: str,
    name: str,
    freely: bool,
    n: int,
    entry: Mapping[str, Any],
    beside: Mapping[str, float | None],
) -> Metric:
    ends = entry["ci95"]
    return Metric(
        task=task,
        name=name,
        freely=freely,
        n=n,
        base=entry["base"],
        tuned=entry["tuned"],
        difference=entry["difference"],
        ci95=(ends[0], ends[1]) if ends else None,
        ci95_reason=entry.get("ci95_reason", ""),
        p_wilcoxon=entry["p_one_sided"],
        p_holm=entry["p_holm"],
        p_exact=entry.get("p_mcnemar") if entry.get("in_family") else None,
        reason=entry.get("reason", ""),
        better=entry.get("better"),
        worse=entry.get("worse"),
        tied=entry.get("tied"),
        baselines=beside,
    )


def add_answer(found: dict[Key, dict[str, Answer]], record: Mapping[str, Any]) -> None:
    """Judge one record of ``predictions.jsonl`` and put it with the others of its test case.

    Raises:
        RadoncError: the record is no answer.
    """
    try:
        task, reference, text = Task(record["task"]), record["reference"], record["text"]
        probabilities: Mapping[str, float] = record["probabilities"]
        answer = Answer(
            text,
            is_right(task, reference, text),
            record["score"],
            record["free_text"],
            tuple(sorted(probabilities.items(), key=lambda p: -p[1])[:MOST_LIKELY]),
        )
        found.setdefault((record["case_id"], task.value, reference), {})[record["by"]] = answer
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise RadoncError(
            f"A line of the predictions is no answer ({error}).", "Evaluate again."
        ) from error


def judged_cases(found: Mapping[Key, Mapping[str, Answer]]) -> tuple[JudgedCase, ...]:
    """The test cases of what ``add_answer`` gathered, in the order in which they came.

    Raises:
        RadoncError: the tuned model's answer to one is missing.
    """
    cases: list[JudgedCase] = []
    for (case_id, task, reference), answers in found.items():
        if "tuned" not in answers:
            raise RadoncError(f"The answer to {task} of {case_id} is missing.", "Evaluate again.")
        tuned, base = answers["tuned"], answers.get("base")
        beside = {by: said for by, said in answers.items() if by not in ("tuned", "base")}
        change = _change(base, tuned)
        cases.append(JudgedCase(case_id, task, reference, tuned, base, change, beside))
    return tuple(cases)


def _change(base: Answer | None, tuned: Answer) -> str:
    """By right and wrong: a wrong answer that is less wrong is the same."""
    if base is None:
        return ""
    if base.right == tuned.right:
        return SAME
    return BETTER if tuned.right else WORSE


def confusions(cases: Iterable[JudgedCase], task: Task = Task.MODALITY) -> tuple[Confusion, ...]:
    """The confusion matrix of a closed-set task, base then tuned, on the same axes."""
    chosen = [case for case in cases if case.task == task]
    answers = {
        "base": [case.base.text for case in chosen if case.base],
        "tuned": [case.tuned.text for case in chosen],
    }
    reference = [read_label(task, case.reference) for case in chosen]
    rows = tuple(sorted(set(reference)))
    said = {by: [read_label(task, text) for text in texts] for by, texts in answers.items()}
    others = sorted({label for labels in said.values() for label in labels} - set(rows))
    columns = (*rows, *others)
    return tuple(
        Confusion(by, rows, columns, _table(reference, labels, rows, columns))
        for by, labels in said.items()
        if labels
    )


def _table(
    reference: Sequence[str], said: Sequence[str], rows: Sequence[str], columns: Sequence[str]
) -> tuple[tuple[int, ...], ...]:
    counts = Counter(zip(reference, said, strict=True))
    return tuple(tuple(counts[row, column] for column in columns) for row in rows)


def code_counts(cases: Iterable[JudgedCase]) -> tuple[CodeCount, ...]:
    """Every ICD-10 code of the reference, the most frequent first."""
    by_code: dict[str, list[JudgedCase]] = {}
    for case in cases:
        if case.task == Task.ICD10:
            by_code.setdefault(read_label(Task.ICD10, case.reference), []).append(case)
    found = [_code_count(code, group) for code, group in by_code.items()]
    return tuple(sorted(found, key=lambda row: (-row.cases, row.code)))


def _code_count(code: str, group: Sequence[JudgedCase]) -> CodeCount:
    wrong = Counter(
        read_label(Task.ICD10, case.tuned.text) for case in group if not case.tuned.right
    )
    # of equally common ones the first in the alphabet
    answer, times = min(wrong.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
    bases = [case.base for case in group if case.base]
    return CodeCount(
        code,
        len(group),
        sum(base.right for base in bases) if bases else None,
        sum(case.tuned.right for case in group),
        answer,
        times,
    )
