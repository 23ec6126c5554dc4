"""What the regimen types hold to, and what they add up."""

import pytest

from store.clinical.regimen import (
    DoseQuantity,
    DoseRate,
    Level,
    Modality,
    Phase,
    Regimen,
    Schedule,
    same_regimen,
    with_modality,
)
from store.clinical.regimen_reader import parse_regimen


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("60 Gy in 30 fractions, photon, lung", 60),
        ("46 Gy in 23 fractions, photon, pelvis; then 32 Gy in 16, photon, prostate boost", 78),
        ("45 Gy in 25 fractions, pelvis; then 5.4 Gy in 3 fractions, pelvis", 50.4),
        ("70 / 56 Gy in 35 fractions, primary / elective neck", 70),
        ("20 Gy in 5 fractions, left hip; then 20 Gy in 5 fractions, right hip", None),
        ("45 Gy in 25 fractions, pelvis; then 15 Gy in 1 fraction HDR, brachytherapy, boost", None),
        ("45 Gy/25fx photon + 24 Gy/3fx brachytherapy boost", None),
    ],
)
def test_only_phases_to_one_target_add(text: str, total: float | None):
    assert parse_regimen(text).total_gy == total


def test_equality_is_of_doses_fractions_and_modality_in_any_order():
    one = parse_regimen("46 Gy in 23 fractions, photon, pelvis; then 32 Gy in 16, photon, boost")
    other = parse_regimen("32 Gy in 16 photon VMAT daily; then 2300 cGy x 2, photon; ")
    assert not same_regimen(one, other)
    assert same_regimen(one, parse_regimen("16 x 2 Gy photon; then 23 x 2 Gy photon weekly"))
    assert not same_regimen(one, parse_regimen("46 Gy in 23 proton; then 32 Gy in 16 photon"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("145 Gy LDR I-125, prostate", "145 Gy I-125 seeds, prostate", True),
        ("145 Gy LDR I-125, prostate", "145 Gy LDR Pd-103, prostate", False),
        ("145 Gy LDR I-125, prostate", "145 Gy LDR permanent implant, prostate", False),
        ("85 Gy I-125 plaque, eye", "85 Gy Ru-106 plaque, eye", False),
        ("21 Gy in 3 fractions HDR Ir-192, cervix", "21 Gy in 3 fractions HDR, cervix", True),
        ("21 Gy in 3 fractions HDR Ir-192, cervix", "21 Gy in 3 fractions HDR Co-60, cervix", True),
    ],
)
def test_an_implant_of_another_isotope_is_another_treatment(one: str, other: str, same: bool):
    assert same_regimen(parse_regimen(one), parse_regimen(other)) is same


def test_a_column_fills_only_what_is_unstated():
    regimen = parse_regimen("40.05Gy/15fx + 10Gy/5fx electron")
    assert [p.modality for p in regimen.phases] == [None, Modality.ELECTRON]
    filled = with_modality(regimen, Modality.PHOTON)
    assert [p.modality for p in filled.phases] == [Modality.PHOTON, Modality.ELECTRON]
    assert filled.phases[0].quantity is DoseQuantity.PHYSICAL


def test_one_fraction_is_single_and_a_proton_gray_stays_unknown():
    assert Phase((Level(8),), 1, schedule=Schedule.DAILY).schedule is Schedule.SINGLE
    assert Phase((Level(8),), 4, Modality.PHOTON).quantity is DoseQuantity.PHYSICAL
    assert Phase((Level(8),), 4, Modality.PROTON).quantity is DoseQuantity.UNKNOWN


@pytest.mark.parametrize(
    "parts",
    [
        {"levels": ()},
        {"levels": (Level(50), Level(60))},
        {"fractions": None},
        {"fractions": 0},
        {"schedule": Schedule.SINGLE},
        {"dose_rate": DoseRate.HDR},
        {"dose_rate": DoseRate.LDR_PERMANENT, "modality": Modality.BRACHYTHERAPY},
    ],
)
def test_contradictions_are_no_phase(parts: dict[str, object]):
    whole: dict[str, object] = {"levels": (Level(60),), "fractions": 30} | parts
    with pytest.raises(ValueError, match=r"\w"):
        Phase(**whole)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("dose", [0, -1, float("nan"), float("inf")])
def test_no_dose_is_no_level(dose: float):
    with pytest.raises(ValueError, match="no dose"):
        Level(dose)


def test_a_regimen_has_a_phase():
    with pytest.raises(ValueError, match="phase"):
        Regimen(())
