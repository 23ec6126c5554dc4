"""Whether a regimen is one of those that a row accepts.

It is where each of its phases is one of the alternative's: the same dose and fractions, modality
and kind of dose rate, and a target that may be the same. The technique does not count, nor the
order of phases. What a regimen leaves unsaid is taken as usual: no schedule is once a day.
"""

from itertools import permutations

from store.clinical.regimen import DoseRate, Modality, Phase, Regimen, Schedule
from store.department.targets import same_target

_ONCE_A_DAY = frozenset(
    {Schedule.DAILY, Schedule.ALTERNATE_DAY, Schedule.UNSTATED, Schedule.SINGLE}
)
LOWEST_LEVEL = 2 / 3
"""Share of the highest dose that a lower level has at least, where an alternative names only the
highest: elective levels lie above it, anything lower is another prescription."""


def same_as(regimen: Regimen, alternative: Regimen) -> bool:
    """Whether ``regimen`` is the alternative, phase by phase."""
    if len(regimen.phases) != len(alternative.phases):
        return False
    return any(
        all(_same_phase(one, other) for one, other in zip(order, alternative.phases, strict=True))
        for order in permutations(regimen.phases)
    )


def _same_phase(phase: Phase, alternative: Phase) -> bool:
    return (
        phase.fractions == alternative.fractions
        and phase.modality in (alternative.modality, None)
        and _same_rate(phase, alternative)
        and _same_schedule(phase, alternative)
        and _same_levels(phase, alternative)
    )


def _same_rate(phase: Phase, alternative: Phase) -> bool:
    """The same dose-rate class, isotope and point, where both state them."""
    rates = {phase.dose_rate, alternative.dose_rate}
    unstated = phase.modality is Modality.BRACHYTHERAPY and DoseRate.EXTERNAL in rates
    isotopes = {phase.isotope, alternative.isotope} - {""}
    points = {phase.prescription_point, alternative.prescription_point} - {""}
    return (len(rates) == 1 or unstated) and len(isotopes) < 2 and len(points) < 2


def _same_schedule(phase: Phase, alternative: Phase) -> bool:
    schedules = {phase.schedule, alternative.schedule}
    if phase.modality is Modality.BRACHYTHERAPY and Schedule.UNSTATED in schedules:
        return True
    return len(schedules) == 1 or schedules <= _ONCE_A_DAY


def _same_levels(phase: Phase, alternative: Phase) -> bool:
    """The same doses to the same targets; an alternative of one level leaves lower ones open."""
    levels = phase.levels
    if len(alternative.levels) == 1:
        low = alternative.dose_gy * LOWEST_LEVEL
        if any(level.dose_gy < low for level in levels):
            return False
        levels = levels[:1]
    if len(levels) != len(alternative.levels):
        return False
    return all(
        one.dose_gy == other.dose_gy and same_target(one.target, other.target)
        for one, other in zip(levels, alternative.levels, strict=True)
    )
