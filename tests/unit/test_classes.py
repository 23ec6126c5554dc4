"""Classes with their support, against scikit-learn; rates only where they can be given."""

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from exports.evaluation.classes import (
    AVERAGES,
    RATES,
    by_frequency,
    class_report,
    confusion,
    macro_caution,
)
from exports.evaluation.statistics import wilson

MODALITIES = ("photon", "proton", "electron", "brachytherapy")
answers = st.lists(
    st.tuples(st.sampled_from(MODALITIES[:3]), st.sampled_from([*MODALITIES, ""])),
    min_size=2,
    max_size=60,
)


def people(n: int) -> list[str]:
    return [f"p{i:04d}" for i in range(n)]


@given(answers)
@settings(max_examples=40, deadline=None)
def test_averages_and_matrix_agree_with_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    reference, said = [true for true, _ in pairs], [answer for _, answer in pairs]
    found = class_report(reference, said, people(len(pairs)), resamples=50)
    known: dict[str, Any] = {"labels": sorted(set(reference)), "zero_division": 0}
    for average in AVERAGES:
        expected = precision_recall_fscore_support(reference, said, average=average, **known)
        for rate, value in zip(RATES, expected, strict=False):
            assert found[average][rate]["value"] == pytest.approx(value)
    matrix = found["confusion"]
    full = confusion_matrix(reference, said, labels=matrix["answered"])
    assert matrix["counts"] == full[: len(matrix["reference"])].tolist()
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_class_of_nineteen_has_counts_and_one_of_twenty_has_rates() -> None:
    from sklearn.metrics import precision_recall_fscore_support

    reference = ["photon"] * 20 + ["electron"] * 19
    said = ["photon"] * 15 + ["electron"] * 5 + ["electron"] * 16 + ["photon"] * 3
    found = class_report(reference, said, people(39), resamples=300)
    photon, electron = found["by_class"]
    assert (electron["class"], electron["cases"], electron["right"]) == ("electron", 19, 16)
    assert electron["answered"] == 21
    assert [electron[rate] for rate in RATES] == [None] * 3
    assert electron["reason"] == "fewer than 20 reference cases"
    expected: Any = precision_recall_fscore_support(reference, said, labels=["photon"])
    assert [photon[rate]["value"] for rate in RATES] == pytest.approx(
        [float(value[0]) for value in expected[:3]]
    )
    assert photon["recall"]["ci95"] == pytest.approx(wilson(15, 20).ci95)
    assert photon["precision"]["ci95"] == pytest.approx(wilson(15, 18).ci95)
    low, high = photon["f1"]["ci95"]
    assert low < photon["f1"]["value"] < high


def test_a_class_never_answered_has_no_precision() -> None:
    found = class_report(["photon"] * 25 + ["proton"] * 25, ["photon"] * 50, people(50))
    proton = next(row for row in found["by_class"] if row["class"] == "proton")
    assert proton["precision"]["value"] is None
    assert proton["precision"]["reason"] == "it was never answered"
    assert proton["recall"]["value"] == 0


@pytest.mark.parametrize(
    ("reference", "said"), [([], []), (["photon"], ["photon"]), (["photon"] * 30, ["photon"] * 30)]
)
def test_none_one_and_all_the_same(reference: list[str], said: list[str]) -> None:
    found = class_report(reference, said, people(len(reference)), resamples=50)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for average in AVERAGES:
        for rate in RATES:
            entry = found[average][rate]
            assert entry["value"] == (1 if reference else None)
            assert entry["ci95"] is None
            assert entry.get("reason") or entry.get("ci95_reason")
    if len(reference) == 30:
        # the shares themselves still have Wilson's interval
        assert found["by_class"][0]["recall"]["ci95"] == pytest.approx(wilson(30, 30).ci95)


def test_cases_of_one_patient_are_one_in_the_interval_of_a_class() -> None:
    reference = ["photon"] * 60
    said = ["photon"] * 30 + ["proton"] * 30
    patients = [f"p{i // 10}" for i in range(60)]
    alone = class_report(reference, said, people(60), resamples=200)["by_class"][0]["recall"]
    together = class_report(reference, said, patients, resamples=200)["by_class"][0]["recall"]
    assert together["ci95"] == pytest.approx(wilson(3, 6).ci95, abs=0.05)
    assert together["ci95"][0] < alone["ci95"][0]


def test_the_caution_comes_with_rare_classes_only() -> None:
    assert macro_caution({"a": 100, "b": 20, "c": 5}) == ""
    assert macro_caution({}) == ""
    assert "1 of 3 classes" in macro_caution({"a": 100, "b": 20, "c": 4})
    assert macro_caution({f"c{i}": 4 if i == 0 else 40 for i in range(12)}) == ""


def test_bands_of_training_frequency() -> None:
    training = {"C61": 20, "C20": 19, "C18.9": 1, "C34.11": 0}
    reference = ["C61", "C61", "C20", "C18.9", "C34.11", "C50.911"]
    rows = by_frequency(reference, [1, 0, 1, 1, 0, 0], people(6), training)
    assert [(r["band"], r["classes"], r["cases"], r["right"]) for r in rows] == [
        ("often", 1, 2, 1),
        ("seldom", 2, 2, 2),
        ("never", 2, 2, 0),
    ]
    assert rows[0]["ci95"] == pytest.approx(wilson(1, 2).ci95)
    empty = by_frequency([], [], [], training)
    assert [row["value"] for row in empty] == [None] * 3
    assert all(row["reason"] == "no such case" for row in empty)


def test_confusion_keeps_answers_outside_the_reference_last() -> None:
    found = confusion(["b", "a", "a"], ["b", "z", "a"])
    assert found == {
        "reference": ["a", "b"],
        "answered": ["a", "b", "z"],
        "counts": [[1, 0, 1], [0, 1, 0]],
    }
