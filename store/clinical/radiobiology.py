"""What a fractionated dose is worth in fractions of 2 Gy: BED and EQD2, linear-quadratic.

Fowler, Br J Radiol 1989;62:679; Joiner and van der Kogel, Basic Clinical Radiobiology, 4th ed.
2009, chapters 8 and 9. For n fractions of d Gy::

    BED = n d (1 + d / (alpha/beta))        EQD2 = n d (d + alpha/beta) / (2 + alpha/beta)

Nothing is corrected for what a prescription does not tell: overall time (repopulation), and
incomplete repair between two fractions of one day, for which the result is a little too low. A
proton dose is taken as prescribed, RBE-weighted or not, and never divided by 1.1. Where the model
does not hold there is no number but a reason; nothing here compares two regimens.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from store.clinical.regimen import IMPLANTS, DoseRate, Level, Modality, Phase, Regimen, Schedule

LATE_ALPHA_BETA_GY = 3.0
"""Of late-reacting normal tissue in general (Joiner and van der Kogel 2009, chapter 9)."""
LQ_CERTAIN_UP_TO_GY = 8.0
"""Above some 8 Gy a fraction the model may overstate the effect (Kirkpatrick and others, Semin
Radiat Oncol 2008;18:240)."""

_FUNCTIONAL = re.compile(
    r"\b(?:trigemin\w*|root entry|thalam\w*|pallid\w*|vim nucleus|internal capsule|nidus|avm"
    r"|arterio-?venous)\b",
    re.IGNORECASE,
)
"""Targets of functional and vascular radiosurgery: what is wanted is a lesion and not cell kill."""

_BID_NOTE = "more than one fraction a day: incomplete repair between them is not corrected for"
_RBE_NOTE = "RBE-weighted as prescribed"
_LQ_NOTE = f"above {LQ_CERTAIN_UP_TO_GY:g} Gy a fraction: LQ uncertain"


@dataclass(frozen=True)
class Eqd2:
    """The EQD2 of one dose level in Gy, or None and ``reason``.

    ``bed_gy`` is its BED in Gy with the same ``alpha_beta_gy``; ``lq_uncertain`` marks fractions
    above ``LQ_CERTAIN_UP_TO_GY``; ``notes`` say what was not corrected for.
    """

    gy: float | None
    bed_gy: float | None
    alpha_beta_gy: float
    lq_uncertain: bool = False
    reason: str = ""
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "gy": self.gy,
            "bed_gy": self.bed_gy,
            "alpha_beta_gy": self.alpha_beta_gy,
            "lq_uncertain": self.lq_uncertain,
            "reason": self.reason,
            "notes": list(self.notes),
        }


def bed(dose_gy: float, fractions: int, alpha_beta_gy: float) -> float:
    """The biologically effective dose in Gy of ``dose_gy`` in all, in equal fractions.

    Raises:
        ValueError: a dose, a number of fractions or alpha/beta that is none.
    """
    _check(dose_gy, fractions, alpha_beta_gy)
    return dose_gy * (1 + dose_gy / fractions / alpha_beta_gy)


def eqd2(dose_gy: float, fractions: int, alpha_beta_gy: float) -> float:
    """The dose in Gy that has the same BED when it is given in fractions of 2 Gy.

    Raises:
        ValueError: a dose, a number of fractions or alpha/beta that is none.
    """
    _check(dose_gy, fractions, alpha_beta_gy)
    return dose_gy * (dose_gy / fractions + alpha_beta_gy) / (2 + alpha_beta_gy)


def _check(dose_gy: float, fractions: int, alpha_beta_gy: float) -> None:
    if not (dose_gy > 0 and isfinite(dose_gy)) or fractions < 1:
        raise ValueError(f"no fractionated dose: {dose_gy} Gy in {fractions}")
    if not (alpha_beta_gy > 0 and isfinite(alpha_beta_gy)):
        raise ValueError(f"no alpha/beta: {alpha_beta_gy} Gy")


def no_eqd2(phase: Phase, *, benign: bool = False) -> str:
    """Why the phase has no EQD2, "" where it has one.

    ``benign``: the case is one of benign disease, where a single fraction (radiosurgery above
    all) is not chosen by cell survival. PDR never has one, because repair between its pulses is
    incomplete and not corrected for. Radionuclide therapy is prescribed as activity and is no
    ``Phase`` at all.
    """
    single = phase.fractions == 1
    functional = any(_FUNCTIONAL.search(level.target) for level in phase.levels)
    unstated = phase.dose_rate is DoseRate.EXTERNAL
    reasons = (
        (phase.technique == "plaque", "a plaque gives its dose at a low dose rate"),
        (phase.dose_rate in IMPLANTS, "an implant gives its dose at a low dose rate"),
        (phase.dose_rate is DoseRate.PDR, "PDR: the interval of the pulses is not stated"),
        (
            phase.modality is Modality.BRACHYTHERAPY and unstated,
            "the dose rate of the brachytherapy is not stated",
        ),
        (phase.fractions is None, "the number of fractions is not stated"),
        (single and benign, "a single fraction for benign disease"),
        (single and functional, "functional or vascular radiosurgery"),
    )
    return next((reason for holds, reason in reasons if holds), "")


def level_eqd2(phase: Phase, level: Level, alpha_beta_gy: float, *, benign: bool = False) -> Eqd2:
    """The EQD2 of one dose level of a phase, given in the phase's fractions.

    Raises:
        ValueError: alpha/beta is none.
    """
    reason = no_eqd2(phase, benign=benign)
    if reason or phase.fractions is None:
        return Eqd2(None, None, alpha_beta_gy, reason=reason)
    uncertain = level.dose_gy / phase.fractions > LQ_CERTAIN_UP_TO_GY + 1e-9
    proton = phase.modality is Modality.PROTON
    notes = (
        (_LQ_NOTE, uncertain),
        (_BID_NOTE, phase.schedule in (Schedule.BID, Schedule.TID)),
        (_RBE_NOTE, proton),
    )
    return Eqd2(
        gy=eqd2(level.dose_gy, phase.fractions, alpha_beta_gy),
        bed_gy=bed(level.dose_gy, phase.fractions, alpha_beta_gy),
        alpha_beta_gy=alpha_beta_gy,
        lq_uncertain=uncertain,
        notes=tuple(note for note, holds in notes if holds),
    )


def boosted_eqd2(
    regimen: Regimen, boosts: Sequence[bool], alpha_beta_gy: float, *, benign: bool = False
) -> Eqd2:
    """What the boosted volume receives in all: EQD2 adds where one phase lies within another.

    ``boosts`` says of each phase whether it is a boost (``targets.boosts``). None with a reason
    where more than one phase is no boost, so that nothing lies in all, or a phase has no EQD2.
    """
    if sum(not boost for boost in boosts) != 1:
        return Eqd2(None, None, alpha_beta_gy, reason="the phases go to separate targets")
    parts = [
        level_eqd2(phase, phase.levels[0], alpha_beta_gy, benign=benign) for phase in regimen.phases
    ]
    missing = next((part for part in parts if part.gy is None), None)
    if missing:
        return missing
    return Eqd2(
        gy=sum(part.gy for part in parts if part.gy is not None),
        bed_gy=sum(part.bed_gy for part in parts if part.bed_gy is not None),
        alpha_beta_gy=alpha_beta_gy,
        lq_uncertain=any(part.lq_uncertain for part in parts),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )
