"""The leakage gate: what it refuses, what it only reports, and how long it takes."""

import random
import time
from collections.abc import Generator
from typing import Any, TypeVar

import pytest

from store.errors import Refused
from store.leakage import NEAR_TEXT, PATIENT, TWO_KEYS, Leakage, find_leakage, refuse
from store.leakage_cases import CODE, DOSES, NOTE, leaks_of_case
from store.leakage_texts import near_texts
from tests.unit.case_examples import synthetic_cases
from tests.unit.importing_examples import codes

T = TypeVar("T")
CASE: dict[str, Any] = {
    "case_id": "case-1",
    "patient": "p1",
    "diagnosis": "NSCLC of the left upper lobe",
    "regimen": "60 Gy in 30 fractions, photon, lung",
    "icd10": "C34.12",
    "year": 2020,
    "age": 66,
    "sex": "male",
}


def result(work: Generator[tuple[int, int], None, T]) -> T:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def keys(diagnosis: str, **changed: Any) -> list[str]:
    return [leak.key for leak in leaks_of_case({**CASE, "diagnosis": diagnosis, **changed})]


@pytest.mark.parametrize(
    "text",
    [
        "NSCLC, 60 Gy in 30 fractions",
        "NSCLC 60Gy/30#",
        "NSCLC 6000 cGy in 30 fx",
        "NSCLC, 2 Gy x 30",
        "NSCLC, 30 fractions of 2 Gy",
        "NSCLC; 200 cGy x 30 fx",
        "s/p lobectomy, 60 Gy in 30 fractions",
        "prior lobectomy 60 Gy in 30 fractions",
        "prior RT 50 Gy in 25 fractions in 2012, now planned 60 Gy in 30 fractions",
        "lung cancer treated 2020 with 60 Gy",
    ],
)
def test_the_cases_own_dose_in_any_wording_leaks(text: str) -> None:
    assert DOSES in keys(text)


@pytest.mark.parametrize(
    "text",
    [
        "prior RT 60 Gy in 30 fractions in 2012, now recurrent NSCLC",
        "previous radiotherapy: 60 Gy/30# (2011)",
        "60 Gy in 30 fractions 5 years ago to the left lung",
        "s/p chemoRT 60 Gy in 30 fractions, new nodule",
        "received 60 Gy in 30 to the mediastinum in 2015; new primary",
        "2012: 60 Gy in 30 fractions. Local failure",
        "re-irradiation after 60 Gy in 30 fractions",
    ],
)
def test_doses_of_earlier_radiotherapy_belong_to_the_question(text: str) -> None:
    assert keys(text) == []


@pytest.mark.parametrize("text", ["NSCLC c34.12", "C34.12 NSCLC", "NSCLC (c3412)"])
def test_a_code_leaks(text: str) -> None:
    assert keys(text) == [CODE]


@pytest.mark.parametrize("text", ["NSCLC T2 N0 M0, L4 met, p16 neg", "PSA 3.4; C3 C4 fused"])
def test_what_only_looks_like_a_code_does_not(text: str) -> None:
    assert keys(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Radiation treatment summary: NSCLC",
        "on-treatment visit, fraction 12 of 30, NSCLC",
        "NSCLC, will receive 66 Gy in 33 fractions",
        "PTV covered, lung V20 30 %, daily CBCT, NSCLC",
    ],
)
def test_plans_and_treatment_notes_leak(text: str) -> None:
    assert NOTE in keys(text)


def long_text(seed: int, words: int = 80) -> str:
    draw = random.Random(seed)
    return " ".join(f"w{draw.randrange(4000)}" for _ in range(words))


def changed(text: str, every: int, by: str = "x") -> str:
    words = text.split()
    return " ".join(by if n % every == every - 1 else word for n, word in enumerate(words))


def found(*test: dict[str, Any], train: list[dict[str, Any]]) -> Leakage:
    """What the gate says of these in test beside those in training."""
    seen = [{**CASE, "case_id": f"train-{n}", "patient": f"t{n}", **c} for n, c in enumerate(train)]
    held = [{**CASE, "case_id": f"test-{n}", **case} for n, case in enumerate(test)]
    parts = {str(case["case_id"]): str(case["case_id"]).split("-")[0] for case in (*seen, *held)}
    return result(find_leakage([*seen, *held], parts))


