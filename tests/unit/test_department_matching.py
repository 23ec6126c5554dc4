"""When a regimen is the alternative that a row names, and when it is another treatment."""

import pytest
from hypothesis import given, strategies as st

from store.clinical.regimen import Level, Modality, Phase, Regimen
from store.clinical.regimen_reader import parse_regimen
from store.department.matching import same_as
from store.department.table import embedded_table
from store.department.targets import same_target

REGIMENS = [regimen for row in embedded_table().rows for regimen in row.regimens]


@pytest.mark.parametrize(
    ("text", "alternative"),
    [
        ("60 Gy/20 fx photon VMAT, prostate and seminal vesicles",
         "60 Gy in 20 fractions, photon, prostate"),
        ("54 Gy in 3 fractions, photon", "54 Gy in 3 fractions, photon SBRT, lung tumour"),
        ("54 Gy in 3", "54 Gy in 3 fractions, photon SBRT, lung tumour"),
        ("42.7 Gy in 7 fractions, photon, prostate",
         "42.7 Gy in 7 fractions on alternate days, photon, prostate"),
        ("70 / 56 Gy in 35 fractions, photon, primary and nodes / elective neck",
         "70 Gy in 35 fractions, photon, primary and nodes"),
        ("10 Gy in 5 fractions, photon, tumour bed boost; then 40.05 Gy in 15 fractions, photon, "
         "whole breast", "40.05 Gy in 15 fractions, photon, whole breast; then 10 Gy in 5 "
         "fractions, photon, tumour bed boost"),
        ("85 Gy LDR temporary implant I-125, brachytherapy, eye",
         "85 Gy LDR temporary implant I-125, brachytherapy plaque, eye"),
        ("27 Gy in 2 fractions, brachytherapy, prostate",
         "27 Gy in 2 fractions HDR, brachytherapy, prostate"),
        ("70 Gy(RBE) in 28 fractions, proton, prostate", "70 Gy in 28 fractions, proton"),
        ("34 Gy in 10 fractions HDR, brachytherapy, tumour bed",
         "34 Gy in 10 fractions BID HDR, brachytherapy, tumour bed"),
    ],
)  # fmt: skip
def test_wording_technique_and_order_do_not_matter(text: str, alternative: str) -> None:
    assert same_as(parse_regimen(text), parse_regimen(alternative))


@pytest.mark.parametrize(
    ("text", "alternative"),
    [
        ("60 Gy in 30 fractions, photon, prostate", "60 Gy in 20 fractions, photon, prostate"),
        ("59.9 Gy in 20 fractions, photon, prostate", "60 Gy in 20 fractions, photon, prostate"),
        ("60 Gy in 20 fractions, proton, prostate", "60 Gy in 20 fractions, photon, prostate"),
        ("60 Gy in 20 fractions, photon, bladder", "60 Gy in 20 fractions, photon, prostate"),
        ("60 Gy in 20 fractions, photon, prostate bed", "60 Gy in 20 fractions, photon, prostate"),
        ("45 Gy in 30 fractions, photon, lung and nodes",
         "45 Gy in 30 fractions BID, photon, lung and nodes"),
        ("30 Gy in 5 fractions, photon, whole breast",
         "30 Gy in 5 fractions weekly, photon, whole breast"),
        ("30 Gy in 5 fractions, photon, whole breast",
         "30 Gy in 5 fractions, photon, partial breast"),
        ("40 / 20 Gy in 15 fractions, photon, bed / breast", "40 Gy in 15 fractions, photon, bed"),
        ("145 Gy LDR permanent implant Pd-103, brachytherapy, prostate",
         "145 Gy LDR permanent implant I-125, brachytherapy, prostate"),
        ("21 Gy in 3 fractions HDR at surface, brachytherapy, vaginal cuff",
         "21 Gy in 3 fractions HDR at 5 mm, brachytherapy, vaginal cuff"),
        ("78 Gy in 39 fractions, photon, prostate", "46 Gy in 23 fractions, photon, prostate; then "
         "32 Gy in 16 fractions, photon, prostate boost"),
        ("60 Gy in 30 fractions, photon, whole brain", "60 Gy in 30 fractions, photon, brain"),
    ],
)  # fmt: skip
def test_another_treatment_is_no_alternative(text: str, alternative: str) -> None:
    assert not same_as(parse_regimen(text), parse_regimen(alternative))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("", "prostate", True),
        ("Prostate", "prostate and base of seminal vesicles", True),
        ("prostate", "pelvic nodes and prostate", False),
        ("chest wall and nodes", "reconstructed chest wall and regional nodes", True),
        ("chest wall", "whole breast", False),
        ("left breast", "right breast", False),
        ("left breast", "whole breast", True),
        ("both whole breasts", "whole breast", True),
        ("tumour bed", "partial breast", True),
        ("brain", "tumour bed with margin", True),
        ("whole brain", "craniospinal axis", False),
        ("limb", "primary tumour with margin", True),
        ("spine", "bone metastasis", True),
        ("lung tumour", "brain metastasis", False),
    ],
)
def test_targets_are_compared_by_what_decides(one: str, other: str, same: bool) -> None:
    assert same_target(one, other) is same
    assert same_target(other, one) is same


@given(st.sampled_from(REGIMENS))
def test_every_regimen_of_the_table_is_itself(regimen: Regimen) -> None:
    assert same_as(regimen, regimen)
    assert same_as(Regimen(regimen.phases[::-1]), regimen)


@given(st.sampled_from(REGIMENS), st.floats(0.01, 20), st.booleans())
def test_no_regimen_with_another_dose_or_fractions_is_accepted_as_it(
    regimen: Regimen, more: float, of_dose: bool
) -> None:
    first, *others = regimen.phases
    if not of_dose and first.fractions is None:
        return
    levels = tuple(Level(level.dose_gy + round(more, 2), level.target) for level in first.levels)
    changed = Phase(
        levels=levels if of_dose else first.levels,
        fractions=first.fractions if of_dose else (first.fractions or 0) + 1,
        modality=first.modality or Modality.PHOTON,
        technique=first.technique,
        dose_rate=first.dose_rate,
        isotope=first.isotope,
    )
    assert not same_as(Regimen((changed, *others)), regimen)
