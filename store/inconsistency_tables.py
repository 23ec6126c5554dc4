"""What goes with what: the knowledge by which contradictions in a case are found, as tables.

Wide on purpose: a row says what is never or hardly ever so, not what is usual, because a list of
what is merely unusual is not worked through. Where a site or code is in no row, nothing is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from store.clinical.regimen import Modality

_P, _R, _E, _B = Modality.PHOTON, Modality.PROTON, Modality.ELECTRON, Modality.BRACHYTHERAPY

ANYWHERE = (
    "C76",
    "C80",
    "C79.89",
    "C79.9",
    "C81-C96",
    "C7A",
    "C7B",
    "D36",
    "D47",
    "D48",
    "D49",
    "Z",
)
"""Codes that no site contradicts: unspecified, lymphoid and blood, neuroendocrine."""

_SKIN = "C43 C44 C4A C46 C79.2 D03 D04 D22 D23 L"
_SOFT = "C47 C49 C79.89 D21 D17 D18 M60-M79"
_LIMB = f"C40 C41 C77.3 C77.4 C79.5 {_SKIN} {_SOFT}"
_MOUTH = "C00-C14 C30-C32 C41.0 C41.1 C43 C44 C49.0 C4A C69 C70-C73 C75 C77.0 D00 D10 D11 D38 D44"

SITE_CODES: tuple[tuple[str, str], ...] = (
    # site as words begin it, codes that it may have
    ("breast", "C50 D05 D24 C79.81 N60-N64 C44.5 C77.3"),
    ("prostate", "C61 D07.5 D40.0 C79.82 N40-N42 C77.5"),
    ("lung|bronch|trachea", "C33 C34 C78.0 C78.3 D02 D14 D38 C77.1 C45 C39"),
    ("mediastin|thym", "C37 C38 C34 C78.1 C77.1 D15 D38 C15 C33"),
    ("pleura|mesothel", "C45 C38.4 C78.2 C34"),
    (
        "brain|cerebr|intracrani",
        "C70-C72 C79.3 C79.4 C75 D18 D32 D33 D35 D42-D44 Q28 G50 C41.0 H93",
    ),
    (
        "central nervous|cns|spinal cord|mening|skull base",
        "C70-C72 C79.3 C79.4 C75 C41 C30 C31 D18 D32 D33 D35 D42-D44 Q28 G50 H93",
    ),
    ("eye|orbit|choroid|conjunctiv|uvea", "C69 C44.1 D31 D09.2 H05 H11 C79.4 C72.3 E05 C49.0"),
    ("bone|spine|vertebra|rib|sacrum|pelvic bone", "C40 C41 C79.5 D16 D48.0 C49 C77 M"),
    ("liver|hepat", "C22 C78.7 C24 C23 D13"),
    ("bile duct|biliary|gallbladder|cholangio", "C22 C23 C24 C78.8"),
    ("pancreas", "C25 C24.1 C78.8 D13 C17.0"),
    ("stomach|gastric", "C16 C78.8 D00 D13 C15.5"),
    ("o?esophag", "C15 C16.0 C78.8 D00"),
    ("rect", "C20 C19 C18.7 C78.5 C21 D01"),
    ("colon|sigmoid", "C18 C19 C20 C78.5 D01"),
    ("anus|anal ", "C21 C44.5 D01.3 C20"),
    ("bladder", "C67 D09.0 D41.4 C79.1 C68"),
    ("kidney|renal", "C64 C65 C79.0 D41"),
    ("adrenal", "C74 C79.7 D35 D44"),
    ("cervix", "C53 D06 C55 C79.8 C77.5"),
    ("endometri|uter", "C54 C55 C53 D07.0 C79.8 C77.5"),
    ("ovar", "C56 C57 C48 C79.6 C77"),
    ("vulva", "C51 D07.1 C77.4 C79.8 C44"),
    ("vagina", "C52 C53 C54 C79.8"),
    ("testi", "C62 C77.2 C77.5 C79.8"),
    ("penis|penile", "C60 D07.4 C77.4 C44"),
    ("thyroid", "C73 C77.0 D44.0 D34"),
    (
        "oropharyn|nasopharyn|hypopharyn|laryn|oral.cavity|tongue|tonsil|sinonasal|salivary|parotid"
        "|head and neck|neck",
        _MOUTH,
    ),
    ("skin|scalp", f"{_SKIN} C49 C50 C63 C51 C60 C77 C84 D48.5"),
    ("lower extremity|upper extremity|hip|foot|heel|limb|thigh|arm|leg", _LIMB),
)

FEMALE_ONLY = "C51-C58 D06 D07.0-D07.3 D25-D28 D39 N70-N77 N80-N98 C79.6"
MALE_ONLY = "C60-C63 D07.4-D07.6 D29 D40 N40-N51 C79.82"
"""Categories that ICD-10 limits to one sex (WHO ICD-10 volume 2, 4.4.3)."""
FEMALE_SITES = "cervix|endometri|uter(?:us|ine)|ovar|vulva|vagina"
MALE_SITES = "prostate|testi|penis|penile|seminal vesicle"

AGES: tuple[tuple[str, str, int, int], ...] = (
    # codes, words in the diagnosis ("" for any), youngest and oldest age in years
    ("C61", "", 35, 105),
    ("C34 C33 C45", "", 16, 105),
    ("C50 D05", "", 16, 105),
    ("C15 C25 C23 C24 C53 C54 C67", "", 16, 105),
    ("C18-C21 C16 C32", "", 12, 105),
    ("C79 C78", "breast|prostate|lung|nsclc|colorectal", 20, 105),
    ("C69.2", "", 0, 15),
    ("C64", "wilms|nephroblastoma", 0, 20),
    ("C22", "hepatoblastoma", 0, 20),
    ("C74 C47 C48 C76", r"(?<!esthesio)(?<!aesthesio)neuroblastoma", 0, 30),
    ("C71", r"\bdipg\b|intrinsic pontine", 0, 40),
    ("L91 M15-M19 M61 M72 N62 H05 H11", "", 12, 105),
    ("A-Z", "", 0, 110),
)
"""Ages outside of which a disease is hardly ever irradiated; the last row is for mistyped ages."""

TECHNIQUE_MODALITIES: Mapping[str, tuple[Modality, ...]] = {
    **dict.fromkeys(
        (
            "VMAT",
            "IMRT",
            "3D-CRT",
            "tomotherapy",
            "CyberKnife",
            "Gamma Knife",
            "orthovoltage",
            "TBI",
        ),
        (_P,),
    ),
    "SBRT": (_P, _R),
    "SRS": (_P, _R),
    "TSEBT": (_E,),
    "en face": (_E,),
    "IMPT": (_R,),
    "PBS": (_R,),
    "IORT": (_E, _P, _B),
    **dict.fromkeys(
        ("interstitial", "intracavitary", "intraluminal", "plaque", "surface mould"), (_B,)
    ),
}
"""The radiation with which a technique is done."""


@dataclass(frozen=True)
class Bound:
    """The dose of a fraction, from ``low`` to ``high`` Gy, for ``what`` it is given."""

    what: str
    low: float
    high: float


STEREOTACTIC = ("SBRT", "SRS", "CyberKnife", "Gamma Knife")
FRACTION_GY: Mapping[str, Bound] = {
    "radiosurgery": Bound("radiosurgery in one fraction", 5, 90),
    "stereotactic": Bound("stereotaxy", 4, 30),
    "TBI": Bound("total body irradiation", 0.1, 10),
    "TSEBT": Bound("total skin electrons", 0.5, 4),
    "IORT": Bound("intraoperative radiotherapy", 5, 25),
    "HDR": Bound("HDR brachytherapy", 2, 21),
    "several a day": Bound("more than one fraction a day", 0.8, 4),
    "benign": Bound("benign disease", 0.3, 12),
    "single": Bound("a single fraction", 2, 34),
    "palliative": Bound("palliation in several fractions", 1.5, 14),
    "few": Bound("fewer than ten fractions", 1.5, 20),
    "many": Bound("ten or more fractions", 1.2, 5),
}
"""Gy a fraction by what is done (AAPM TG-101 for stereotaxy, ESTRO-ACROP for benign disease and
HDR brachytherapy), widened to what is published as given at all."""

MOST_TOTAL_GY = {"palliative": 66.0, "benign": 60.0}
"""The highest summed external dose in Gy of an intent; one fraction is judged by its own bound."""
