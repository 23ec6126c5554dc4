"""From a plan's target prescriptions, fractions and radiation to its regimen.

One TARGET prescription is the rule. A point beside a site or volume is where the dose is
calculated, if the beams make the dose of the site. Anything else that is said twice, and a sum of
beam doses that is not the prescription, is a contradiction that no rule here resolves.
"""

from store.clinical.regimen import DoseRate, Level, Modality, Phase, Regimen
from store.clinical.regimen_printer import print_regimen
from store.importing.dicom_plan import Plan, Target
from store.reasons import Lost

TOLERANCE = 0.05
"""Of the prescription: beam doses are given at a point, which may lie off the isodose."""

UNCHECKED = "no beam doses: prescription not checked by them"
POINT_ASIDE = "a calculation point beside the target left aside"


def regimen_of(plan: Plan) -> tuple[str, tuple[str, ...]]:
    """The plan's regimen as it is printed, and what was noted.

    Raises:
        Lost: dose, fractions or radiation are missing or contradict each other.
    """
    if plan.groups > 1:
        raise Lost("phases_missing", f"The plan has {plan.groups} fraction groups.")
    modality = _modality(plan)
    dose, notes = _prescription(plan)
    rate = plan.radiation.rate
    low = rate in (DoseRate.LDR_PERMANENT, DoseRate.LDR_TEMPORARY)
    fractions = None if low else plan.fractions
    if not low and not fractions:
        raise Lost("no_fractions")
    try:
        phase = Phase(
            (Level(dose),),
            fractions,
            modality,
            plan.radiation.technique,
            dose_rate=rate,
            isotope=plan.radiation.isotope,
        )
        return print_regimen(Regimen((phase,))), notes
    except ValueError as error:
        raise Lost("regimen_unreadable", "The parts of the plan contradict each other.") from error


def _modality(plan: Plan) -> Modality:
    strange = plan.radiation.names
    if strange:
        raise Lost("modality_unreadable", f"A beam's radiation is {' and '.join(sorted(strange))}.")
    if not plan.radiation.modalities:
        raise Lost("no_modality", "The plan has no treatment beam.")
    if len(plan.radiation.modalities) > 1:
        names = " and ".join(sorted(plan.radiation.modalities))
        raise Lost("modality_unreadable", f"The plan has beams of {names}.")
    return next(iter(plan.radiation.modalities))


def _prescription(plan: Plan) -> tuple[float, tuple[str, ...]]:
    targets = [target for target in plan.targets if target.dose_gy]
    if not targets:
        raise Lost("no_dose", "The plan has no prescription to a target.")
    doses = sorted({round(target.dose_gy or 0, 2) for target in targets})
    notes: tuple[str, ...] = ()
    made = plan.beam_gy * plan.fractions if plan.beam_gy and plan.fractions else None
    if len(doses) > 1:
        doses, notes = _of_the_site(targets, made, doses)
    if made is None:
        return doses[0], (*notes, UNCHECKED)
    if abs(made - doses[0]) > TOLERANCE * doses[0]:
        raise Lost(
            "dose_ambiguous",
            f"The prescription is {doses[0]:g} Gy and the beams make {made:.4g} Gy.",
        )
    return doses[0], notes


def _of_the_site(
    targets: list[Target], made: float | None, doses: list[float]
) -> tuple[list[float], tuple[str, ...]]:
    """The dose of the one site or volume beside points, where the beams make that dose."""
    sites = sorted({round(target.dose_gy or 0, 2) for target in targets if not target.is_point})
    if len(sites) == 1 and made and abs(made - sites[0]) <= TOLERANCE * sites[0]:
        return sites, (POINT_ASIDE,)
    shown = " and ".join(f"{dose:g} Gy" for dose in doses)
    raise Lost("dose_ambiguous", f"The plan has target prescriptions of {shown}.")
