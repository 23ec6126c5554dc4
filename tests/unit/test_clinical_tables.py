"""The columns, the disagreement with ROUGE-1, sites and intents, and the ceiling, over cases."""

import json

import pytest
from hypothesis import given, strategies as st

from exports.evaluation.ceiling import Ceiling, ceiling
from exports.evaluation.clinical_tables import ClinicalTables, clinical_tables
from exports.evaluation.facts import CaseFacts
from exports.evaluation.regimens import compare_cases
from exports.evaluation.rouge_disagreement import RougeDisagreement, rouge_disagreement
from exports.evaluation.unsafe import ModelAnswers
from tests.unit.regimen_comparing import TABLE, case

A = "60 Gy in 30 fractions, photon, lung"
B = "60 Gy in 20 fractions, photon, lung"
C = "20 Gy in 5 fractions, photon, lung"
EQUIVALENT = "59.4 Gy in 33 fractions, photon, lung"


def cases(*regimens: str, **facts: str) -> list[CaseFacts]:
    return [
        case(text, case_id=f"c{i}", patient=f"p{i}", **facts) for i, text in enumerate(regimens)
    ]


def tables(test: list[CaseFacts], answers: list[str], training: list[CaseFacts]) -> ClinicalTables:
    said = {one.case_id: text for one, text in zip(test, answers, strict=True)}
    return clinical_tables(test, training, {"tuned": ModelAnswers(said)}, table=TABLE, resamples=50)


def test_three_columns_each_with_its_own_n():
    test = [*cases(A, A, A, A, "see plan"), case(A, case_id="skin", patient="skin", site="skin")]
    answers = [A, EQUIVALENT, "55 Gy in 20 fractions, photon", "illegible", A, A]
    found = tables(test, answers, test).columns["tuned"]
    assert (found.n, found.unparsed_references) == (6, 1)
    assert (found.exact.count, found.exact.n) == (2, 5)
    assert (found.equivalent.count, found.equivalent.n) == (3, 5)
    assert (found.accepted.count, found.accepted.n) == (3, 4)
    assert (found.covered.count, found.covered.n) == (5, 6)
    assert found.not_judged == 2
    assert (found.unparsed.count, found.unparsed.n) == (1, 6)
    assert found.accepted_by_table_alone == 1
    assert found.references_refused == 0
    assert found.no_alpha_beta == 1
    assert found.verdicts["fractions"] == {"right": 2, "wrong": 3, "not stated": 0}
    assert found.why_not["the answer is no legible regimen"] == 1


def test_a_reference_that_the_table_refuses_is_counted():
    found = tables(cases(A, B), [A, B], []).columns["tuned"]
    assert found.references_refused == 1
    assert found.accepted.count == 2


def disagreement(test: list[CaseFacts], answers: list[str]) -> RougeDisagreement:
    said = {one.case_id: text for one, text in zip(test, answers, strict=True)}
    return rouge_disagreement(test, said, compare_cases(test, said, TABLE))


def test_rouge_and_equivalence_disagree_on_what_they_disagree():
    same_dose = "30 fx of 200 cGy photons"
    found = disagreement(cases(A, A, A), [B, A, same_dose])
    assert found.n == 3
    assert found.high_not_equivalent.cases == ("c0",)
    assert found.high_not_equivalent.n == 2
    assert found.low_equivalent.cases == ("c2",)
    assert found.superiority == pytest.approx(0.5)
    assert found.spearman == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [([], "could be judged"), ([A], "alike"), ([B, B], "alike"), ([A, A], "alike")],
)
def test_where_nothing_varies_there_is_no_correlation(answers: list[str], reason: str):
    found = disagreement(cases(*[A] * len(answers)), answers)
    assert (found.spearman, found.superiority) == (None, None)
    assert reason in found.reason
    json.dumps(found.as_json(), allow_nan=False)


