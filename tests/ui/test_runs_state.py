"""What the screen of runs knows and how its rows read, without a screen."""

from dataclasses import replace

import pytest
from rich.text import Text

from exports.evaluation.details import BETTER, WORSE, Answer, JudgedCase, Metric
from radonc_tui.screens.runs.asking import read_limit
from radonc_tui.screens.runs.rows import Ink, case_row, metric_rows, state_cell
from radonc_tui.screens.runs.shelf import Shelf
from radonc_tui.screens.runs.state import PANES, Chosen, next_pane, next_task, pick, toggled
from radonc_tui.screens.runs.texts import case_text
from store.errors import BadUsage

METRIC = Metric(
    task="modality",
    name="accuracy",
    freely=False,
    n=20,
    base=0.5,
    tuned=0.8,
    difference=0.3,
    ci95=(0.1, 0.5),
    ci95_reason="",
    p_wilcoxon=0.02,
    p_holm=None,
    p_exact=0.01,
    reason="",
    better=7,
    worse=1,
    tied=12,
    baselines={"majority": 0.5, "nearest": 0.8},
)


def case(case_id: str, task: str, reference: str, base: str, tuned: str) -> JudgedCase:
    was, now = Answer(base, base == reference), Answer(tuned, tuned == reference, 0.75)
    change = "same" if was.right == now.right else BETTER if now.right else WORSE
    return JudgedCase(case_id, task, reference, now, was, change)


CASES = [
    case("case-1", "modality", "photon", "proton", "photon"),
    case("case-1", "icd10", "C61", "C61", "C67.9"),
    case("case-2", "modality", "proton", "proton", "proton"),
]


@pytest.mark.parametrize(
    ("chosen", "places"),
    [
        (Chosen(), [0, 1, 2]),
        (Chosen(task="modality"), [0, 2]),
        (Chosen(change=BETTER), [0]),
        (Chosen(change=WORSE), [1]),
        (Chosen(words="CASE-1 c67"), [1]),
        (Chosen(words="proton"), [0, 2]),
        (Chosen("modality", WORSE, "proton"), []),
    ],
)
def test_cases_are_picked_by_task_change_and_words(chosen: Chosen, places: list[int]) -> None:
    assert pick(CASES, chosen) == [CASES[place] for place in places]


def test_what_is_chosen_is_said() -> None:
    assert str(Chosen()) == "all tasks · better, worse, same"
    assert str(Chosen("icd10", WORSE, "C61")) == "ICD-10 · only worse · with “C61”"


def test_tasks_and_panes_turn_round() -> None:
    chosen = Chosen(words="x")
    for task in ("modality", "icd10", ""):
        chosen = next_task(chosen, ("modality", "icd10"))
        assert (chosen.task, chosen.words) == (task, "x")
    pane = "metrics"
    for _ in PANES:
        pane = next_pane(pane, 1)
    assert pane == "metrics"
    assert next_pane(PANES[0][0], -1) == PANES[-1][0]


def test_a_mark_is_put_on_and_taken_off() -> None:
    assert toggled(toggled((), "a"), "b") == ("a", "b")
    assert toggled(("a", "b"), "a") == ("b",)


def test_what_is_right_and_wrong_is_said_by_a_sign_and_not_by_colour_alone() -> None:
    plain = case_row(CASES[1], Ink())
    inked = case_row(CASES[1], Ink("green", "red"))
    for row in (plain, inked):
        assert str(row["change"]) == "− worse"
        assert (str(row["base"]), str(row["tuned"])) == ("✓ C61", "✗ C67.9")
    assert state_cell("died", Ink()).plain == "✗ died"


@pytest.mark.parametrize(("tuned", "mark"), [(0.9, "0.800 "), (0.8, "0.800="), (0.7, "0.800!")])
def test_the_best_baseline_is_marked_where_it_is_not_beaten(tuned: float, mark: str) -> None:
    title, row = metric_rows([replace(METRIC, tuned=tuned)], Ink())
    assert str(title["metric"]) == "modality (n 20)"
    assert str(row["best"]) == mark
    assert row["patients"] == "7/1/12"
    assert (row["majority"], row["p"], row["p_holm"]) == ("0.500", "0.010", "–")


def test_a_case_is_told_whole() -> None:
    told = replace(CASES[0].tuned, likely=(("photon", 0.75), ("proton", 0.2)), free_text="Photons.")
    whole = replace(CASES[0], tuned=told, baselines={"majority": Answer("photon", True)})
    text: Text = case_text([whole, CASES[1]], "Adenocarcinoma of the prostate.", Ink())
    for part in (
        "Adenocarcinoma of the prostate.",
        "reference: photon",
        "base: ✗ proton",
        "tuned: ✓ photon  (0.75)",
        "next: proton 0.20",
        "written freely: Photons.",
        "majority answer: ✓ photon",
        "ICD-10  − worse",
    ):
        assert part in text.plain


def test_a_limit_is_a_number_of_patients_or_nothing() -> None:
    assert read_limit(" ") == 0
    assert read_limit("12") == 12
    for text in ("0", "-1", "many", "1.5"):
        with pytest.raises(BadUsage, match="is no number of patients"):
            read_limit(text)


def test_the_files_of_a_run_are_offered_first() -> None:
    shelf = Shelf((), (), {"run-1": ("bundle-1",)}, ("bundle-2:Q8_0", "bundle-1:Q8_0"))
    assert shelf.files_for("run-1") == ["bundle-1:Q8_0", "bundle-2:Q8_0"]
    assert shelf.files_for("run-9") == list(shelf.files)