def test_a_patient_on_both_sides_is_refused_with_the_count_and_the_way_out() -> None:
    leakage = found({"patient": "t0"}, {"patient": "other"}, train=[{}])
    assert leakage.counts == {PATIENT: 1}
    with pytest.raises(Refused, match="1 case of the data set leaks: 1 same_patient") as refused:
        refuse(leakage, "the data set", "Freeze again.")
    assert refused.value.exit_code == 3
    assert refused.value.hint == "Freeze again."


def test_a_long_text_with_few_words_changed_is_refused() -> None:
    text = long_text(1)
    leakage = found({"diagnosis": changed(text, 25), "sex": "female"}, train=[{"diagnosis": text}])
    assert [(leak.key, leak.other) for leak in leakage.leaks] == [(NEAR_TEXT, "train-0")]


def test_one_person_under_two_keys_is_known_by_sex_birth_year_and_text() -> None:
    text = long_text(2)
    later = {"diagnosis": changed(text, 11), "year": 2022, "age": 68}
    assert found(later, train=[{"diagnosis": text}]).counts == {TWO_KEYS: 1}
    assert not found({**later, "age": 50}, train=[{"diagnosis": text}]).leaks
    assert not found({**later, "sex": "female"}, train=[{"diagnosis": text}]).leaks
    assert not found({**later, "age": None}, train=[{"diagnosis": text}]).leaks


def test_numbers_tell_templates_apart() -> None:
    """Two dictations of one template, in which a number stands at every fifth word."""
    text = long_text(3)
    one, other = (changed(text, 5, number) for number in ("61", "74"))
    assert not found({"diagnosis": one}, train=[{"diagnosis": other}]).leaks


def test_equal_short_and_structured_texts_are_reported_and_not_refused() -> None:
    short = "62-year-old woman with ductal carcinoma of the left breast, T2 N0"
    fields = "; ".join(f"Field{n}: value {n}" for n in range(20))
    leakage = found(
        {"diagnosis": short},
        {"diagnosis": fields},
        {"diagnosis": "another"},
        train=[{"diagnosis": short.upper()}, {"diagnosis": fields}],
    )
    assert leakage.leaks == ()
    assert leakage.same_texts == 2


def test_validation_counts_as_seen() -> None:
    text = long_text(4)
    cases = [
        {**CASE, "case_id": name, "patient": name, "diagnosis": text}
        for name in ("validation", "test")
    ]
    parts = {"validation": "validation", "test": "test"}
    assert result(find_leakage(cases, parts)).counts == {TWO_KEYS: 1}


def test_the_projects_own_cases_do_not_leak() -> None:
    cases = [vars(case) for case in synthetic_cases(300, codes())]
    parts = {c["case_id"]: "test" if n % 5 == 0 else "train" for n, c in enumerate(cases)}
    assert result(find_leakage(cases, parts)).leaks == ()


def crowd(count: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Long texts on two sides, of which a hundredth of one side are copies with 3 % changed."""
    draw = random.Random(5)
    texts = [long_text(n, draw.randint(60, 160)) for n in range(count)]
    here, there = texts[: count // 5], texts[count // 5 :]
    planted = draw.sample(range(len(here)), len(here) // 100)
    for n in planted:
        here[n] = changed(draw.choice(there), 33)
    return [{"diagnosis": t} for t in here], [{"diagnosis": t} for t in there], len(planted)


def test_every_copy_is_found_among_thousands() -> None:
    one, other, planted = crowd(4000)
    assert len(result(near_texts(one, other))) == planted


@pytest.mark.slow
def test_a_hundred_thousand_texts_take_bounded_time() -> None:
    one, other, planted = crowd(100_000)
    started = time.monotonic()
    assert len(result(near_texts(one, other))) == planted
    assert time.monotonic() - started < 120
