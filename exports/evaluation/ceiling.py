"""How often training patients with the same key fields received the same regimen.

Where a department itself treats alike cases differently no model can be right each time: this is
the ceiling of what the key fields tell. It is not one of the text, which may tell more. For a test
case, the training patients of the same site, intent, code category, band and prior radiotherapy
are looked up; no answer of a model is in here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeAlias

from exports.evaluation.answers import read_label, regimen_key
from exports.evaluation.facts import CaseFacts
from exports.evaluation.shares import NOTHING, RESAMPLES
from exports.evaluation.statistics import Interval, mean_interval, mean_or_none
from store.clinical.regimen import RegimenKey
from trainer.tasks import Task

KEY_FIELDS = ("site", "intent", "code category", "band", "prior radiotherapy")
UNCOVERED = "no test case has a training patient with the same key fields"
KeyFields: TypeAlias = tuple[str, str, str, str, str]
Band: TypeAlias = Callable[[CaseFacts], str | None]


@dataclass(frozen=True)
class Ceiling:
    """Over ``n`` test cases that have training patients with the same key fields.

    ``same`` is the mean share of those patients who received the test case's regimen exactly;
    ``modal`` how often the regimen that most of them received is the test case's (one of several
    that tie counts in part). Both are None, with ``reason``, where no case is covered.
    ``uncovered`` test cases have no such training patient and ``illegible`` no legible reference;
    ``alone`` are the covered ones with a single such patient.
    """

    n: int
    same: float | None
    same_ci95: tuple[float, float] | None
    modal: float | None
    modal_ci95: tuple[float, float] | None
    uncovered: int
    illegible: int
    alone: int
    median_patients: float | None
    has_band: bool
    method: str = "none"
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        fields = [name for name in KEY_FIELDS if self.has_band or name != "band"]
        return {
            "n": self.n,
            "same": self.same,
            "same_ci95": list(self.same_ci95) if self.same_ci95 else None,
            "modal": self.modal,
            "modal_ci95": list(self.modal_ci95) if self.modal_ci95 else None,
            "uncovered": self.uncovered,
            "illegible": self.illegible,
            "alone": self.alone,
            "median_patients": self.median_patients,
            "key_fields": fields,
            "method": self.method,
            "reason": self.reason,
        }


def key_fields(case: CaseFacts, band: Band | None = None) -> KeyFields:
    """By what cases are alike; ``band`` gives a stage or risk band. What is not recorded is ""."""
    return (
        " ".join(case.site.casefold().split()),
        case.intent,
        read_label(Task.ICD10, case.icd10)[:3],
        (band(case) or "") if band else "",
        case.prior_rt,
    )


def ceiling(
    test: Sequence[CaseFacts],
    training: Sequence[CaseFacts],
    band: Band | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Ceiling:
    """The ceiling of the test cases, with intervals over resampled test patients."""
    groups = _groups(training, band)
    same: list[float] = []
    modal: list[float] = []
    patients: list[str] = []
    sizes: list[int] = []
    illegible = uncovered = 0
    for case in test:
        key = regimen_key(case.regimen)
        group = groups.get(key_fields(case, band), {})
        if key is None:
            illegible += 1
        elif not group:
            uncovered += 1
        else:
            received = _received(group)
            same.append(received.get(key, 0.0) / len(group))
            modal.append(_modal(received, key))
            patients.append(case.patient)
            sizes.append(len(group))
    intervals = [_interval(values, patients, seed, resamples) for values in (same, modal)]
    return Ceiling(
        n=len(same),
        same=mean_or_none(same),
        same_ci95=intervals[0].ci95,
        modal=mean_or_none(modal),
        modal_ci95=intervals[1].ci95,
        uncovered=uncovered,
        illegible=illegible,
        alone=sizes.count(1),
        median_patients=float(median(sizes)) if sizes else None,
        has_band=band is not None,
        method=intervals[0].method,
        reason=intervals[0].reason if same else UNCOVERED,
    )


def _groups(
    training: Sequence[CaseFacts], band: Band | None
) -> dict[KeyFields, dict[str, list[RegimenKey]]]:
    """Of each group the legible regimens of each patient."""
    groups: dict[KeyFields, dict[str, list[RegimenKey]]] = {}
    for case in training:
        key = regimen_key(case.regimen)
        if key is not None:
            group = groups.setdefault(key_fields(case, band), {})
            group.setdefault(case.patient, []).append(key)
    return groups


def _received(group: dict[str, list[RegimenKey]]) -> dict[RegimenKey, float]:
    """How many patients received each regimen; one of several courses of a patient is a part."""
    received: dict[RegimenKey, float] = {}
    for keys in group.values():
        for key in keys:
            received[key] = received.get(key, 0.0) + 1 / len(keys)
    return received


def _modal(received: dict[RegimenKey, float], key: RegimenKey) -> float:
    most = max(received.values())
    tied = [one for one, count in received.items() if count >= most - 1e-9]
    return 1 / len(tied) if key in tied else 0.0


def _interval(
    values: Sequence[float], patients: Sequence[str], seed: int, resamples: int
) -> Interval:
    if not values:
        return Interval(None, "none", NOTHING)
    return mean_interval(values, patients, low=0.0, high=1.0, seed=seed, resamples=resamples)
