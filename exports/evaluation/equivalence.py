"""Whether two matched phases are the same treatment in other fractions: dose-equivalence.

Same target, same dose-rate class, same schedule class, and each level's EQD2 within 5 % of the
reference's, both at the tumour's alpha/beta and at 3 Gy. Where there is no EQD2 the dose itself
must be within 2 % at the same isotope, prescription point and number of fractions. Modality is no
condition: photons and protons of one RBE-weighted dose are equivalent; a column beside it tells
them apart.
"""

from collections.abc import Sequence

from exports.evaluation.phase_matching import LevelPair, Matching, PhasePair
from store.clinical.radiobiology import LATE_ALPHA_BETA_GY, level_eqd2, no_eqd2
from store.clinical.regimen import DoseQuantity, Modality, Phase, Schedule
from store.clinical.targets import Relation

EQD2_WITHIN = 0.05
DOSE_WITHIN = 0.02
UNKNOWN_ALPHA_BETA_GY = (1.5, 10.0)
"""Where the case has no alpha/beta of its tumour a statement must hold at both of these, and so
at each between them: the ratio of two EQD2 only ever rises or only ever falls with alpha/beta."""

_DAYS_APART = (Schedule.DAILY, Schedule.ALTERNATE_DAY)


def tumour_alpha_betas(alpha_beta_gy: float | None) -> tuple[float, ...]:
    """The alpha/beta in Gy at which to ask about the tumour: its own, else both ends."""
    return UNKNOWN_ALPHA_BETA_GY if alpha_beta_gy is None else (alpha_beta_gy,)


def not_equivalent(matching: Matching, alpha_beta_gy: float | None, *, benign: bool) -> str:
    """Why the regimens are not dose-equivalent, "" where they are.

    Args:
        matching: the phases of both.
        alpha_beta_gy: the tumour's in Gy, None where the case has none.
        benign: a single fraction for benign disease has no EQD2.
    """
    if not matching.complete:
        return "not the same phases"
    asked = (*tumour_alpha_betas(alpha_beta_gy), LATE_ALPHA_BETA_GY)
    reasons = (_phase_differs(pair, asked, benign) for pair in matching.pairs)
    return next((reason for reason in reasons if reason), "")


def _phase_differs(pair: PhasePair, alpha_betas: Sequence[float], benign: bool) -> str:
    one, other = pair.reference, pair.answer
    differs = (
        (not same_target(pair), "not the same target"),
        (dose_rate_class(one) != dose_rate_class(other), "not the same dose-rate class"),
        (not same_schedule_class(one, other), "not the same schedule class"),
        (not _same_quantity(one, other), "one dose is RBE-weighted, the other physical"),
        (not pair.same_levels, "not the same dose levels"),
    )
    reason = next((reason for holds, reason in differs if holds), "")
    if reason:
        return reason
    if not has_eqd2(pair, benign):
        return _dose_differs(pair)
    for alpha_beta in alpha_betas:
        for level in pair.levels:
            ratio = eqd2_ratio(pair, level, alpha_beta)
            if abs(ratio - 1) > EQD2_WITHIN + 1e-9:
                return f"EQD2 differs by more than {EQD2_WITHIN:.0%}"
    return ""


def same_target(pair: PhasePair) -> bool:
    """Whether the answer names the reference's target; any will do where that names none."""
    stated = any(level.target for level in pair.reference.levels)
    return pair.targets is Relation.SAME or not stated


def dose_rate_class(phase: Phase) -> str:
    """The phase's dose rate by name; "" for brachytherapy that states none."""
    untold = phase.modality is Modality.BRACHYTHERAPY and phase.dose_rate.value == "external"
    return "" if untold else phase.dose_rate.value


def same_schedule_class(one: Phase, other: Phase) -> bool:
    """Whether fractions follow each other alike.

    A schedule that is not stated may be daily or on alternate days, never several a day or weekly.
    """
    if one.schedule is other.schedule:
        return True
    stated = {one.schedule, other.schedule} - {Schedule.UNSTATED}
    return len(stated) == 1 and stated.pop() in _DAYS_APART


def _same_quantity(one: Phase, other: Phase) -> bool:
    quantities = {phase.quantity for phase in (one, other) if phase.modality is Modality.PROTON}
    return not quantities >= {DoseQuantity.PHYSICAL, DoseQuantity.RBE_WEIGHTED}


def has_eqd2(pair: PhasePair, benign: bool) -> bool:
    """Whether both phases have an EQD2."""
    return not (no_eqd2(pair.reference, benign=benign) or no_eqd2(pair.answer, benign=benign))


def eqd2_ratio(pair: PhasePair, level: LevelPair, alpha_beta_gy: float) -> float:
    """The answer's EQD2 divided by the reference's; both phases must have one (``has_eqd2``)."""
    reference = level_eqd2(pair.reference, level.reference, alpha_beta_gy).gy
    answer = level_eqd2(pair.answer, level.answer, alpha_beta_gy).gy
    if reference is None or answer is None:
        raise ValueError("a phase has no EQD2")
    return answer / reference


def _dose_differs(pair: PhasePair) -> str:
    if not same_source(pair):
        return "not the same isotope, prescription point and number of fractions"
    ratios = (level.answer.dose_gy / level.reference.dose_gy for level in pair.levels)
    within = all(abs(ratio - 1) <= DOSE_WITHIN + 1e-9 for ratio in ratios)
    return "" if within else f"the dose differs by more than {DOSE_WITHIN:.0%}"


def same_source(pair: PhasePair) -> bool:
    """Whether two doses without an EQD2 may be compared as doses."""
    one, other = pair.reference, pair.answer
    return (one.isotope, one.prescription_point, one.fractions) == (
        other.isotope,
        other.prescription_point,
        other.fractions,
    )
