"""Recorded words that name one of the four modalities, and those that do not."""

import pytest

from store.clinical.modality import read_modality
from store.clinical.regimen import Modality

PHOTON, PROTON, ELECTRON, BRACHY = (
    Modality.PHOTON,
    Modality.PROTON,
    Modality.ELECTRON,
    Modality.BRACHYTHERAPY,
)


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("photon", PHOTON),
        ("Photons 6X", PHOTON),
        ("6X", PHOTON),
        ("6 MV", PHOTON),
        ("10MV VMAT", PHOTON),
        ("IMRT", PHOTON),
        ("3D-CRT", PHOTON),
        ("x-ray", PHOTON),
        ("250 kV", PHOTON),
        ("EBRT (photons)", PHOTON),
        ("Gamma Knife", PHOTON),
        ("proton", PROTON),
        ("IMPT", PROTON),
        ("PBS", PROTON),
        ("proton, 150 MeV", PROTON),
        ("electrons", ELECTRON),
        ("9 MeV", ELECTRON),
        ("en face electrons 9-12 MeV", ELECTRON),
        ("en-face", ELECTRON),
        ("TSEBT", ELECTRON),
        ("HDR brachytherapy", BRACHY),
        ("LDR", BRACHY),
        ("IMPLANTS", BRACHY),
        ("Internal", BRACHY),
        ("I-125 seeds", BRACHY),
        ("eye plaque", BRACHY),
        ("electronic brachytherapy", BRACHY),
        ("Ir-192", BRACHY),
    ],
)
def test_one_modality(text: str, modality: Modality):
    assert read_modality(text) is modality
    assert read_modality(f"  {text.upper()} ") is modality


@pytest.mark.parametrize(
    "text",
    [
        "",
        "EBRT",
        "EXTERNAL BEAM",
        "External",
        "SBRT",
        "SRS",
        "photon + electron",
        "45 Gy VMAT then HDR",
        "carbon ion",
        "neutrons",
        "proton/carbon",
        "RADIOISOTOPE",
        "I-131 100 mCi",
        "radium-223",
        "[Not Available]",
        "150 MeV",
        "unknown",
        "electronic record",
        "1024 X",
    ],
)
def test_none_where_none_or_two_are_named(text: str):
    assert read_modality(text) is None


def test_a_long_text_takes_no_time():
    assert read_modality("stereotactic 6 " * 20_000) is None
