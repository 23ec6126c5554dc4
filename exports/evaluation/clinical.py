"""The clinical tables of an evaluation, from what its directory holds.

Puts facts, answers and codes into the form that ``clinical_tables`` asks for. Imported inside the
evaluation's worker; judges nothing itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from exports.evaluation.clinical_tables import clinical_tables
from exports.evaluation.facts import read_facts
from exports.evaluation.unsafe import ModelAnswers
from exports.inference.predictor import Prediction
from store.clinical.icd10 import describe_code
from store.department.fields import stage_band
from store.department.lookup import Alternatives, rows_for
from store.department.table import Table, read_table
from store.home import Home
from trainer.tasks import Task


def clinical_sections(
    folder: Path,
    home: Home,
    answers: Mapping[str, Sequence[Prediction]],
    state: Mapping[str, Any],
    *,
    seed: int,
    resamples: int,
) -> dict[str, Any]:
    """``ClinicalTables.as_json``; {} where the evaluation has no facts or no regimens.

    Args:
        folder: the evaluation's directory, with ``test-facts.jsonl`` and ``train-facts.jsonl``.
        home: whose table of codes is read.
        answers: predictions by who made them.
        state: of the department's table when the evaluation began (``table_state``).
        seed: of the resampling.
        resamples: how many times patients are drawn.
    """
    test, train = folder / "test-facts.jsonl", folder / "train-facts.jsonl"
    if not test.exists() or not any(_by_case(made, Task.REGIMEN) for made in answers.values()):
        return {}
    said = {
        who: ModelAnswers(*(_by_case(made, task) for task in Task)) for who, made in answers.items()
    }
    facts, table = read_facts(test), _table(folder)
    alternatives = Alternatives(table) if table else None
    tables = clinical_tables(
        facts,
        read_facts(train),
        said,
        table=alternatives,
        in_any_row=alternatives.in_any_row if alternatives else None,
        band=stage_band,
        describe=lambda code: describe_code(home, code),
        seed=seed,
        resamples=resamples,
    )
    used = {row.name for case in facts for row in (rows_for(table, case) if table else ())}
    return {**tables.as_json(), "department_table": _standing(state, used)}


def _table(folder: Path) -> Table | None:
    """The department's table as it was frozen for this evaluation."""
    path = folder / "department.csv"
    return read_table(path) if path.exists() else None


def _standing(state: Mapping[str, Any], used: Iterable[str]) -> dict[str, Any]:
    """Which table was used, and whether every row that was is signed by two people."""
    if not state:
        return {"reviewed": False, "used_rows": 0}
    rows = sorted(used)
    return {
        **{key: state[key] for key in ("origin", "sha256", "rows")},
        "used_rows": len(rows),
        "reviewed": bool(rows) and set(rows) <= set(state["signed"]),
    }


def _by_case(made: Sequence[Prediction], task: Task) -> dict[str, str]:
    return {answer.case_id: answer.text for answer in made if answer.task is task}
