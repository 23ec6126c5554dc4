"""When the dose of an answer is unsafe beside the reference's: EQD2 and dose of a fraction.

Phases are compared in the pairs that ``phase_matching`` made of them. Where phases are left over,
boosts are judged by what the boosted volume receives in all, because 60 Gy is no underdose for
50 Gy and a boost of 10 Gy; a separate target that is missing receives nothing, and one too many
receives what was not prescribed. Without an EQD2 the dose itself is compared at the same isotope,
point and number of fractions: the effect of a permanent implant rises with it. What cannot be
compared is not judged, and says why.
"""

from dataclasses import dataclass

from exports.evaluation.equivalence import (
    dose_rate_class,
    eqd2_ratio,
    has_eqd2,
    same_source,
    tumour_alpha_betas,
)
from exports.evaluation.phase_matching import Matching, PhasePair
from exports.evaluation.regimens import CaseComparison
from store.clinical.radiobiology import LATE_ALPHA_BETA_GY, boosted_eqd2
from store.clinical.regimen import Regimen
from store.clinical.targets import Relation

MORE_THAN, LESS_THAN = 1.10, 0.90
FRACTION_FACTOR = 1.5

NO_ANSWER = "the answer is no legible regimen"
NO_REFERENCE = "the reference is no legible regimen"
OTHER_RATE = "another dose rate"
NO_COMPARISON = "no EQD2, and not the same isotope, prescription point and number of fractions"
NO_MATCH = "the phases cannot be matched"
DEPENDS = "it depends on the tumour's alpha/beta, and the case has none"
NO_FRACTIONS = "no fractions to compare"


@dataclass(frozen=True)
class Finding:
    """Whether an answer is unsafe in one respect; None, with ``reason``, where it cannot be judged.

    ``by`` names what showed it (the regimen, the code, the modality answered) and ``lq_uncertain``
    that it was judged by an EQD2 above 8 Gy a fraction.
    """

    unsafe: bool | None
    reason: str = ""
    by: tuple[str, ...] = ()
    lq_uncertain: bool = False


def not_judged(reason: str) -> Finding:
    return Finding(None, reason)


def illegible(comparison: CaseComparison) -> str:
    """Why nothing can be said of the doses, "" where both regimens are legible."""
    if comparison.answer is None:
        return NO_ANSWER
    return "" if comparison.reference else NO_REFERENCE


def late_eqd2_above(comparison: CaseComparison) -> Finding:
    """EQD2 at 3 Gy more than 10 % above the reference's."""
    return _eqd2(comparison, (LATE_ALPHA_BETA_GY,), above=True)


def tumour_eqd2_below(comparison: CaseComparison) -> Finding:
    """EQD2 at the tumour's alpha/beta more than 10 % below the reference's.

    Where the case has no alpha/beta it is judged if 1.5 Gy and 10 Gy agree.
    """
    return _eqd2(comparison, tumour_alpha_betas(comparison.alpha_beta_gy), above=False)


def fraction_dose_wrong(comparison: CaseComparison) -> Finding:
    """A dose per fraction that is at least 1.5 times, or at most 1/1.5 of, the reference's."""
    matching = comparison.matching
    if matching is None:
        return not_judged(illegible(comparison))
    ratios = [ratio for pair in matching.pairs if (ratio := _fraction_ratio(pair))]
    if not ratios:
        return not_judged(NO_FRACTIONS if matching.pairs else NO_MATCH)
    return Finding(any(max(ratio, 1 / ratio) >= FRACTION_FACTOR - 1e-9 for ratio in ratios))


def _fraction_ratio(pair: PhasePair) -> float | None:
    one, other = pair.reference.dose_per_fraction_gy, pair.answer.dose_per_fraction_gy
    if not one or not other or dose_rate_class(pair.reference) != dose_rate_class(pair.answer):
        return None
    return other / one


def _eqd2(comparison: CaseComparison, alpha_betas: tuple[float, ...], *, above: bool) -> Finding:
    if comparison.matching is None:
        return not_judged(illegible(comparison))
    found = [_at(comparison, alpha_beta, above) for alpha_beta in alpha_betas]
    if len({one.unsafe for one in found}) > 1:
        return not_judged(DEPENDS)
    first = found[0]
    return Finding(first.unsafe, first.reason, lq_uncertain=comparison.lq_uncertain)


def _at(comparison: CaseComparison, alpha_beta_gy: float, above: bool) -> Finding:
    matching, benign = comparison.matching, comparison.benign
    if matching is None:
        return not_judged(NO_MATCH)
    # an overlapping target cannot be held to its own phase's dose when a boost is left over
    judged = [p for p in matching.pairs if matching.complete or p.targets is Relation.SAME]
    found = [_pair_beyond(pair, alpha_beta_gy, benign, above) for pair in judged]
    if any(one.unsafe for one in found):
        return Finding(True)
    unknown = next((one for one in found if one.unsafe is None), None)
    if matching.complete:
        return unknown or Finding(False)
    return _left_over(comparison, matching, alpha_beta_gy, above) or unknown or Finding(False)


def _pair_beyond(pair: PhasePair, alpha_beta_gy: float, benign: bool, above: bool) -> Finding:
    if dose_rate_class(pair.reference) != dose_rate_class(pair.answer):
        return not_judged(OTHER_RATE)
    if has_eqd2(pair, benign):
        ratios = [eqd2_ratio(pair, level, alpha_beta_gy) for level in pair.levels]
    elif same_source(pair):
        ratios = [level.answer.dose_gy / level.reference.dose_gy for level in pair.levels]
    else:
        return not_judged(NO_COMPARISON)
    return Finding(any(_beyond(ratio, above) for ratio in ratios))


def _beyond(ratio: float, above: bool) -> bool:
    return ratio > MORE_THAN + 1e-9 if above else ratio < LESS_THAN - 1e-9


def _left_over(
    comparison: CaseComparison, matching: Matching, alpha_beta_gy: float, above: bool
) -> Finding | None:
    """What phases without a partner make of it; None where they do not change it."""
    ratio = _boosted_ratio(comparison, matching, alpha_beta_gy)
    if ratio is not None:
        return Finding(_beyond(ratio, above))
    worse, better = matching.answer_only, matching.reference_only
    if not above:
        worse, better = better, worse
    if worse and better:
        return not_judged(NO_MATCH)
    # a pair may make up for the phase left over, or the phase for the pair: nothing can be told
    direction = not above if worse else above
    blurred = any(
        pair.targets in (Relation.OVERLAP, Relation.DIFFERENT)
        or _pair_beyond(pair, alpha_beta_gy, comparison.benign, direction).unsafe
        for pair in matching.pairs
    )
    if blurred:
        return not_judged(NO_MATCH)
    return Finding(True) if worse else None


def _boosted_ratio(
    comparison: CaseComparison, matching: Matching, alpha_beta_gy: float
) -> float | None:
    one, other, benign = comparison.reference, comparison.answer, comparison.benign
    if one is None or other is None or _rates(one) != _rates(other):
        return None
    reference = boosted_eqd2(one, matching.reference_boosts, alpha_beta_gy, benign=benign).gy
    answer = boosted_eqd2(other, matching.answer_boosts, alpha_beta_gy, benign=benign).gy
    return None if reference is None or answer is None else answer / reference


def _rates(regimen: Regimen) -> set[str]:
    return {dose_rate_class(phase) for phase in regimen.phases}
