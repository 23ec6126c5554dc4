import copy
import re
from typing import Any

import pytest

from exports.evaluation.evaluate import evaluate
from exports.report.markdown import markdown
from exports.report.table import BASELINE_HEADINGS, HEADINGS, baseline_rows, lines, summary_rows
from exports.report.verdict import verdict
from exports.report.words import SAFETY, interval, number, p_value
from tests.unit.evaluation_examples import RESULT, SPEC, TEST, answered


@pytest.fixture
def evaluation() -> dict[str, Any]:
    return copy.deepcopy(RESULT)


def lift(evaluation: dict[str, Any], task: str, metric: str, value: float) -> None:
    evaluation["baselines"]["majority"][task]["metrics"][metric]["value"] = value


def test_the_first_line_says_that_no_baseline_wins(evaluation: dict[str, Any]) -> None:
    first = "The tuned model is above every baseline on every task, 60 test patients."
    assert verdict(evaluation) == first
    assert markdown(evaluation).splitlines()[0] == f"# {first}"
    assert lines(evaluation)[0] == first


def test_the_first_line_names_the_baseline_that_wins_with_both_numbers(
    evaluation: dict[str, Any],
) -> None:
    lift(evaluation, "modality", "accuracy", 0.99)
    evaluation["tasks"]["modality"]["metrics"]["accuracy"]["tuned"] = 0.95
    first = verdict(evaluation)
    assert first.startswith("A baseline wins, 60 test patients: majority answer on modality")
    assert "0.990 against 0.950" in first
    assert markdown(evaluation).startswith(f"# {first}\n")
    assert " ".join(lines(evaluation)).startswith(first)


def test_a_baseline_that_is_as_good_is_named(evaluation: dict[str, Any]) -> None:
    tuned = evaluation["tasks"]["icd10"]["metrics"]["accuracy"]["tuned"]
    lift(evaluation, "icd10", "accuracy", tuned)
    assert verdict(evaluation).startswith("No baseline wins, but one is equal")
    assert "ICD-10" in verdict(evaluation)


def test_a_baseline_that_wins_by_words_alone_is_named(evaluation: dict[str, Any]) -> None:
    lift(evaluation, "regimen", "rouge1", 1.0)
    assert "regimen (ROUGE-1 1.000 against" in verdict(evaluation)


def test_a_base_model_that_is_better_is_said_in_the_first_line() -> None:
    found = evaluate(TEST, answered(TEST, 1.0), answered(TEST, 0.4), {}, SPEC)
    assert verdict(found).startswith("No baseline was run")
    assert "The base model beats the tuned one on regimen (accuracy 1.000 against" in verdict(found)


def test_the_report_has_the_safety_sentences_before_any_table(evaluation: dict[str, Any]) -> None:
    text = markdown(evaluation)
    for sentence in SAFETY:
        assert 0 < text.index(sentence) < text.index("|")


def test_synthetic_is_said_loudly_and_only_where_it_is_true(evaluation: dict[str, Any]) -> None:
    assert "**SYNTHETIC" in markdown(evaluation)
    assert any(line.startswith("SYNTHETIC") for line in lines(evaluation))
    evaluation["synthetic"] = False
    assert "synthetic" not in markdown(evaluation).casefold()
    assert "synthetic" not in "".join(lines(evaluation)).casefold()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"leaked_patients": 2}, "LEAKED: 2 test patients"),
        ({"test_reads": 4}, "read 4 times"),
        ({"too_long": {"tuned": 3, "base": 0}}, "3 questions too long for the tuned model"),
        ({"unseen_codes": 1}, "1 test case with an ICD-10 code"),
        ({"quick": True}, "no p-value is claimed"),
    ],
)
def test_what_weakens_the_numbers_stands_before_them(
    evaluation: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    assert words not in markdown(evaluation)
    text = markdown(evaluation | change)
    assert text.index(words) < text.index("## Base and tuned")
    assert words in " ".join(lines(evaluation | change))


def test_the_report_names_files_device_and_counts(evaluation: dict[str, Any]) -> None:
    text = markdown(evaluation)
    assert "a" * 64 in text
    assert "b" * 64 in text
    assert "| Device | cpu |" in text
    assert "| Times these test metrics were read | 1 |" in text


def test_every_metric_of_the_evaluation_is_in_the_report(evaluation: dict[str, Any]) -> None:
    rows = [line for line in markdown(evaluation).splitlines() if line.startswith("| ")]
    for block in evaluation["tasks"].values():
        for entry in block["metrics"].values():
            cells = f"| {number(entry['base'])} | {number(entry['tuned'])} | "
            cells += f"{number(entry['difference'], sign=True)} | {interval(entry['ci95'])} |"
            assert any(cells in row for row in rows), cells


def test_every_table_of_the_report_is_whole(evaluation: dict[str, Any]) -> None:
    for part in markdown(evaluation).split("\n\n"):
        rows = part.splitlines()
        if rows[0].startswith("|"):
            cells = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
            assert len(cells) == 1, part


def test_a_bar_in_a_name_does_not_break_a_table(evaluation: dict[str, Any]) -> None:
    evaluation["tuned"]["name"] = "a|b"
    assert "a\\|b" in markdown(evaluation)
    test_every_table_of_the_report_is_whole(evaluation)


def test_lines_fit_eighty_columns_whatever_the_numbers(evaluation: dict[str, Any]) -> None:
    entry = evaluation["tasks"]["regimen"]["metrics"]["accuracy"]
    entry |= {"difference": -0.999, "ci95": [-0.999, -0.888], "p_one_sided": 1e-123}
    entry |= {"p_holm": 1e-123, "better": 890, "worse": 99, "tied": 99}
    lift(evaluation, "icd10", "accuracy", 1.0)
    for line in lines(evaluation):
        assert len(line) <= 80, line


def test_rows_have_a_cell_for_each_heading(evaluation: dict[str, Any]) -> None:
    rows = summary_rows(evaluation)
    assert {len(row) for row in rows} == {len(HEADINGS)}
    assert [row[0] for row in rows if not any(row[1:])] == [
        "regimen, 60 patients",
        "modality, 60 patients",
        "ICD-10, 60 patients",
    ]
    beside = baseline_rows(evaluation)
    assert {len(row) for row in beside} == {len(BASELINE_HEADINGS)}
    assert [row[0] for row in beside] == ["base model", "tuned model", "majority answer"]


def test_an_evaluation_without_base_or_p_values_can_be_shown() -> None:
    test = TEST[:3]
    alone = evaluate(test, None, answered(test, 1.0), {}, SPEC)
    assert "no base model was evaluated" in markdown(alone)
    assert "None" not in markdown(alone) + "".join(lines(alone))
    assert "nan" not in markdown(alone)


@pytest.mark.parametrize(
    ("p", "text"),
    [(None, "–"), (1.0, "1.000"), (0.0312, "0.031"), (0.00099, "1e-03"), (0.0, "<1e-300")],
)
def test_a_p_value_is_never_written_as_nought(p: float | None, text: str) -> None:
    assert p_value(p) == text


def test_numbers_have_a_true_minus_and_no_minus_nought() -> None:
    assert number(-0.25, 2, sign=True) == "−0.25"
    assert number(-0.0001, 2, sign=True) == "0.00"
    assert number(0.5, 2, sign=True) == "+0.50"
    assert interval([-0.1, 0.2], 1) == "[−0.1, 0.2]"
