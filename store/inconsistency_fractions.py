"""Whether dose per fraction, total and schedule of a regimen are such as are given.

What is done decides the bound: radiosurgery, total body irradiation and an implant each have
their own. The bounds are in ``inconsistency_tables``; nothing here knows a disease.
"""

from collections.abc import Iterator

from store.clinical.regimen import IMPLANTS, DoseRate, Modality, Phase, Regimen, Schedule
from store.clinical.regimen_printer import print_dose
from store.inconsistency_tables import FRACTION_GY, MOST_TOTAL_GY, STEREOTACTIC, Bound

_SEVERAL = {Schedule.BID: 2, Schedule.TID: 3}
_MOST_FRACTIONS = {Schedule.WEEKLY: 10, Schedule.ALTERNATE_DAY: 25}
MOST_STEREOTACTIC = 15
MOST_FRACTIONS = 45
IMPLANT_GY = (10.0, 200.0)


def fraction_findings(regimen: Regimen, intent: str) -> Iterator[str]:
    """Doses outside of what is given for technique and intent, each as a sentence."""
    for phase in regimen.phases:
        each, bound = phase.dose_per_fraction_gy, _bound(phase, intent)
        if phase.dose_rate in IMPLANTS and not IMPLANT_GY[0] <= phase.dose_gy <= IMPLANT_GY[1]:
            yield f"{print_dose(phase.dose_gy)} Gy is no dose of an implant."
        if each is not None and bound and not bound.low <= each <= bound.high:
            usual = f"{bound.low:g} to {bound.high:g} Gy"
            yield f"{print_dose(each)} Gy a fraction; {bound.what} is given with {usual}."
    most = MOST_TOTAL_GY.get(intent)
    total = regimen.total_gy
    external = all(p.modality is not Modality.BRACHYTHERAPY for p in regimen.phases)
    if most and total and total > most and external and (regimen.phases[0].fractions or 1) > 1:
        yield f"{print_dose(total)} Gy in all is more than is given with {intent} intent."


def _bound(phase: Phase, intent: str) -> Bound | None:
    """The bound for a phase; None where what is done is not said well enough."""
    if phase.fractions is None:
        return None
    if phase.modality is Modality.BRACHYTHERAPY:
        return FRACTION_GY["HDR"] if phase.dose_rate is DoseRate.HDR else None
    return FRACTION_GY[_done(phase, phase.fractions, intent)]


def _done(phase: Phase, fractions: int, intent: str) -> str:
    """What is done in an external phase, as a key of ``FRACTION_GY``."""
    named = phase.technique in STEREOTACTIC
    # radiosurgery is often not named as such; only it gives a benign target so much at once
    if fractions == 1 and (named or intent == "benign"):
        return "radiosurgery"
    if named:
        return "stereotactic"
    if phase.technique in FRACTION_GY:
        return phase.technique
    if phase.schedule in _SEVERAL:
        return "several a day"
    by_count = "single" if fractions == 1 else "few" if fractions < 10 else "many"
    return intent if intent in FRACTION_GY and fractions > 1 else by_count


def schedule_findings(regimen: Regimen) -> Iterator[str]:
    """Numbers of fractions that a schedule cannot have or hardly ever has, each as a sentence."""
    for phase in regimen.phases:
        many, schedule = phase.fractions or 0, phase.schedule
        a_day = _SEVERAL.get(schedule, 1)
        if many % a_day:
            yield f"{many} fractions cannot be given {a_day} a day."
        most = _MOST_FRACTIONS.get(schedule, MOST_FRACTIONS * a_day)
        if phase.technique in STEREOTACTIC:
            most = MOST_STEREOTACTIC
        if many > most:
            how = phase.technique if phase.technique in STEREOTACTIC else schedule.value
            yield f"{many} fractions{f' {how}' if how else ''} are more than are given."
