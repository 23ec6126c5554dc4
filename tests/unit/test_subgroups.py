"""The same number for each part of the patients, and for each of several trainings."""

import json

import numpy as np
import pytest

from exports.evaluation.facts import CaseFacts
from exports.evaluation.seeds import spread
from exports.evaluation.statistics import wilson
from exports.evaluation.subgroups import age_band, subgroups
from store.errors import RadoncError


def case(i: int, patient: str = "", **facts: object) -> CaseFacts:
    known = {"case_id": f"c{i}", "patient": patient or f"p{i:03d}", "diagnosis": "d"}
    return CaseFacts(**known, regimen="r", modality="photon", icd10="C61", **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("age", "band"),
    [(0, "0-17"), (17, "0-17"), (18, "18-39"), (64, "60-69"), (99, "80+"), (None, "not recorded")],
)
def test_age_bands(age: int | None, band: str) -> None:
    assert age_band(age) == band


def test_groups_have_wilsons_interval_and_a_warning_where_small() -> None:
    cases = [case(i, site="lung" if i < 25 else "bone", sex="F") for i in range(35)]
    right = [1.0] * 20 + [0.0] * 15
    rows = subgroups(cases, right)
    assert [(r.by, r.group, r.patients) for r in rows] == [
        ("site", "lung", 25),
        ("site", "bone", 10),
        ("sex", "F", 35),
    ]
    assert rows[0].interval.ci95 == pytest.approx(wilson(20, 25).ci95)
    assert rows[0].warning == ""
    assert rows[1].warning == "too few to speak: under 20 patients"
    json.dumps([row.record() for row in rows], allow_nan=False)


def test_cases_count_by_patient_and_a_patient_may_be_in_two_groups() -> None:
    cases = [case(i, f"p{i // 2}", intent="curative" if i % 2 else "palliative") for i in range(60)]
    rows = [row for row in subgroups(cases, [1.0] * 60) if row.by == "intent"]
    assert [(r.patients, r.cases) for r in rows] == [(30, 30), (30, 30)]
    doubled = [case(i, f"p{i // 2}", site="lung") for i in range(60)]
    (lung,) = subgroups(doubled, [1.0] * 60)
    assert (lung.patients, lung.cases) == (30, 60)
    assert lung.interval.ci95 == pytest.approx(wilson(30, 30).ci95)


def test_scores_and_differences_are_resampled_and_what_is_unknown_is_its_own_group() -> None:
    cases = [case(i, year=2020 if i < 20 else None) for i in range(40)]
    values = np.linspace(-0.4, 0.6, 40)
    rows = subgroups(cases, values, low=-1, high=1, resamples=300)
    assert [(r.group, r.interval.method) for r in rows] == [
        ("2020", "patient bootstrap"),
        ("not recorded", "patient bootstrap"),
    ]


def test_nothing_known_one_case_and_nan() -> None:
    assert subgroups([], []) == []
    assert subgroups([case(1)], [1.0]) == []
    (one,) = subgroups([case(1, site="lung")], [0.3])
    assert (one.value, one.interval.ci95) == (0.3, None)
    assert one.interval.reason
    (bad,) = subgroups([case(i, site="lung") for i in range(30)], [float("nan")] * 30)
    assert bad.value is None
    assert bad.interval.reason == "a value is not a number"
    json.dumps(bad.record(), allow_nan=False)


SHROUT_FLEISS = [
    [9, 6, 8, 7, 10, 6],
    [2, 1, 4, 1, 5, 2],
    [5, 3, 6, 2, 6, 4],
    [8, 2, 8, 6, 9, 7],
]
"""Four judges of six targets (Shrout and Fleiss 1979, table 2)."""


def test_trainings_and_patients_come_apart_as_in_a_published_table() -> None:
    """Mean squares there: targets 11.24, judges 32.49, error 1.02."""
    people = [f"t{i}" for i in range(6)]
    found = spread({f"j{i}": (row, people) for i, row in enumerate(SHROUT_FLEISS)})
    assert found.between_trainings is not None
    assert found.between_patients is not None
    assert found.rest is not None
    assert found.rest**2 == pytest.approx(1.02, abs=0.005)
    assert found.between_trainings**2 == pytest.approx((32.49 - 1.02) / 6, abs=0.01)
    assert found.between_patients**2 == pytest.approx((11.24 - 1.02) / 4, abs=0.01)
    # the intraclass correlation of single judges there is 0.29
    parts = [found.between_patients**2, found.between_trainings**2, found.rest**2]
    assert parts[0] / sum(parts) == pytest.approx(0.29, abs=0.005)
    assert "from 4 trainings only" in found.reason
    json.dumps(found.record(), allow_nan=False)


def test_the_parts_are_those_that_made_the_numbers() -> None:
    rng = np.random.default_rng(3)
    trainings, patients = 60, 400
    table = (
        0.6
        + rng.normal(0, 0.05, (trainings, 1))
        + rng.normal(0, 0.2, (1, patients))
        + rng.normal(0, 0.1, (trainings, patients))
    )
    people = [f"p{i:03d}" for i in range(patients)]
    found = spread({f"r{i}": (row, people) for i, row in enumerate(table)})
    assert found.between_trainings == pytest.approx(0.05, rel=0.25)
    assert found.between_patients == pytest.approx(0.2, rel=0.1)
    assert found.rest == pytest.approx(0.1, rel=0.02)
    assert found.reason == ""
    assert found.se == pytest.approx(np.hypot(found.se_patients or 0, found.se_trainings or 0))


def test_trainings_that_say_the_same_have_no_spread_between_them() -> None:
    people, row = [f"p{i // 2}" for i in range(40)], [float(i % 3 == 0) for i in range(40)]
    found = spread({"a": (row, people), "b": (row, people), "c": (row, people)})
    assert (found.between_trainings, found.rest) == (0, 0)
    assert found.patients == 20
    assert found.se_patients is not None
    assert found.se_patients > 0


def test_one_training_one_patient_nan_and_none_have_no_spread() -> None:
    one = spread({"a": ([1.0, 0.0], ["p", "q"])})
    assert (one.mean, one.between_trainings) == (0.5, None)
    assert "one training" in one.reason
    single = spread({"a": ([1.0], ["p"]), "b": ([0.0], ["p"])})
    assert "patients" in single.reason
    assert spread({}).mean is None
    nan = spread({"a": ([float("nan"), 1.0], ["p", "q"]), "b": ([1.0, 1.0], ["p", "q"])})
    assert nan.reason == "a value is not a number"
    json.dumps(nan.record(), allow_nan=False)
    json.dumps(spread({}).record(), allow_nan=False)


def test_other_patients_are_refused() -> None:
    with pytest.raises(RadoncError, match="different patients"):
        spread({"a": ([1.0], ["p"]), "b": ([1.0], ["q"])})
