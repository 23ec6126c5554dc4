from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from exports.evaluation.answers import PAIR_METRICS, pair_scores, read_label, rouge1
from exports.evaluation.metrics import CLASS_METRICS, class_metrics
from trainer.tasks import Task

REFERENCE = "60 Gy in 30 fractions, photon, lung"
labels = st.lists(st.sampled_from("abcde"), min_size=1, max_size=40)


@pytest.mark.parametrize(
    "same",
    [
        REFERENCE,
        "2 Gy x 30, photon",
        "6000 cGy/30 fx photon IMRT to the left breast",
        "60 gy in 30 FRACTIONS, PHOTON",
    ],
)
def test_a_regimen_is_read_as_dose_fractions_and_modality(same: str) -> None:
    scores = pair_scores(Task.REGIMEN, REFERENCE, same)
    assert scores["accuracy"] == 1
    assert scores["unparsed"] == 0


@pytest.mark.parametrize(
    "other",
    [
        "60 Gy in 25 fractions, photon, lung",
        "50 Gy in 30 fractions, photon, lung",
        "60 Gy in 30 fractions, proton, lung",
        "60 Gy in 30 fractions, photon, lung; then 10 Gy in 5 fractions, photon, lung boost",
    ],
)
def test_another_dose_number_modality_or_phase_is_wrong_however_alike(other: str) -> None:
    scores = pair_scores(Task.REGIMEN, REFERENCE, other)
    assert scores["accuracy"] == 0
    assert scores["unparsed"] == 0
    assert scores["rouge1"] > 0.5


@pytest.mark.parametrize("text", ["", "radiotherapy", "the the the", "30 fractions"])
def test_text_that_is_no_regimen_is_unparsed_and_wrong(text: str) -> None:
    scores = pair_scores(Task.REGIMEN, REFERENCE, text)
    assert (scores["accuracy"], scores["unparsed"]) == (0, 1)


def test_two_illegible_regimens_are_not_equal() -> None:
    scores = pair_scores(Task.REGIMEN, "as discussed", "as discussed")
    assert (scores["accuracy"], scores["accuracy_string"], scores["unparsed"]) == (0, 1, 1)


def test_same_wording_ignores_case_and_space_only() -> None:
    spaced = "  60 GY in 30\nfractions,  photon, lung "
    assert pair_scores(Task.REGIMEN, REFERENCE, spaced)["accuracy_string"] == 1
    assert pair_scores(Task.REGIMEN, REFERENCE, "2 Gy x 30, photon")["accuracy_string"] == 0


@pytest.mark.parametrize(
    ("task", "text", "label"),
    [
        (Task.MODALITY, " Photon.\nDiagnosis: other", "photon"),
        (Task.MODALITY, "", ""),
        (Task.ICD10, "c50911", "C50.911"),
        (Task.ICD10, "\nC50.911 ", "C50.911"),
        (Task.ICD10, "C61", "C61"),
        (Task.ICD10, "C50.911 or so", "C50.911ORSO"),
    ],
)
def test_a_label_is_read_without_case_space_or_point(task: Task, text: str, label: str) -> None:
    assert read_label(task, text) == label


def test_the_free_answer_is_judged_by_what_was_read_in_it() -> None:
    wordy = "The modality is photon"
    assert pair_scores(Task.MODALITY, "photon", wordy)["accuracy"] == 0
    scores = pair_scores(Task.MODALITY, "photon", wordy, "photon")
    assert scores == {"accuracy": 1, "rouge1": pytest.approx(0.4)}


@given(
    st.lists(st.sampled_from(["60", "gy", "in", "30", "photon"]), max_size=8),
    st.lists(st.sampled_from(["60", "gy", "in", "30", "photon"]), max_size=8),
)
@settings(deadline=None)
def test_rouge1_is_the_f_measure_of_shared_words(said: list[str], true: list[str]) -> None:
    shared = sum((Counter(said) & Counter(true)).values())
    expected = 2 * shared / (len(said) + len(true)) if said and true else 0.0
    assert rouge1(" ".join(true), " ".join(said)) == pytest.approx(expected)


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(Task))
@settings(deadline=None)
def test_any_text_has_scores_between_nought_and_one(true: str, said: str, task: Task) -> None:
    scores = pair_scores(task, true, said)
    assert tuple(scores) == PAIR_METRICS[task]
    assert all(0 <= value <= 1 for value in scores.values())


@given(labels, st.data())
@settings(deadline=None)
def test_class_metrics_agree_with_scikit_learn(reference: list[str], data: st.DataObject) -> None:
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    n = len(reference)
    said = data.draw(st.lists(st.sampled_from("abcdefgh"), min_size=n, max_size=n))
    found = class_metrics(reference, said)
    assert tuple(found) == CLASS_METRICS
    for average in ("macro", "weighted"):
        known: dict[str, Any] = {"labels": sorted(set(reference)), "zero_division": 0}
        expected = precision_recall_fscore_support(reference, said, average=average, **known)
        for name, value in zip(("precision", "recall", "f1"), expected, strict=False):
            assert found[f"{name}_{average}"][0] == pytest.approx(value)
    assert found["recall_weighted"][0] == pytest.approx(accuracy_score(reference, said))


@given(labels, st.data())
@settings(deadline=None)
def test_a_weight_is_how_often_a_pair_counts(reference: list[str], data: st.DataObject) -> None:
    n = len(reference)
    said = data.draw(st.lists(st.sampled_from("abcx"), min_size=n, max_size=n))
    times = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any))
    weighted = class_metrics(reference, said, np.array([times, [1] * n]))
    repeated = class_metrics(
        [r for r, t in zip(reference, times, strict=True) for _ in range(t)],
        [s for s, t in zip(said, times, strict=True) for _ in range(t)],
    )
    drawn = {r for r, t in zip(reference, times, strict=True) if t}
    for name, values in weighted.items():
        if "weighted" in name or drawn == set(reference):
            assert values[0] == pytest.approx(repeated[name][0])
        assert values[1] == pytest.approx(class_metrics(reference, said)[name][0])


def test_macro_runs_over_the_classes_of_the_reference() -> None:
    """An answer outside the reference is a miss of its class and no class of its own."""
    found = class_metrics(["a", "a", "b", "b"], ["a", "a", "z", "z"])
    assert found["recall_macro"][0] == pytest.approx(0.5)
    assert found["precision_macro"][0] == pytest.approx(0.5)
    assert found["f1_macro"][0] == pytest.approx(0.5)


def test_a_class_that_a_resample_leaves_out_keeps_its_place_in_the_average() -> None:
    """Of a (F1 1), b (F1 2/3) and c (F1 2/3), the row without b still averages over three."""
    reference, said = ["a", "a", "b", "c", "c"], ["a", "a", "b", "c", "b"]
    sample = class_metrics(reference, said)["f1_macro"][0]
    assert sample == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
    found = class_metrics(reference, said, np.array([[1, 1, 0, 2, 1]]))["f1_macro"][0]
    assert found == pytest.approx((1 + 2 / 3 + 4 / 5) / 3)
