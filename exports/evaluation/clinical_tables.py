"""All that is judged of regimens as treatments, in one call and one JSON object.

Puts together the columns, the disagreement with ROUGE-1, the table of unsafe answers, the rows of
sites and intents and the ceiling; computes nothing itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exports.evaluation.ceiling import Band, Ceiling, ceiling
from exports.evaluation.facts import CaseFacts
from exports.evaluation.regimen_columns import RegimenColumns, regimen_columns
from exports.evaluation.regimens import CaseComparison, DepartmentTable, compare_cases
from exports.evaluation.rouge_disagreement import RougeDisagreement, rouge_disagreement
from exports.evaluation.shares import RESAMPLES
from exports.evaluation.site_intent import GroupRow, site_intent_rows
from exports.evaluation.unsafe import (
    Known,
    ModelAnswers,
    UnsafeTable,
    training_regimens,
    unsafe_table,
)
from store.clinical.regimen import Regimen


@dataclass(frozen=True)
class ClinicalTables:
    """By model what its answers come to as treatments; ``comparisons`` has them case by case."""

    columns: Mapping[str, RegimenColumns]
    rouge: Mapping[str, RougeDisagreement]
    unsafe: UnsafeTable
    site_intent: tuple[GroupRow, ...]
    ceiling: Ceiling
    comparisons: Mapping[str, Mapping[str, CaseComparison]]

    def as_json(self) -> dict[str, Any]:
        """Without the single cases, which each have their own ``as_json``."""
        return {
            "regimens": {model: found.as_json() for model, found in self.columns.items()},
            "rouge_disagreement": {model: found.as_json() for model, found in self.rouge.items()},
            "unsafe": self.unsafe.as_json(),
            "site_intent": [row.as_json() for row in self.site_intent],
            "ceiling": self.ceiling.as_json(),
        }


def clinical_tables(
    test: Sequence[CaseFacts],
    training: Sequence[CaseFacts],
    answers: Mapping[str, ModelAnswers],
    *,
    table: DepartmentTable | None = None,
    in_any_row: Callable[[Regimen], bool] | None = None,
    band: Band | None = None,
    describe: Callable[[str], str] = lambda code: "",
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> ClinicalTables:
    """The tables over the test cases.

    Args:
        test: facts of the test cases, each once.
        training: facts of the cases that the model was trained on.
        answers: by model ("tuned", "base", a baseline).
        table: the department's table, by which a case has a row, alpha/beta and alternatives.
        in_any_row: whether any row of that table has a regimen.
        band: a stage or risk band of a case, for the ceiling.
        describe: the description of an ICD-10 code, "" where unknown, for codes of one side.
        seed: of the resampling.
        resamples: how many times patients are drawn.
    """
    comparisons = {
        model: compare_cases(test, said.regimen, table) for model, said in answers.items()
    }
    unsafe = unsafe_table(
        test, answers, comparisons, Known(training_regimens(training), in_any_row, describe)
    )
    return ClinicalTables(
        columns={
            model: regimen_columns(test, found, table, seed=seed, resamples=resamples)
            for model, found in comparisons.items()
        },
        rouge={
            model: rouge_disagreement(test, answers[model].regimen, found)
            for model, found in comparisons.items()
        },
        unsafe=unsafe,
        site_intent=site_intent_rows(
            test, comparisons, {model: unsafe.any_unsafe(model) for model in answers}
        ),
        ceiling=ceiling(test, training, band, seed=seed, resamples=resamples),
        comparisons=comparisons,
    )
