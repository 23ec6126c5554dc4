"""What is counted of a frozen data set before a training: cases, patients, leakage, length.

A data set never changes, so what is counted is kept: a plan can be asked for at every key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from radonc_tui.actions.stored import opened
from store import datasets
from store.home import Home
from store.leakage import patients_on_both_sides, same_texts
from store.splits import PARTS
from trainer.estimate import Text
from trainer.pairs import ANSWER_OF
from trainer.tasks import QUESTIONS, Task, completion, prefix, prompt


@dataclass(frozen=True)
class Part:
    """One part of a split."""

    cases: int
    patients: int


@dataclass(frozen=True)
class DatasetFacts:
    """What a plan needs to know of a frozen data set.

    ``leaked`` counts patients in training and in test; ``same_texts`` test cases whose diagnosis
    text is that of a training case.
    """

    parts: Mapping[str, Part]
    leaked: int
    same_texts: int
    synthetic: bool
    text: Text
    sample: tuple[str, ...]
    classes: Mapping[str, int]


SAMPLE = 64
"""Rows of so many training cases, evenly chosen, tell how many characters a token has."""


@lru_cache(maxsize=16)
def dataset_facts(home: Home, dataset_id: str, tasks: tuple[Task, ...]) -> DatasetFacts:
    """What is counted of a frozen data set; kept, because it cannot change."""
    with opened(home) as connection:
        parts = {part: datasets.dataset_part(connection, dataset_id, part) for part in PARTS}
    seen = [*parts["train"], *parts["validation"]]
    answers = [sum(len(_answer(case, task)) for task in tasks) for case in parts["train"]]
    questions = sum(len(QUESTIONS[task]) for task in tasks)
    rows = [
        len(prefix(case["diagnosis"])) + questions + answer
        for case, answer in zip(parts["train"], answers, strict=True)
    ]
    many = max(len(rows), 1)
    return DatasetFacts(
        parts={
            name: Part(len(cases), len({case["patient"] for case in cases}))
            for name, cases in parts.items()
        },
        leaked=len(patients_on_both_sides(seen, parts["test"])),
        same_texts=len(same_texts(parts["train"], parts["test"])),
        synthetic=any(case["synthetic"] for case in parts["train"]),
        text=Text(sum(rows) / many, max(rows, default=0), sum(answers) / many),
        classes={task.value: len({_answer(c, task) for c in parts["train"]}) for task in tasks},
        sample=tuple(
            "\n".join(_sequences(case, tasks)) for case in parts["train"][:: many // SAMPLE + 1]
        ),
    )


@lru_cache(maxsize=4)
def long_sequences(
    home: Home, dataset_id: str, tasks: tuple[Task, ...], over: int
) -> Mapping[str, Sequence[Sequence[str]]]:
    """By part that a run reads: the prompts with answers of cases with one of more bytes."""
    with opened(home) as connection:
        parts = {
            part: datasets.dataset_part(connection, dataset_id, part)
            for part in ("train", "validation")
        }
    return {
        name: [
            texts for texts in (_sequences(case, tasks) for case in cases) if _bytes(texts) > over
        ]
        for name, cases in parts.items()
    }


def _bytes(texts: Sequence[str]) -> int:
    """Bytes of the longest."""
    return max(len(text.encode()) for text in texts)


def _sequences(case: Mapping[str, Any], tasks: Sequence[Task]) -> list[str]:
    return [prompt(case["diagnosis"], task) + _answer(case, task) for task in tasks]


def _answer(case: Mapping[str, Any], task: Task) -> str:
    return completion(str(case[ANSWER_OF[task]]))
