"""What of a regimen an answer has right: dose, fractions, schedule and the rest, one by one.

A description beside the three columns of ``regimens``, never pooled into them: what the reference
does not state is "not stated" and neither right nor wrong.
"""

from enum import StrEnum

from exports.evaluation.phase_matching import Matching, PhasePair
from store.clinical.regimen import Phase, Regimen, Schedule
from store.clinical.targets import Relation, boosts

ATTRIBUTES = (
    "dose",
    "fractions",
    "dose_per_fraction",
    "schedule",
    "modality",
    "technique",
    "target",
    "boost",
)


class Verdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    NOT_STATED = "not stated"


def verdicts(
    reference: Regimen, answer: Regimen | None, matching: Matching | None, site: str
) -> dict[str, Verdict]:
    """For each of ``ATTRIBUTES`` whether it is right in every phase that states it.

    A phase of the reference without a partner has all that it states wrong, and so has every
    phase where no answer could be parsed; a phase too many makes dose and fractions wrong.
    """
    found: dict[str, list[Verdict]] = {name: [] for name in ATTRIBUTES}
    pairs = matching.pairs if matching else ()
    missing = matching.reference_only if matching else reference.phases
    for pair in pairs:
        for name, verdict in _pair_verdicts(pair).items():
            found[name].append(verdict)
    for phase in missing:
        for name, stated in _stated(phase).items():
            found[name].append(Verdict.WRONG if stated else Verdict.NOT_STATED)
    if matching and matching.answer_only:
        found["dose"].append(Verdict.WRONG)
        found["fractions"].append(Verdict.WRONG)
    boosts_stated = _boosts(reference, site)
    boosts_said = _boosts(answer, site) if answer else None
    if any(boosts_stated) or any(boosts_said or ()):
        found["boost"].append(Verdict.RIGHT if boosts_stated == boosts_said else Verdict.WRONG)
    return {name: _together(each) for name, each in found.items()}


def _together(each: list[Verdict]) -> Verdict:
    for verdict in (Verdict.WRONG, Verdict.RIGHT):
        if verdict in each:
            return verdict
    return Verdict.NOT_STATED


def _stated(phase: Phase) -> dict[str, bool]:
    return {
        "dose": True,
        "fractions": phase.fractions is not None,
        "dose_per_fraction": phase.fractions is not None,
        "schedule": phase.schedule is not Schedule.UNSTATED,
        "modality": phase.modality is not None,
        "technique": bool(phase.technique),
        "target": any(level.target for level in phase.levels),
    }


def _pair_verdicts(pair: PhasePair) -> dict[str, Verdict]:
    one, other = pair.reference, pair.answer
    same_dose = all(level.reference.dose_gy == level.answer.dose_gy for level in pair.levels)
    right = {
        "dose": same_dose and pair.same_levels,
        "fractions": one.fractions == other.fractions,
        "dose_per_fraction": _hundredths(one) == _hundredths(other),
        "schedule": one.schedule is other.schedule,
        "modality": one.modality is other.modality,
        "technique": one.technique == other.technique,
        "target": pair.targets is Relation.SAME,
    }
    return {
        name: (Verdict.RIGHT if right[name] else Verdict.WRONG) if stated else Verdict.NOT_STATED
        for name, stated in _stated(one).items()
    }


def _hundredths(phase: Phase) -> int | None:
    each = phase.dose_per_fraction_gy
    return None if each is None else round(each * 100)


def _boosts(regimen: Regimen, site: str) -> tuple[int, int]:
    """How many boosts in sequence and how many simultaneous levels above the lowest."""
    levels = sum(len(phase.levels) - 1 for phase in regimen.phases)
    return sum(boosts(regimen, site)), levels
