"""What is usual at a site: the range of dose per fraction, of EQD2, and of an implant's dose.

The ranges are those of the rows' regimens, the usual and the accepted, by site, intent, technique
and kind of dose rate. Where no row has any, there is no range, and nothing is called unusual. No
EQD2 where ``radiobiology`` has none (implants), none where external beam and brachytherapy are
mixed, and none without a tumour alpha/beta.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from store.cases import Intent
from store.clinical.radiobiology import boosted_eqd2
from store.clinical.regimen import IMPLANTS, DoseRate, Modality, Phase, Regimen
from store.clinical.targets import boosts
from store.department.rows import Row
from store.department.table import Table

_CLASSES = {
    "stereotactic": ("SBRT", "SRS", "Gamma Knife", "CyberKnife"),
    "conformal": ("VMAT", "IMRT", "3D-CRT", "tomotherapy", "IMPT", "PBS"),
    "surface": ("en face", "orthovoltage"),
}
Span = tuple[float, float]


@dataclass(frozen=True)
class UsualRange:
    """Lowest and highest of each, both included, in Gy; None where nothing is known.

    ``implant_gy`` is the dose of an implant without fractions. ``rows`` names where the range
    comes from.
    """

    dose_per_fraction_gy: Span | None
    eqd2_gy: Span | None
    implant_gy: Span | None
    rows: tuple[str, ...]


def usual_range(
    table: Table,
    intent: str,
    dose_rate: DoseRate,
    technique: str = "",
    *,
    site: str = "",
    icd10: str = "",
) -> UsualRange | None:
    """What is usual at a site with an intent, a kind of dose rate and a technique.

    Args:
        intent: a case's intent; "" or unknown for any.
        technique: one of ``TECHNIQUES``; "" where none is stated, for any.
        site: a site of the table; "" for any.
        icd10: a code, for the rows that it may fall under; "" for any.

    Returns:
        None where no row has such a regimen: no range is known.
    """
    kind = technique_class(technique)
    found: list[tuple[Row, Regimen, list[Phase]]] = []
    for row in rows_of(table, intent, site=site, icd10=icd10):
        for regimen in row.regimens:
            phases = [p for p in regimen.phases if is_such(p, dose_rate, kind)]
            if phases:
                found.append((row, regimen, phases))
    if not found:
        return None
    phases = [phase for _, _, some in found for phase in some]
    return UsualRange(
        dose_per_fraction_gy=_span(phase.dose_per_fraction_gy for phase in phases),
        eqd2_gy=_span(course_eqd2_gy(regimen, row.alpha_beta_gy) for row, regimen, _ in found),
        implant_gy=_span(phase.dose_gy for phase in phases if phase.dose_rate in IMPLANTS),
        rows=tuple(dict.fromkeys(row.name for row, _, _ in found)),
    )


def rows_of(table: Table, intent: str, *, site: str = "", icd10: str = "") -> list[Row]:
    """The rows of a site or a code for an intent; "" is any of each, and so is no known intent."""
    code = icd10.strip().upper()
    return [
        row
        for row in table.rows
        if (intent in ("", Intent.UNKNOWN) or intent in row.intents)
        and site in ("", row.site)
        and (not code or code.startswith(row.codes))
    ]


def sites_of(table: Table, icd10: str) -> tuple[str, ...]:
    """The sites of the rows under which a code may fall."""
    code = icd10.strip().upper()
    return tuple(dict.fromkeys(row.site for row in table.rows if code.startswith(row.codes)))


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


def _span(values: Iterable[float | None]) -> Span | None:
    known = [round(value, 2) for value in values if value is not None]
    return (min(known), max(known)) if known else None
