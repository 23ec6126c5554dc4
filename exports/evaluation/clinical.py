"""The clinical tables of an evaluation, from what its directory holds.

Puts facts, answers and codes into the form that ``clinical_tables`` asks for. Imported inside the
evaluation's worker; judges nothing itself.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exports.evaluation.clinical_tables import clinical_tables
from exports.evaluation.facts import read_facts
from exports.evaluation.unsafe import ModelAnswers
from exports.inference.predictor import Prediction
from store.clinical.icd10 import describe_code
from store.home import Home
from trainer.tasks import Task


def clinical_sections(
    folder: Path,
    home: Home,
    answers: Mapping[str, Sequence[Prediction]],
    *,
    seed: int,
    resamples: int,
) -> dict[str, Any]:
    """``ClinicalTables.as_json``; {} where the evaluation has no facts or no regimens.

    Args:
        folder: the evaluation's directory, with ``test-facts.jsonl`` and ``train-facts.jsonl``.
        home: whose table of codes is read.
        answers: predictions by who made them.
        seed: of the resampling.
        resamples: how many times patients are drawn.
    """
    test, train = folder / "test-facts.jsonl", folder / "train-facts.jsonl"
    if not test.exists() or not any(_by_case(made, Task.REGIMEN) for made in answers.values()):
        return {}
    said = {
        who: ModelAnswers(*(_by_case(made, task) for task in Task)) for who, made in answers.items()
    }
    tables = clinical_tables(
        read_facts(test),
        read_facts(train),
        said,
        describe=lambda code: describe_code(home, code),
        seed=seed,
        resamples=resamples,
    )
    return tables.as_json()


def _by_case(made: Sequence[Prediction], task: Task) -> dict[str, str]:
    return {answer.case_id: answer.text for answer in made if answer.task is task}
