"""What of the rows is compared with a regimen where it is asked what is usual.

Which rows are of a code and an intent, which phases are of one kind, and the EQD2 of a course. No
EQD2 where ``radiobiology`` has none (implants), none where external beam and brachytherapy are
mixed, and none without a tumour alpha/beta.
"""

from store.cases import Intent
from store.clinical.radiobiology import boosted_eqd2
from store.clinical.regimen import DoseRate, Modality, Phase, Regimen
from store.clinical.targets import boosts
from store.department.rows import Row
from store.department.table import Table

_CLASSES = {
    "stereotactic": ("SBRT", "SRS", "Gamma Knife", "CyberKnife"),
    "conformal": ("VMAT", "IMRT", "3D-CRT", "tomotherapy", "IMPT", "PBS"),
    "surface": ("en face", "orthovoltage"),
}


def rows_of(table: Table, intent: str, icd10: str) -> list[Row]:
    """The rows that a code may fall under for an intent; "" is any intent, and so is unknown."""
    code = icd10.strip().upper()
    return [
        row
        for row in table.rows
        if (intent in ("", Intent.UNKNOWN) or intent in row.intents) and code.startswith(row.codes)
    ]


def technique_class(technique: str) -> str:
    """Stereotactic, conformal, surface, or the technique itself; "" for one that is not stated."""
    return next((name for name, known in _CLASSES.items() if technique in known), technique)


def course_eqd2_gy(regimen: Regimen, alpha_beta_gy: float | None) -> float | None:
    """EQD2 in Gy of what the boosted volume receives in all; None where it means nothing."""
    mixed = {p.modality is Modality.BRACHYTHERAPY for p in regimen.phases} == {True, False}
    if alpha_beta_gy is None or mixed:
        return None
    found = boosted_eqd2(regimen, boosts(regimen), alpha_beta_gy).gy
    return None if found is None else round(found, 2)


def is_such(phase: Phase, dose_rate: DoseRate, kind: str) -> bool:
    """Whether a phase has this kind of dose rate and technique; unnamed is conformal.

    ``kind`` is a ``technique_class``, "" for any.
    """
    if phase.dose_rate is not dose_rate:
        return False
    return not kind or (technique_class(phase.technique) or "conformal") == kind
