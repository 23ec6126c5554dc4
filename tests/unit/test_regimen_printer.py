"""The canonical print: short, one way, and read back as the same regimen."""

import pytest
from hypothesis import given, settings, strategies as st

from store.clinical.regimen import (
    IMPLANTS,
    DoseQuantity,
    DoseRate,
    Level,
    Modality,
    Phase,
    Regimen,
    Schedule,
)
from store.clinical.regimen_printer import print_regimen
from store.clinical.regimen_reader import parse_regimen
from store.clinical.regimen_words import ISOTOPES, TECHNIQUES, clean_target, is_target

PHOTON = Modality.PHOTON
BRACHY = Modality.BRACHYTHERAPY


def one(levels: list[tuple[float, str]], fractions: int | None, **parts: object) -> Regimen:
    phase = Phase(
        tuple(Level(dose, target) for dose, target in levels),
        fractions,
        **parts,  # pyright: ignore[reportArgumentType]
    )
    return Regimen((phase,))


@pytest.mark.parametrize(
    ("regimen", "text"),
    [
        (
            one([(60, "prostate")], 30, modality=PHOTON),
            "60 Gy in 30 fractions, photon, prostate",
        ),
        (
            one([(36.25, "prostate")], 5, modality=PHOTON, technique="SBRT"),
            "36.25 Gy in 5 fractions, photon SBRT, prostate",
        ),
        (one([(59.4, "")], 33), "59.4 Gy in 33 fractions"),
        (one([(8, "femur")], 1, modality=PHOTON), "8 Gy in 1 fraction, photon, femur"),
        (
            one([(70, "primary"), (56, "elective neck")], 35, modality=PHOTON),
            "70 / 56 Gy in 35 fractions, photon, primary / elective neck",
        ),
        (
            one([(70, "primary"), (63, ""), (56, "neck")], 35, modality=PHOTON),
            "70 / 63 / 56 Gy in 35 fractions, photon, primary / - / neck",
        ),
        (
            one(
                [(54, "brain")],
                30,
                modality=Modality.PROTON,
                technique="PBS",
                quantity=DoseQuantity.RBE_WEIGHTED,
            ),
            "54 Gy(RBE) in 30 fractions, proton PBS, brain",
        ),
        (
            one(
                [(145, "prostate")],
                None,
                modality=BRACHY,
                dose_rate=DoseRate.LDR_PERMANENT,
                isotope="I-125",
            ),
            "145 Gy LDR permanent implant I-125, brachytherapy, prostate",
        ),
        (
            one(
                [(21, "vaginal cuff")],
                3,
                modality=BRACHY,
                dose_rate=DoseRate.HDR,
                schedule=Schedule.WEEKLY,
                prescription_point="5 mm",
            ),
            "21 Gy in 3 fractions weekly HDR at 5 mm, brachytherapy, vaginal cuff",
        ),
        (
            one([(45, "lung")], 30, modality=PHOTON, schedule=Schedule.BID),
            "45 Gy in 30 fractions BID, photon, lung",
        ),
    ],
)
def test_print(regimen: Regimen, text: str):
    assert print_regimen(regimen) == text
    assert parse_regimen(text) == regimen


def test_phases_are_printed_in_their_order():
    text = (
        "46 Gy in 23 fractions, photon, pelvic nodes, prostate and seminal vesicles; "
        "then 15 Gy in 1 fraction HDR Ir-192, brachytherapy, prostate boost"
    )
    regimen = parse_regimen(text)
    assert [phase.dose_gy for phase in regimen.phases] == [46, 15]
    assert print_regimen(regimen) == text


@pytest.mark.parametrize(
    "parts",
    [
        {"levels": (Level(60, "2 Gy x 30"),)},
        {"levels": (Level(60, "photon field"),)},
        {"levels": (Level(60, "pelvis; then boost"),)},
        {"levels": (Level(60, "pelvis twice daily"),)},
        {"levels": (Level(60, "pelvis in 30 fractions"),)},
        {"technique": "a new one"},
        {"isotope": "X-1"},
        {"prescription_point": "60 Gy"},
    ],
)
def test_what_would_read_as_something_else_is_not_printed(parts: dict[str, object]):
    whole: dict[str, object] = {"levels": (Level(60),), "fractions": 30} | parts
    with pytest.raises(ValueError, match=r"\w"):
        print_regimen(Regimen((Phase(**whole),)))  # pyright: ignore[reportArgumentType]


NAMED = ["prostate", "left breast", "PSMA-avid node (L5)", "bed + 1-2 cm", "nodes, T10/T11", ""]
POINTS = ["", "D95", "Dmax", "80% isodose", "5 mm", "3-4 mm", "surface", "point A", "isocentre"]
targets = st.sampled_from(NAMED) | st.text(max_size=30).map(clean_target).filter(is_target)


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    modality = draw(st.none() | st.sampled_from(Modality))
    rates = list(DoseRate) if modality is BRACHY else [DoseRate.EXTERNAL]
    rate = draw(st.sampled_from(rates))
    fractions = None if rate in IMPLANTS else draw(st.integers(1, 60))
    if rate is DoseRate.PDR and draw(st.booleans()):
        fractions = None
    least = 10 * (fractions or 1)
    doses = draw(st.lists(st.integers(least, 20000), min_size=1, max_size=3, unique=True))
    return Phase(
        tuple(Level(dose / 100, draw(targets)) for dose in sorted(doses, reverse=True)),
        fractions,
        modality,
        draw(st.sampled_from(["", *TECHNIQUES])),
        draw(st.sampled_from([s for s in Schedule if s is not Schedule.SINGLE])),
        draw(st.sampled_from(DoseQuantity)),
        rate,
        draw(st.sampled_from(["", *ISOTOPES])),
        draw(st.sampled_from(POINTS)),
    )


@settings(deadline=None)
@given(st.lists(phases(), min_size=1, max_size=4))
def test_parse_after_print_is_identity(drawn: list[Phase]):
    regimen = Regimen(tuple(drawn))
    assert parse_regimen(print_regimen(regimen)) == regimen