def test_a_row_for_each_site_and_intent():
    test = [*cases(A, A), case(C, case_id="pal", patient="pal", intent="palliative")]
    found = tables(test, [A, B, A], test)
    curative, palliative = found.site_intent
    assert (curative.site, curative.intent, curative.n) == ("lung", "curative", 2)
    counts = curative.models["tuned"]
    assert (counts.exact.count, counts.exact.n) == (1, 2)
    assert (counts.unsafe.count, counts.unsafe.n) == (1, 2)
    assert palliative.models["tuned"].unsafe.count == 1
    assert found.unsafe.rows["intent_swapped"]["tuned"].cases == ("pal",)
    unknown = tables(cases(A, site="", intent=""), [A], []).site_intent[0]
    assert (unknown.site, unknown.intent) == ("not recorded", "not recorded")


def test_the_ceiling_is_how_often_alike_patients_received_the_same():
    training = cases(A, A, A, B)
    found = ceiling(cases(A, B, C), training, resamples=50)
    assert (found.n, found.uncovered, found.illegible) == (3, 0, 0)
    assert found.same == pytest.approx((3 / 4 + 1 / 4 + 0) / 3)
    assert found.modal == pytest.approx(1 / 3)
    assert found.median_patients == 4
    other = ceiling(cases(A, "?", prior_rt="yes"), training)
    assert (other.n, other.uncovered, other.illegible, other.same) == (0, 1, 1, None)
    assert other.reason


def test_the_ceiling_by_a_band_and_by_code_category():
    training = [*cases(A, A, icd10="C34.2"), *cases(B, icd10="C61")]
    assert ceiling(cases(A), training).same == 1.0
    banded = ceiling(cases(A), training, lambda facts: "II" if facts.patient == "p1" else "III")
    assert (banded.n, banded.alone) == (1, 1)
    assert "band" in banded.as_json()["key_fields"]
    assert "band" not in ceiling(cases(A), training).as_json()["key_fields"]


def test_patients_and_not_courses_are_counted_and_ties_in_part():
    one, other = cases(A, B)
    twice = [one, case(A, case_id="again", patient=one.patient), other]
    found = ceiling([one], twice)
    assert (found.same, found.modal) == (0.5, 0.5)


def test_no_case_one_case_and_nothing_legible():
    for test, answers in (([], []), (cases(A), [A]), (cases("?", "?"), ["?", "?"])):
        found = tables(test, answers, test)
        shape = json.loads(json.dumps(found.as_json(), allow_nan=False))
        names = {"regimens", "rouge_disagreement", "unsafe", "site_intent", "ceiling"}
        assert set(shape) == names
        columns = shape["regimens"]["tuned"]
        if test != cases(A):
            assert columns["exact"]["share"] is None
            assert columns["exact"]["reason"]
            assert shape["ceiling"]["reason"]


texts = st.sampled_from([A, B, C, EQUIVALENT, "?", ""])


@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_counts_are_nested_over_any_cases(drawn: list[tuple[str, str]]):
    test = cases(*[reference for reference, _ in drawn])
    found = tables(test, [answer for _, answer in drawn], test)
    columns = found.columns["tuned"]
    assert columns.exact.count <= columns.equivalent.count
    assert columns.equivalent.n == columns.exact.n
    assert columns.accepted.count >= columns.equivalent.count  # each case is covered
    assert columns.accepted.n + columns.not_judged == columns.n
    assert columns.exact.n + columns.unparsed_references == columns.n
    json.dumps(found.as_json(), allow_nan=False)


@given(st.lists(texts, max_size=6), st.lists(texts, max_size=6))
def test_a_ceiling_is_a_share_and_every_case_is_somewhere(test: list[str], training: list[str]):
    found: Ceiling = ceiling(cases(*test), cases(*training), resamples=20)
    assert found.n + found.uncovered + found.illegible == len(test)
    for value in (found.same, found.modal):
        assert value is None or 0 <= value <= 1
        assert (value is None) == (found.n == 0)
