"""BED and EQD2 against hand-worked and published numbers, and where there is none."""

import math

import pytest
from hypothesis import given, strategies as st

from store.clinical.radiobiology import (
    Eqd2,
    bed,
    boosted_eqd2,
    eqd2,
    level_eqd2,
    no_eqd2,
)
from store.clinical.regimen_reader import parse_regimen
from store.clinical.targets import boosts


def gy(text: str, alpha_beta_gy: float, **how: bool) -> list[float | None]:
    found = [
        level_eqd2(phase, level, alpha_beta_gy, **how)
        for phase in parse_regimen(text).phases
        for level in phase.levels
    ]
    return [None if level.gy is None else round(level.gy, 2) for level in found]


@pytest.mark.parametrize(
    ("dose", "fractions", "alpha_beta", "expected"),
    [
        (60, 30, 10, 72.0),  # 60 (1 + 2/10)
        (60, 30, 3, 100.0),  # 60 (1 + 2/3)
        (54, 3, 10, 151.2),  # lung SBRT as it is quoted
        (48, 4, 10, 105.6),  # JCOG 0403 as it is quoted
        (8, 1, 10, 14.4),
        (36.25, 5, 1.5, 211.46),
    ],
)
def test_bed_as_quoted(dose: float, fractions: int, alpha_beta: float, expected: float):
    assert bed(dose, fractions, alpha_beta) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("text", "alpha_beta", "expected"),
    [
        ("60 Gy in 30 fractions, photon, lung", 3, [60.0]),
        ("60 Gy in 20 fractions, photon, prostate", 3, [72.0]),
        ("60 Gy in 20 fractions, photon, prostate", 1.5, [77.14]),
        ("40.05 Gy in 15 fractions, photon, whole breast", 4, [44.52]),
        ("45 Gy in 30 fractions BID, photon, lung", 10, [43.12]),
        ("8 Gy in 1 fraction, photon, spine", 10, [12.0]),
        ("70 / 56 Gy in 35 fractions, photon, primary / elective neck", 10, [70.0, 54.13]),
        ("60 Gy(RBE) in 30 fractions, proton, lung", 3, [60.0]),
        ("46 Gy in 23 fractions, photon, pelvis; then 15 Gy in 1 fraction HDR, brachytherapy, "
         "prostate boost", 3, [46.0, 54.0]),
        ("145 Gy LDR permanent implant I-125, brachytherapy, prostate", 1.5, [None]),
    ],
)  # fmt: skip
def test_eqd2_of_each_level(text: str, alpha_beta: float, expected: list[float | None]):
    assert gy(text, alpha_beta) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("125 Gy LDR permanent implant Pd-103, brachytherapy, prostate", "low dose rate"),
        ("85 Gy LDR temporary implant I-125, brachytherapy plaque, eye", "plaque"),
        ("30 Gy PDR, brachytherapy, cervix", "PDR"),
        ("30 Gy in 60 fractions PDR, brachytherapy, cervix", "PDR"),
        ("28 Gy in 4 fractions, brachytherapy, cervix", "not stated"),
        ("80 Gy in 1 fraction at Dmax, photon, trigeminal nerve", "functional"),
        ("20 Gy in 1 fraction, photon SRS, AVM nidus", "vascular"),
    ],
)
def test_where_there_is_no_eqd2_there_is_a_reason(text: str, why: str):
    phase = parse_regimen(text).phases[0]
    found = level_eqd2(phase, phase.levels[0], 3)
    assert found.gy is None
    assert found.bed_gy is None
    assert why in found.reason == no_eqd2(phase)


def test_a_single_fraction_for_benign_disease_has_none_and_several_have_one():
    assert gy("7 Gy in 1 fraction, photon, hip", 3, benign=True) == [None]
    assert gy("7 Gy in 1 fraction, photon, hip", 3) == [14.0]
    assert gy("3 Gy in 6 fractions, photon, heel", 3, benign=True) == [2.1]


def test_what_is_uncertain_or_not_corrected_for_is_said():
    def of(text: str) -> Eqd2:
        phase = parse_regimen(text).phases[0]
        return level_eqd2(phase, phase.levels[0], 10)

    assert of("54 Gy in 3 fractions, photon, lung").lq_uncertain
    assert not of("8 Gy in 1 fraction, photon, spine").lq_uncertain
    assert "incomplete repair" in of("45 Gy in 30 fractions BID, photon, lung").notes[0]
    assert "RBE-weighted" in of("60 Gy(RBE) in 30 fractions, proton, lung").notes[0]
    assert of("60 Gy in 30 fractions, photon, lung").notes == ()
    assert of("54 Gy in 3 fractions, photon, lung").as_json()["lq_uncertain"] is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50 Gy in 25 fractions, photon, whole breast; then 10 Gy in 5 fractions, photon, "
         "tumour bed boost", 60.0),
        ("46 Gy in 23 fractions, photon, pelvis; then 32 Gy in 16 fractions, photon, prostate",
         78.0),
        ("8 Gy in 1 fraction, photon, left hip; then 8 Gy in 1 fraction, photon, skull", None),
        ("45 Gy in 25 fractions, photon, pelvis; then 110 Gy LDR permanent implant I-125, "
         "brachytherapy, prostate boost", None),
    ],
)  # fmt: skip
def test_phases_add_only_where_one_lies_within_the_other(text: str, expected: float | None):
    regimen = parse_regimen(text)
    found = boosted_eqd2(regimen, boosts(regimen), 3)
    assert found.gy == (None if expected is None else pytest.approx(expected))
    assert bool(found.reason) == (expected is None)


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_what_is_no_alpha_beta_or_dose_is_refused(value: float):
    with pytest.raises(ValueError, match="alpha/beta"):
        eqd2(60, 30, value)
    with pytest.raises(ValueError, match="dose"):
        bed(value, 30, 10)


doses = st.floats(0.5, 200)
counts = st.integers(1, 60)
ratios = st.floats(0.5, 30)


@given(doses, counts, ratios)
def test_bed_is_eqd2_in_other_units(dose: float, n: int, ratio: float):
    assert bed(dose, n, ratio) == pytest.approx(eqd2(dose, n, ratio) * (1 + 2 / ratio))


@given(counts, ratios)
def test_in_fractions_of_2_gy_eqd2_is_the_dose(n: int, ratio: float):
    assert eqd2(2 * n, n, ratio) == pytest.approx(2 * n)


@given(doses, counts, ratios)
def test_fewer_fractions_of_one_dose_do_more(dose: float, n: int, ratio: float):
    assert eqd2(dose, n, ratio) > eqd2(dose, n + 1, ratio)


@given(doses, counts, doses, counts, ratios, ratios, ratios)
def test_a_ratio_of_two_eqd2_lies_between_those_at_the_ends(
    one: float, n: int, other: float, m: int, a: float, b: float, c: float
):
    low, middle, high = sorted((a, b, c))
    ends = [eqd2(one, n, x) / eqd2(other, m, x) for x in (low, high)]
    found = eqd2(one, n, middle) / eqd2(other, m, middle)
    assert min(ends) * (1 - 1e-9) <= found <= max(ends) * (1 + 1e-9)
