"""Prompts that a base model may be asked with: few, declared, and made of training cases only."""

import pytest

from exports.evaluation.prompts import MOST_PROMPTS, best, prompts_for
from trainer.tasks import Pair, Task, completion, prompt

TEXTS = {
    "adenocarcinoma of the prostate": ("60 Gy in 20 fractions, photon, prostate", "photon", "C61"),
    "carcinoma of the right breast": ("40.05 Gy in 15 fractions, photon", "photon", "C50.911"),
    "melanoma of the eyelid": ("50 Gy in 20 fractions, electron", "electron", "C44.111"),
    "chordoma of the clivus": ("74 Gy(RBE) in 37 fractions, proton", "proton", "C41.0"),
}


def training(copies: int = 3) -> list[Pair]:
    return [
        Pair(f"c{i}-{j}", f"p{i}-{j}", task, f"{text}, stage {j}", answer)
        for i, (text, answers) in enumerate(TEXTS.items())
        for j in range(copies + i)
        for task, answer in zip(Task, answers, strict=True)
    ]


QUESTION = "A new chordoma of the skull base, clivus"


@pytest.mark.parametrize("task", Task)
def test_every_prompt_ends_with_the_question_and_is_declared(task: Task) -> None:
    found = prompts_for(task, training())
    assert 1 < len(found) <= MOST_PROMPTS
    assert len({declared.name for declared in found}) == len(found)
    for declared in found:
        rendered = declared.render(QUESTION)
        assert rendered.text.endswith(prompt(QUESTION, task))
        assert rendered.text.count(QUESTION) == 1
        assert not rendered.shortened
        assert declared.record()["task"] == task.value
    assert found[0].render(QUESTION).text == prompt(QUESTION, task)


@pytest.mark.parametrize("task", Task)
def test_examples_are_training_cases_with_their_answers(task: Task) -> None:
    train = training()
    known = {pair.prompt + completion(pair.answer) for pair in train if pair.task == task}
    for declared in prompts_for(task, train):
        text = declared.render(QUESTION).text.removesuffix(prompt(QUESTION, task))
        shots = [block for block in text.split("\n\n") if block.startswith("Diagnosis")]
        assert set(shots) <= known
        assert len(set(shots)) == len(shots) == declared.shots


def test_the_nearest_example_stands_last_and_the_common_answer_too() -> None:
    by_name = {declared.name: declared for declared in prompts_for(Task.ICD10, training())}
    nearest = by_name["nearest"].render(QUESTION).text.split("\n\n")
    assert "chordoma" in nearest[-2]
    common = by_name["common"].render(QUESTION).text.split("\n\n")
    # the chordoma has most copies; the three commonest answers differ
    assert "C41.0" in common[-2]
    assert len({block.rsplit(" ", 1)[1] for block in common[:3]}) == 3


def test_labels_are_listed_once_each() -> None:
    listed = {d.name: d for d in prompts_for(Task.ICD10, training())}["labels"]
    first = listed.render(QUESTION).text.split("\n\n")[0]
    assert first == "Possible answers: C41.0; C44.111; C50.911; C61"


def test_what_has_no_room_is_left_out_the_least_useful_first() -> None:
    by_name = {declared.name: declared for declared in prompts_for(Task.ICD10, training())}
    whole = by_name["nearest-labels"].render(QUESTION)
    assert (whole.examples, whole.listed, whole.shortened) == (3, True, False)
    for room in range(len(whole.text), 0, -20):

        def fits(text: str, room: int = room) -> bool:
            return len(text) <= room

        found = by_name["nearest-labels"].render(QUESTION, fits)
        plain = prompt(QUESTION, Task.ICD10)
        assert len(found.text) <= room or found.text == plain
        assert found.text.endswith(plain)
        if 0 < found.examples < 3:
            assert "chordoma" in found.text.split("\n\n")[-2]
            assert found.listed
            assert found.shortened


@pytest.mark.parametrize(
    "train",
    [
        [],
        [pair for pair in training() if pair.task is not Task.ICD10],
        [Pair("a", "p", Task.ICD10, " - ", "C61")],
        [Pair(str(i), f"p{i}", Task.ICD10, "the same words", "C61") for i in range(5)],
    ],
)
def test_little_to_show_still_asks(train: list[Pair]) -> None:
    for declared in prompts_for(Task.ICD10, train):
        rendered = declared.render(QUESTION)
        assert rendered.text.endswith(prompt(QUESTION, Task.ICD10))
        assert rendered.examples <= len({pair.diagnosis for pair in train})


def test_the_best_is_that_of_validation_the_first_of_equals_and_plain_without_any() -> None:
    assert best({"plain": 0.4, "labels": 0.6, "common": 0.6}).name == "labels"
    assert best({"plain": 0.4, "labels": float("nan")}).name == "plain"
    nothing = best({"plain": None, "labels": None})
    assert nothing.name == "plain"
    assert nothing.reason
