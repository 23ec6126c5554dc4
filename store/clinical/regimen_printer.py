"""How a regimen is written: one way, short, and as a clinician would write it.

``60 Gy in 30 fractions, photon VMAT, prostate`` and, phase after phase in their order,
``46 Gy in 23 fractions, photon, pelvis; then 32 Gy in 16 fractions, photon, prostate boost``.
A simultaneous boost is ``70 / 56 Gy in 35 fractions, photon, primary / elective neck``.
What a phase does not state is left out, and only that: an unstated schedule is not printed and
a stated "daily" is, so that ``regimen_reader`` gives back the same regimen. Quantities follow
ICRU 83 (photons) and ICRU 78 (protons, "Gy (RBE)").
"""

from store.clinical.regimen import DoseQuantity, DoseRate, Level, Phase, Regimen, Schedule
from store.clinical.regimen_words import ISOTOPES, TECHNIQUES, is_point, is_target

NO_TARGET = "-"
SEPARATOR = "; then "

UNITS = {
    DoseQuantity.RBE_WEIGHTED: "Gy(RBE)",
    DoseQuantity.PHYSICAL: "Gy physical",
    DoseQuantity.UNKNOWN: "Gy",
}
SCHEDULES = {
    Schedule.DAILY: " daily",
    Schedule.BID: " BID",
    Schedule.TID: " TID",
    Schedule.ALTERNATE_DAY: " on alternate days",
    Schedule.WEEKLY: " weekly",
}
RATES = {
    DoseRate.HDR: " HDR",
    DoseRate.PDR: " PDR",
    DoseRate.LDR_TEMPORARY: " LDR temporary implant",
    DoseRate.LDR_PERMANENT: " LDR permanent implant",
}


def print_regimen(regimen: Regimen) -> str:
    """The canonical print, which ``parse_regimen`` reads back as the same regimen.

    Raises:
        ValueError: a target, technique, isotope or point is none that could be read back.
    """
    return SEPARATOR.join(_phase(phase) for phase in regimen.phases)


def print_dose(dose_gy: float) -> str:
    """A dose in Gy without trailing zeros, to 0.01 Gy: 60, 59.4, 36.25."""
    return f"{dose_gy:.2f}".rstrip("0").rstrip(".")


def usual_unit(phase: Phase) -> bool:
    """Whether the bare "Gy" says the phase's quantity: physical where only that is possible."""
    return phase.quantity is Phase(phase.levels, 2, phase.modality).quantity


def _phase(phase: Phase) -> str:
    _check(phase)
    doses = " / ".join(print_dose(level.dose_gy) for level in phase.levels)
    head = f"{doses} {'Gy' if usual_unit(phase) else UNITS[phase.quantity]}"
    if phase.fractions is not None:
        head += f" in {phase.fractions} fraction{'s' * (phase.fractions > 1)}"
    head += SCHEDULES.get(phase.schedule, "") + RATES.get(phase.dose_rate, "")
    if phase.isotope:
        head += f" {phase.isotope}"
    if phase.prescription_point:
        head += f" at {phase.prescription_point}"
    radiation = phase.modality.value if phase.modality else ""
    if phase.technique:
        radiation = f"{radiation or 'by'} {phase.technique}"
    return ", ".join(part for part in (head, radiation, _targets(phase.levels)) if part)


def _targets(levels: tuple[Level, ...]) -> str:
    if not any(level.target for level in levels):
        return ""
    return " / ".join(level.target or NO_TARGET for level in levels)


def _check(phase: Phase) -> None:
    """Refuse what would be printed and then read as something else."""
    if phase.technique and phase.technique not in TECHNIQUES:
        raise ValueError(f"technique {phase.technique!r} is none of {', '.join(TECHNIQUES)}")
    if phase.isotope and phase.isotope not in ISOTOPES:
        raise ValueError(f"isotope {phase.isotope!r} is none of {', '.join(ISOTOPES)}")
    if phase.prescription_point and not is_point(phase.prescription_point):
        raise ValueError(f"no prescription point: {phase.prescription_point!r}")
    for level in phase.levels:
        if not is_target(level.target):
            raise ValueError(f"target {level.target!r} would be read as something else")
