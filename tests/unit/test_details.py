"""An evaluation looked at closely: what is said of each case is counted again here."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from exports.evaluation.details import (
    Answer,
    Key,
    add_answer,
    code_counts,
    confusions,
    judged_cases,
    metrics,
)
from exports.report.side_by_side import RunFacts, side_by_side
from store.errors import RadoncError
from tests.unit.evaluation_examples import ANSWERS, RESULT, TEST, answered
from trainer.tasks import Task


def record(case: int, by: str, reference: str, text: str, task: Task) -> dict[str, Any]:
    return {
        "by": by,
        "case_id": f"c{case}",
        "task": task.value,
        "reference": reference,
        "text": text,
        "free_text": "",
        "score": 0.5,
        "probabilities": {label: 0.1 * n for n, label in enumerate("abcdefg")},
    }


def gathered(records: list[dict[str, Any]]) -> dict[Key, dict[str, Answer]]:
    found: dict[Key, dict[str, Answer]] = {}
    for one in records:
        add_answer(found, one)
    return found


def from_examples() -> list[dict[str, Any]]:
    """The records of the evaluation in ``evaluation_examples``."""
    by = {
        "base": answered(TEST, 0.2, seed=1),
        "tuned": answered(TEST, 0.95, seed=2),
        "majority": answered(TEST, 0.5, seed=3),
    }
    return [
        {
            **record(0, who, pair.answer, said.text, pair.task),
            "case_id": pair.case_id,
            "free_text": said.free_text,
            "score": said.score,
            "probabilities": {},
        }
        for who, predictions in by.items()
        for pair, said in zip(TEST, predictions, strict=True)
    ]


CASES = judged_cases(gathered(from_examples()))


@pytest.mark.parametrize("task", list(Task))
def test_cases_and_the_evaluation_count_the_same(task: Task) -> None:
    entry = RESULT["tasks"][task]["metrics"]["accuracy"]
    cases = [case for case in CASES if case.task == task]
    changes = [case.change for case in cases]
    assert len(cases) == RESULT["tasks"][task]["pairs"]
    assert changes.count("better") == entry["better"] > 0
    assert changes.count("worse") == entry["worse"]
    assert changes.count("same") == entry["tied"]
    assert sum(case.tuned.right for case in cases) / len(cases) == pytest.approx(entry["tuned"])
    assert sum(bool(case.base and case.base.right) for case in cases) / len(cases) == pytest.approx(
        entry["base"]
    )
    value = RESULT["baselines"]["majority"][task]["metrics"]["accuracy"]["value"]
    assert sum(case.baselines["majority"].right for case in cases) / len(cases) == pytest.approx(
        value
    )


def test_every_metric_is_there_once_with_its_baselines() -> None:
    found = metrics(RESULT)
    names = [(m.task, m.name, m.freely) for m in found]
    assert len(set(names)) == len(names)
    wanted = sum(
        len(block["metrics"]) + len(block.get("free_running", {}))
        for block in RESULT["tasks"].values()
    )
    assert len(found) == wanted
    for metric in found:
        assert metric.n == 60
        assert metric.p_wilcoxon is not None or metric.reason
        assert bool(metric.baselines) is not metric.freely
        if not metric.freely:
            entry = RESULT["tasks"][metric.task]["metrics"][metric.name]
            beside = RESULT["baselines"]["majority"][metric.task]["metrics"][metric.name]
            assert (metric.base, metric.tuned) == (entry["base"], entry["tuned"])
            assert metric.p_holm == entry["p_holm"]
            assert (metric.p_exact is None) == (entry["p_holm"] is None)
            assert metric.baselines == {"majority": beside["value"]}


def test_a_confusion_matrix_holds_every_case_once() -> None:
    base, tuned = confusions(CASES)
    assert (base.by, tuned.by) == ("base", "tuned")
    assert base.answered == tuned.answered == base.reference == ("electron", "photon")
    cases = [case for case in CASES if case.task == Task.MODALITY]
    assert sum(map(sum, tuned.counts)) == sum(map(sum, base.counts)) == len(cases)
    right = sum(tuned.counts[i][i] for i in range(2))
    assert right == sum(case.tuned.right for case in cases)
    row = tuned.reference.index("photon")
    assert sum(tuned.counts[row]) == sum(case.reference == "photon" for case in cases)


def test_an_answer_outside_the_reference_gets_a_column_of_its_own() -> None:
    made = judged_cases(
        gathered(
            [
                record(1, "tuned", "photon", "Proton.", Task.MODALITY),
                record(2, "tuned", "photon", "photon", Task.MODALITY),
            ]
        )
    )
    (only,) = confusions(made)
    assert (only.by, only.reference, only.answered) == ("tuned", ("photon",), ("photon", "proton"))
    assert only.counts == ((1, 1),)
    assert [case.change for case in made] == ["", ""]


def test_codes_name_the_commonest_wrong_answer_of_the_tuned_model() -> None:
    said = [("C61", "C61"), ("C61", "C67.9"), ("C61", "C67.9"), ("C61", "c679"), ("C34.11", "")]
    records = [record(n, "tuned", *pair, Task.ICD10) for n, pair in enumerate(said)]
    records += [record(n, "base", pair[0], "C61", Task.ICD10) for n, pair in enumerate(said)]
    first, second = code_counts(judged_cases(gathered(records)))
    assert (first.code, first.cases, first.base, first.tuned) == ("C61", 4, 4, 1)
    assert (first.wrong, first.times) == ("C67.9", 3)
    assert (second.code, second.base, second.tuned, second.wrong) == ("C34.11", 0, 0, "")
    assert second.times == 1


def test_the_most_likely_labels_are_kept_in_their_order() -> None:
    (case,) = judged_cases(gathered([record(1, "tuned", "C61", "C61", Task.ICD10)]))
    assert [label for label, _ in case.tuned.likely] == ["g", "f", "e", "d", "c"]


@pytest.mark.parametrize("damage", [{"task": "dose"}, {"probabilities": None}, {"text": 3}])
def test_a_damaged_line_is_one_sentence(damage: dict[str, Any]) -> None:
    broken = {**record(1, "tuned", "C61", "C61", Task.ICD10), **damage}
    with pytest.raises(RadoncError, match="is no answer"):
        gathered([broken])


def test_a_missing_answer_of_the_tuned_model_is_said() -> None:
    with pytest.raises(RadoncError, match="icd10 of c1 is missing"):
        judged_cases(gathered([record(1, "base", "C61", "C61", Task.ICD10)]))


@given(
    st.lists(st.tuples(st.sampled_from(ANSWERS[Task.REGIMEN]), st.text(max_size=20)), max_size=9)
)
def test_any_text_can_be_judged(said: list[tuple[str, str]]) -> None:
    records = [record(n, "tuned", *pair, Task.REGIMEN) for n, pair in enumerate(said)]
    cases = judged_cases(gathered(records))
    assert len(cases) == len(said)
    assert confusions(cases) == ()
    assert code_counts(cases) == ()


def facts(run: str, evaluation: dict[str, Any] | None = None, **changed: Any) -> RunFacts:
    summary = {
        "base": "smollm2",
        "dataset": "data-1",
        "tasks": ["regimen"],
        "state": "done",
        "step": 4,
        "steps": 4,
        "loss": 0.5,
        "validation_loss": 0.6,
        "tokens_per_second": 90.0,
        "synthetic": False,
    }
    summary |= {name: value for name, value in changed.items() if name in summary}
    settings = {"learning_rate": changed.get("learning_rate", 1e-3), "seed": 0}
    metrics = {"validation": [{"step": 2, "loss": 0.4}, {"step": 4, "loss": 0.6}], "device": "cpu"}
    return RunFacts(run, summary, settings, metrics, evaluation)


def test_only_settings_that_differ_stand_beside_each_other() -> None:
    found = side_by_side([facts("run-1"), facts("run-2", learning_rate=2e-3)])
    rows = {row.name: row for row in found.rows}
    assert rows["learning_rate"].values == (1e-3, 2e-3)
    assert rows["learning_rate"].differs
    assert "seed" not in rows
    assert rows["data set"].values == ("data-1", "data-1")
    assert rows["lowest validation loss"].values == (0.4, 0.4)
    assert "regimen accuracy" not in rows
    assert found.cautions == ()


def test_what_cannot_be_compared_is_said() -> None:
    other = {**RESULT, "test_patients": 12}
    found = side_by_side(
        [facts("run-1", RESULT), facts("run-2", other, dataset="data-2", synthetic=True)]
    )
    said = " ".join(found.cautions)
    assert "different data sets" in said
    assert "different test patients" in said
    assert "synthetic cases: run-2." in said
    rows = {row.name: row for row in found.rows}
    tuned = RESULT["tasks"]["modality"]["metrics"]["accuracy"]["tuned"]
    assert rows["modality accuracy"].values == (tuned, tuned)


def test_a_run_without_an_evaluation_has_none() -> None:
    found = side_by_side([facts("run-1", RESULT), facts("run-2")])
    rows = {row.name: row for row in found.rows}
    assert rows["evaluation"].values == ("eval-1", None)
    assert rows["ICD-10 accuracy"].values[1] is None
