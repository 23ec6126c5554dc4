"""Pairs as JSON objects, and cases as pairs.

The one place that knows how a pair is written to a file of lines (``dataset/train.jsonl``,
``test.jsonl``) and which column of a case answers which task.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from store.errors import RadoncError
from store.lines import read_lines, write_lines
from trainer.tasks import Pair, Task

ANSWER_OF: Mapping[Task, str] = {
    Task.REGIMEN: "regimen",
    Task.MODALITY: "modality",
    Task.ICD10: "icd10",
}
"""The column of a frozen case that holds the answer to each task."""


def case_pairs(case: Mapping[str, Any], tasks: Iterable[Task] = tuple(Task)) -> list[Pair]:
    """The pairs of one frozen case: one for each task, in the order of ``tasks``."""
    return [
        Pair(case["case_id"], case["patient"], task, case["diagnosis"], str(case[ANSWER_OF[task]]))
        for task in tasks
    ]


def pair_record(pair: Pair) -> dict[str, str]:
    """The pair as a JSON object."""
    return {
        "case_id": pair.case_id,
        "patient": pair.patient,
        "task": pair.task.value,
        "diagnosis": pair.diagnosis,
        "answer": pair.answer,
    }


def pair_from_record(record: Mapping[str, Any]) -> Pair:
    """The pair that ``pair_record`` wrote.

    Raises:
        RadoncError: a field is missing, or the task is none of the three.
    """
    try:
        return Pair(
            record["case_id"],
            record["patient"],
            Task(record["task"]),
            record["diagnosis"],
            record["answer"],
        )
    except (KeyError, ValueError) as error:
        raise RadoncError(
            f"A line is no pair of a case and a task ({error}).", "Freeze the data set again."
        ) from error


def write_pairs(path: Path, pairs: Iterable[Pair]) -> int:
    """Write one pair a line; returns how many."""
    return write_lines(path, (pair_record(pair) for pair in pairs))


def read_pairs(path: Path) -> Sequence[Pair]:
    """All pairs of a file that ``write_pairs`` wrote."""
    return [pair_from_record(record) for record in read_lines(path)]
