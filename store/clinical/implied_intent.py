"""Whether a regimen by itself is palliative or curative, by stated rules and seldom by force.

A regimen often tells: nobody cures with 8 Gy once, and 60 Gy in 30 fractions is no palliation.
Often it does not (20 Gy in 10 fractions cures Hodgkin lymphoma), and then the answer is
``UNCLEAR``. The rules, in their order:

1. a permanent implant is curative;
2. external beam of which each phase is one of ``PALLIATIVE_SCHEDULES`` is palliative;
3. external beam in fractions below 5 Gy is curative where what the boosted volume receives, with
   any HDR boost, comes to an EQD2 of at least 50 Gy (alpha/beta 10 Gy);
4. all else is unclear: stereotactic treatment (cure or ablation of a metastasis), total body and
   total skin treatment, intraoperative treatment, other brachytherapy, separate targets, and
   doses between.
"""

from collections.abc import Mapping
from enum import StrEnum

from store.clinical.radiobiology import boosted_eqd2
from store.clinical.regimen import DoseRate, Modality, Phase, Regimen
from store.clinical.targets import boosts

CURATIVE_FROM_EQD2_GY = 50.0
TUMOUR_ALPHA_BETA_GY = 10.0
SMALL_FRACTION_BELOW_GY = 5.0

PALLIATIVE_SCHEDULES: Mapping[tuple[float, int], str] = {
    # (Gy, fractions): where it is given with palliative intent
    **dict.fromkeys(((8, 1), (20, 5), (24, 6), (30, 10)), "bone metastases: ASTRO 2017"),
    (16, 2): "cord compression: Maranzano 2005",
    **dict.fromkeys(((10, 1), (17, 2), (36, 12), (39, 13)), "lung: MRC trials, ASTRO 2011"),
    **dict.fromkeys(((21, 3), (35, 10)), "bladder: MRC BA09"),
    (36, 6): "bladder or breast, weekly",
    **dict.fromkeys(((14, 4), (14.8, 4), (44.4, 12)), "head and neck, pelvis: RTOG 8502"),
    (37.5, 15): "whole brain: RTOG 9508",
}
"""What is given with palliative intent at several sites. 25 Gy in 5 and 40 Gy in 15 fractions are
not here, because they are also given before surgery, after it, and for glioblastoma."""

_UNCLEAR_TECHNIQUES = ("SBRT", "SRS", "CyberKnife", "Gamma Knife", "TBI", "TSEBT", "IORT")


class Implied(StrEnum):
    PALLIATIVE = "palliative"
    CURATIVE = "curative"
    UNCLEAR = "unclear"


def implied_intent(regimen: Regimen, site: str = "") -> Implied:
    """What the regimen says of its intent; ``site`` is the case's, to read its targets by."""
    phases = regimen.phases
    if any(phase.dose_rate is DoseRate.LDR_PERMANENT for phase in phases):
        return Implied.CURATIVE
    external = [phase for phase in phases if phase.modality is not Modality.BRACHYTHERAPY]
    if not external or any(phase.technique in _UNCLEAR_TECHNIQUES for phase in phases):
        return Implied.UNCLEAR
    if len(external) == len(phases) and all(map(_palliative, phases)):
        return Implied.PALLIATIVE
    if any((phase.dose_per_fraction_gy or 0) >= SMALL_FRACTION_BELOW_GY for phase in external):
        return Implied.UNCLEAR
    given = boosted_eqd2(regimen, boosts(regimen, site), TUMOUR_ALPHA_BETA_GY).gy
    enough = given is not None and given >= CURATIVE_FROM_EQD2_GY - 1e-9
    return Implied.CURATIVE if enough else Implied.UNCLEAR


def _palliative(phase: Phase) -> bool:
    return len(phase.levels) == 1 and (phase.dose_gy, phase.fractions) in PALLIATIVE_SCHEDULES
