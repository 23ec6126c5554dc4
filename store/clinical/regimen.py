"""What a prescription is: phases, each with one or more dose levels given in the same fractions.

The types follow how departments prescribe and how ICRU reports 50, 62 and 83 name the parts.
Phases to one target in sequence add; simultaneous levels and separate targets never add, and
external beam plus brachytherapy has phases and no total. RBE-weighted dose is kept as it was
prescribed and never divided by 1.1. Reading text is ``regimen_reader``'s work, writing it is
``regimen_printer``'s.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias


class Modality(StrEnum):
    """The radiation of a phase, and the label of the modality task."""

    PHOTON = "photon"
    PROTON = "proton"
    ELECTRON = "electron"
    BRACHYTHERAPY = "brachytherapy"


class Schedule(StrEnum):
    """How fractions follow each other; ``DAILY`` is five a week."""

    DAILY = "daily"
    BID = "BID"
    TID = "TID"
    ALTERNATE_DAY = "alternate day"
    WEEKLY = "weekly"
    SINGLE = "single"
    UNSTATED = ""


class DoseQuantity(StrEnum):
    """What the number of gray means; CGE, GyE and Gy(RBE) are RBE-weighted."""

    PHYSICAL = "physical"
    RBE_WEIGHTED = "RBE-weighted"
    UNKNOWN = "unknown"


class DoseRate(StrEnum):
    """How the dose is delivered in time; an implant (LDR) has no fractions."""

    EXTERNAL = "external"
    HDR = "HDR"
    PDR = "PDR"
    LDR_TEMPORARY = "LDR temporary"
    LDR_PERMANENT = "LDR permanent"


IMPLANTS = (DoseRate.LDR_TEMPORARY, DoseRate.LDR_PERMANENT)


@dataclass(frozen=True)
class Level:
    """One dose level of a phase: total dose in Gy (to 0.01 Gy) to a target as written."""

    dose_gy: float
    target: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.dose_gy < float("inf"):
            raise ValueError(f"no dose: {self.dose_gy} Gy")
        object.__setattr__(self, "dose_gy", round(float(self.dose_gy), 2))


@dataclass(frozen=True)
class Phase:
    """One phase: its levels (highest first; more than one is a simultaneous boost).

    ``fractions`` is None for an implant, which has no fractions. Brachytherapy whose dose rate
    is not stated keeps ``EXTERNAL``. What could be said in two ways is held to one: a phase of
    one fraction is ``SINGLE``, and the gray of a photon, electron or brachytherapy phase is
    physical unless it is RBE-weighted, so that "unknown" is left for protons and for phases
    of no stated modality.

    Raises:
        ValueError: the parts contradict each other, such as an implant with fractions.
    """

    levels: tuple[Level, ...]
    fractions: int | None
    modality: Modality | None = None
    technique: str = ""
    schedule: Schedule = Schedule.UNSTATED
    quantity: DoseQuantity = DoseQuantity.UNKNOWN
    dose_rate: DoseRate = DoseRate.EXTERNAL
    isotope: str = ""
    prescription_point: str = ""

    def __post_init__(self) -> None:
        doses = [level.dose_gy for level in self.levels]
        implant = self.dose_rate in IMPLANTS
        if not doses or doses != sorted(doses, reverse=True):
            raise ValueError("a phase has levels, the highest first")
        if implant and self.fractions is not None:
            raise ValueError("an implant has no fractions")
        if self.fractions is None and not implant and self.dose_rate is not DoseRate.PDR:
            raise ValueError("a phase that is no implant has fractions")
        if self.fractions is not None and self.fractions < 1:
            raise ValueError("a phase has at least one fraction")
        if self.dose_rate is not DoseRate.EXTERNAL and self.modality is not Modality.BRACHYTHERAPY:
            raise ValueError(f"{self.dose_rate} is brachytherapy")
        if self.fractions == 1:
            object.__setattr__(self, "schedule", Schedule.SINGLE)
        elif self.schedule is Schedule.SINGLE:
            raise ValueError("only one fraction is single")
        known = self.modality in (Modality.PHOTON, Modality.ELECTRON, Modality.BRACHYTHERAPY)
        if known and self.quantity is DoseQuantity.UNKNOWN:
            object.__setattr__(self, "quantity", DoseQuantity.PHYSICAL)

    @property
    def dose_gy(self) -> float:
        """The highest level's dose in Gy."""
        return self.levels[0].dose_gy

    @property
    def dose_per_fraction_gy(self) -> float | None:
        """Gy a fraction at the highest level; None for an implant."""
        return None if self.fractions is None else self.dose_gy / self.fractions


@dataclass(frozen=True)
class Regimen:
    """A course's prescription: its phases in the order they are given."""

    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        if not self.phases:
            raise ValueError("a regimen has at least one phase")

    @property
    def modality(self) -> Modality | None:
        """The modality of the course: that of its first phase that states one."""
        return next((p.modality for p in self.phases if p.modality), None)

    @property
    def total_gy(self) -> float | None:
        """The summed dose in Gy, where summing means anything, else None.

        Phases add when all are external beam and each later phase is a boost or names the
        first phase's target; anything else (separate targets, brachytherapy) has no total.
        """
        if len(self.phases) == 1:
            return self.phases[0].dose_gy
        if any(p.modality is Modality.BRACHYTHERAPY for p in self.phases):
            return None
        first = self.phases[0].levels[0].target.casefold()
        for phase in self.phases[1:]:
            target = phase.levels[0].target.casefold()
            if target != first and "boost" not in target:
                return None
        return round(sum(p.dose_gy for p in self.phases), 2)


def with_modality(regimen: Regimen, modality: Modality) -> Regimen:
    """The regimen with ``modality`` for each phase that states none (as a column beside it may)."""
    phases = (p if p.modality else replace(p, modality=modality) for p in regimen.phases)
    return Regimen(tuple(phases))


def same_regimen(one: Regimen, other: Regimen) -> bool:
    """Whether two regimens are exactly equal: see ``exact_key``."""
    return exact_key(one) == exact_key(other)


RegimenKey: TypeAlias = tuple[tuple[tuple[float, ...], int | None, str, str], ...]
"""What makes two regimens equal: per phase its dose levels, fractions, modality and, of an
implant, the isotope."""


def exact_key(regimen: Regimen) -> RegimenKey:
    """The regimen's phases as (levels in Gy, fractions, modality, isotope), sorted.

    Two regimens are *exactly* equal when their keys are; the order of phases, target, technique,
    schedule and wording do not count. The isotope is that of an implant, "" for all else: 145 Gy
    of I-125 and of Pd-103 are given at other dose rates and are other treatments, whereas the
    isotope of an afterloader changes nothing. One that is not stated equals none that is.
    """
    phases = (
        (
            tuple(sorted((round(level.dose_gy, 2) for level in phase.levels), reverse=True)),
            phase.fractions,
            phase.modality.value if phase.modality else "",
            phase.isotope if phase.dose_rate in IMPLANTS else "",
        )
        for phase in regimen.phases
    )
    return tuple(sorted(phases, key=repr))
