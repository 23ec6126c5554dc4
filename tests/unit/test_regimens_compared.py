"""Regimens compared as regimens: golden pairs, nested columns, and what is not judged."""

import json

import pytest
from hypothesis import given, strategies as st

from exports.evaluation.answers import is_right
from exports.evaluation.equivalence import not_equivalent
from exports.evaluation.phase_matching import match_phases
from exports.evaluation.regimen_verdicts import ATTRIBUTES, Verdict
from exports.evaluation.regimens import compare_case, compare_cases
from store.clinical.regimen import Regimen, exact_key
from store.clinical.regimen_printer import print_regimen
from tests.unit.regimen_comparing import CASE, TABLE, SiteTable, case, compared, regimens
from trainer.tasks import Task

R, W, N = Verdict.RIGHT, Verdict.WRONG, Verdict.NOT_STATED

LUNG = "60 Gy in 30 fractions, photon, lung"
PROSTATE_HDR = (
    "46 Gy in 23 fractions, photon, pelvis; then 15 Gy in 1 fraction HDR, brachytherapy, "
    "prostate boost"
)
SIB = "70 / 56 Gy in 35 fractions, photon, larynx and nodes / elective neck"
I_125 = "145 Gy LDR permanent implant I-125, brachytherapy, prostate"


@pytest.mark.parametrize(
    ("reference", "answer", "site", "exact", "equivalent", "why"),
    [
        (LUNG, "60 Gy in 30 fractions, photon, lung", "lung", True, True, ""),
        (LUNG, "60 Gy in 20 fractions, photon, lung", "lung", False, False, "EQD2"),
        # 60 Gy to the reference, 58.8 Gy (alpha/beta 10) and 59.4 Gy (3) to the answer
        (LUNG, "59.4 Gy in 33 fractions, photon, lung", "lung", False, True, ""),
        (LUNG, "60 Gy(RBE) in 30 fractions, proton, lung", "lung", False, True, ""),
        (LUNG, "60 Gy in 30 fractions, photon, whole brain", "lung", True, True, ""),
        (LUNG, "59.4 Gy in 33 fractions, photon, whole brain", "lung", False, False, "target"),
        ("45 Gy in 30 fractions BID, photon, lung", LUNG, "lung", False, False, "schedule"),
        ("50 Gy in 25 fractions, photon, whole breast",
         "40 Gy in 15 fractions, photon, whole breast", "breast", False, False, "EQD2"),
        ("40.05 Gy in 15 fractions, photon, whole breast",
         "42.56 Gy in 16 fractions, photon, breast", "breast", False, False, "EQD2"),
        ("40.05 Gy in 15 fractions, photon, whole breast",
         "41.6 Gy in 16 fractions, photon, breast", "breast", False, True, ""),
        (SIB, SIB, "larynx", True, True, ""),
        (SIB, "69.96 / 59.4 Gy in 33 fractions, photon, larynx and nodes / elective neck",
         "larynx", False, False, "EQD2"),
        (SIB, "70 Gy in 35 fractions, photon, larynx", "larynx", False, False, "target"),
        (SIB, "69.3 / 56.1 Gy in 33 fractions, photon, larynx and nodes / elective neck",
         "larynx", False, True, ""),
        (PROSTATE_HDR, PROSTATE_HDR, "prostate", True, True, ""),
        (PROSTATE_HDR, "46 Gy in 23 fractions, photon, pelvis", "prostate", False, False, "phases"),
        (PROSTATE_HDR, "46 Gy in 23 fractions, photon, pelvis; then 32 Gy in 16 fractions, photon, "
         "prostate boost", "prostate", False, False, "dose-rate"),
        (PROSTATE_HDR, "45 Gy in 25 fractions, photon, pelvis; then 15 Gy in 1 fraction HDR, "
         "brachytherapy, prostate boost", "prostate", False, False, "EQD2"),
        (PROSTATE_HDR, "46.8 Gy in 26 fractions, photon, pelvis; then 15 Gy in 1 fraction HDR, "
         "brachytherapy, prostate boost", "prostate", False, True, ""),
        (I_125, "125 Gy LDR permanent implant Pd-103, brachytherapy, prostate", "prostate",
         False, False, "isotope"),
        (I_125, "145 Gy LDR permanent implant Pd-103, brachytherapy, prostate", "prostate",
         False, False, "isotope"),
        (I_125, "144 Gy LDR permanent implant I-125, brachytherapy, prostate", "prostate",
         False, True, ""),
        (I_125, "140 Gy LDR permanent implant I-125, brachytherapy, prostate", "prostate",
         False, False, "2%"),
        ("8 Gy in 1 fraction, photon, spine", "20 Gy in 5 fractions, photon, spine", "bone",
         False, False, "schedule"),
        ("78 Gy in 39 fractions, photon, prostate", "46 Gy in 23 fractions, photon, prostate; then "
         "32 Gy in 16 fractions, photon, prostate", "prostate", False, False, "phases"),
        ("60 Gy(RBE) in 30 fractions, proton, lung", "60.5 Gy physical in 30 fractions, proton, "
         "lung", "lung", False, False, "RBE"),
        ("54 Gy in 3 fractions, photon, lung", "54 Gy in 3 fractions on alternate days, photon "
         "SBRT, lung", "lung", True, True, ""),
        ("80 Gy in 1 fraction, photon, trigeminal nerve", "81 Gy in 1 fraction, photon, trigeminal "
         "nerve", "brain", False, True, ""),
    ],
)  # fmt: skip
def test_golden_pairs(
    reference: str, answer: str, site: str, exact: bool, equivalent: bool, why: str
):
    found = compared(reference, answer, site=site)
    assert (found.exact, found.equivalent) == (exact, equivalent), found.why
    assert why in found.why
    assert bool(found.why) is not equivalent


def test_equivalence_must_hold_at_the_tumours_alpha_beta_and_at_3():
    # 78 Gy in 39 is 78 Gy at each; 60 Gy in 20 is 77.1 Gy at 1.5, but 72 Gy at 3
    reference, answer = "78 Gy in 39 fractions, photon", "60 Gy in 20 fractions, photon"
    assert not compared(reference, answer, site="prostate").equivalent
    # 55 Gy in 22 is 57.3 Gy at 10 and 60.5 Gy at 3: within 5 % of 60 Gy at both
    assert compared(LUNG, "55 Gy in 22 fractions, photon, lung").equivalent


def test_without_an_alpha_beta_it_must_hold_from_1_5_to_10():
    # against 60 Gy in 30: 59.4 Gy in 33 is 56 Gy at 1.5; 61.2 Gy in 34 is 57.7 Gy at 1.5
    for answer, at_10, from_1_5 in (("59.4 Gy in 33", True, False), ("61.2 Gy in 34", True, True)):
        text = f"{answer} fractions, photon, lung"
        assert compared(LUNG, text).equivalent is at_10
        assert compared(LUNG, text, None).equivalent is from_1_5


def test_what_is_right_one_by_one():
    found = compared(LUNG, "60 Gy in 20 fractions, proton, lung").verdicts
    assert found == {
        "dose": R,
        "fractions": W,
        "dose_per_fraction": W,
        "schedule": N,
        "modality": W,
        "technique": N,
        "target": R,
        "boost": N,
    }
    stated = "45 Gy in 30 fractions BID, photon VMAT, lung"
    found = compared(stated, "45 Gy in 30 fractions, photon IMRT").verdicts
    assert [found[name] for name in ("schedule", "technique", "target")] == [W, W, W]
    boosted = compared(PROSTATE_HDR, "46 Gy in 23 fractions, photon, pelvis", site="prostate")
    assert boosted.verdicts["boost"] == W
    assert boosted.verdicts["dose"] == W
    assert compared(PROSTATE_HDR, PROSTATE_HDR, site="prostate").verdicts["boost"] == R
    assert compared(SIB, SIB.replace("70", "66"), site="larynx").verdicts["boost"] == R
    assert set(found) == set(ATTRIBUTES)


def test_phases_are_matched_by_target_and_never_by_dose():
    reference = "20 Gy in 5 fractions, photon, spine; then 30 Gy in 10 fractions, photon, left hip"
    swapped = "30 Gy in 10 fractions, photon, spine; then 20 Gy in 5 fractions, photon, left hip"
    found = compared(reference, swapped, site="bone")
    assert found.exact
    assert found.verdicts["dose"] == W
    turned = "30 Gy in 10 fractions, photon, left hip; then 20 Gy in 5 fractions, photon, spine"
    found = compared(reference, turned, site="bone")
    assert found.exact
    assert found.verdicts["dose"] == found.verdicts["target"] == R


def test_levels_of_a_simultaneous_boost_are_matched_by_target():
    turned = "70 / 56 Gy in 35 fractions, photon, elective neck / larynx and nodes"
    found = compared(SIB, turned, site="larynx")
    assert found.exact
    assert found.verdicts["dose"] == W


def test_the_table_accepts_only_where_it_covers():
    accepted = compared(LUNG, "55 Gy in 20 fractions, photon, lung")
    assert (accepted.exact, accepted.equivalent, accepted.accepted) == (False, False, True)
    refused = compared(LUNG, "50 Gy in 20 fractions, photon, lung")
    assert refused.accepted is False
    # an equivalent answer is accepted although the row does not list it
    equivalent = compared(LUNG, "59.4 Gy in 33 fractions, photon, lung")
    assert (equivalent.by_table, equivalent.accepted) == (False, True)
    uncovered = compared(LUNG, LUNG, site="skin")
    assert (uncovered.exact, uncovered.accepted, uncovered.covered) == (True, None, False)
    assert compared(LUNG, LUNG, table=None).accepted is None


def test_an_illegible_answer_is_wrong_and_an_illegible_reference_not_judged():
    wrong = compared(LUNG, "as per protocol")
    assert (wrong.exact, wrong.equivalent, wrong.accepted) == (False, False, False)
    assert wrong.verdicts["dose"] == wrong.verdicts["target"] == W
    unknown = compared("see plan", LUNG)
    assert (unknown.exact, unknown.equivalent, unknown.accepted) == (None, None, None)
    assert unknown.verdicts == {}
    neither = compared("see plan", "as per protocol")
    assert (neither.exact, neither.covered) == (None, True)


def test_an_alpha_beta_that_is_none_is_as_if_there_were_none():
    for value in (float("nan"), 0.0, -3.0, float("inf")):
        found = compared(LUNG, LUNG, SiteTable(alpha_beta={"lung": value}))
        assert found.alpha_beta_gy is None


def test_large_fractions_are_marked():
    assert compared("54 Gy in 3 fractions, photon, lung", LUNG).lq_uncertain
    assert not compared(LUNG, "60 Gy in 15 fractions, photon, lung").lq_uncertain


def test_only_answered_cases_are_compared():
    assert compare_cases([], {}) == {}
    assert list(compare_cases([CASE], {"c1": LUNG, "other": LUNG})) == ["c1"]
    assert compare_cases([CASE], {}) == {}


def test_json_is_plain():
    for answer in (LUNG, "none", PROSTATE_HDR, SIB, I_125):
        text = json.dumps(compared(LUNG, answer).as_json(), allow_nan=False)
        assert "store." not in text
    pair = compared(LUNG, "60 Gy in 20 fractions, photon, lung").as_json()["pairs"][0]
    assert pair["levels"][0]["reference"]["eqd2_late_gy"] == pytest.approx(60)
    assert pair["levels"][0]["answer"]["eqd2_late_gy"] == pytest.approx(72)


@given(regimens, regimens, st.sampled_from(["lung", "prostate", "skin"]))
def test_the_columns_are_nested(reference: Regimen, answer: Regimen, site: str):
    texts = print_regimen(reference), print_regimen(answer)
    found = compare_case(case(texts[0], site=site), texts[1], TABLE)
    if found.reference is None or found.answer is None:
        return
    assert found.exact == (exact_key(found.reference) == exact_key(found.answer))
    assert found.exact == is_right(Task.REGIMEN, *texts)
    assert found.equivalent or not found.exact
    assert found.accepted in (True, None) or not found.equivalent
    assert (found.accepted is None) == (site == "skin")
    json.dumps(found.as_json(), allow_nan=False)


@given(regimens, st.sampled_from(["lung", "prostate", ""]))
def test_a_regimen_is_all_right_beside_itself(regimen: Regimen, site: str):
    matching = match_phases(regimen, regimen, site)
    assert matching.complete
    assert not matching.answer_only
    for pair, phase in zip(matching.pairs, regimen.phases, strict=True):
        assert pair.reference == pair.answer == phase
        assert all(level.reference == level.answer for level in pair.levels)
    assert not not_equivalent(matching, 10, benign=False)


@given(regimens, regimens)
def test_each_phase_stands_in_one_place(reference: Regimen, answer: Regimen):
    matching = match_phases(reference, answer)
    pairs = matching.pairs
    left = [*matching.reference_only, *(pair.reference for pair in pairs)]
    others = [*matching.answer_only, *(pair.answer for pair in pairs)]
    assert sorted(map(repr, left)) == sorted(map(repr, reference.phases))
    assert sorted(map(repr, others)) == sorted(map(repr, answer.phases))
