"""The test cases of an evaluation with their text: for whoever asked for it, and audited there.

Nothing else in a report holds the text of a case.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from exports.report.words import NONE, baseline_name, task_name
from store.legible import legible
from trainer.tasks import Pair

WIDTH = 96
"""Columns of the diagnosis in the document."""


def text_of_cases(
    test: Sequence[Pair], predictions: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Each test case with its diagnosis and, by task, reference and answers.

    Args:
        test: the evaluation's test pairs.
        predictions: the records of its ``predictions.jsonl``.

    Returns:
        Objects of ``case_id``, ``diagnosis`` and ``tasks``: task -> ``reference`` and ``answers``
        (who answered -> text), in the order of ``test``.
    """
    cases: dict[str, dict[str, Any]] = {}
    for pair in test:
        made = {"case_id": pair.case_id, "diagnosis": pair.diagnosis, "tasks": {}}
        tasks = cases.setdefault(pair.case_id, made)["tasks"]
        tasks[pair.task.value] = {"reference": pair.answer, "answers": {}}
    for record in predictions:
        answers = cases[record["case_id"]]["tasks"][record["task"]]["answers"]
        answers[record["by"]] = record["text"]
    return list(cases.values())


def cases_markdown(cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """The cases as paragraphs of Markdown; text stands in code blocks, so that it stays text."""
    parts = ["## Test cases", "With the text of cases, as asked for; the audit log says by whom."]
    for case in cases:
        parts += [f"### {case['case_id']}", "\n".join(f"    {line}" for line in case_lines(case))]
    return parts


def case_lines(case: Mapping[str, Any]) -> Iterator[str]:
    """A case's diagnosis, then of each task the reference and who answered what."""
    yield from wrap(_one_line(case["diagnosis"]), WIDTH) or [NONE]
    for task, said in case["tasks"].items():
        yield f"{task_name(task)}: {_one_line(said['reference'])}"
        for who, text in said["answers"].items():
            yield f"  {baseline_name(who)}: {_one_line(text) or NONE}"


def _one_line(text: str) -> str:
    return " ".join(legible(text).split())
