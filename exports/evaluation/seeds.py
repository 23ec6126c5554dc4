"""Several trainings of one model: how much they differ, apart from how much patients differ.

An interval from one training says what other patients would give, and nothing of what another
seed would. With the same test patients answered by several trainings the two come apart, by the
analysis of variance of a two-way table without replication, both ways random (Searle, Casella and
McCulloch, *Variance Components*, 1992, section 4.3; Shrout and Fleiss 1979 for raters).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np

from exports.evaluation.statistics import Floats, per_patient
from store.errors import RadoncError

FEW_TRAININGS = 5


@dataclass(frozen=True)
class Spread:
    """Standard deviations in the metric's own unit; None, and why, where there is none.

    ``between_trainings``: of what trainings would give on endless patients. ``between_patients``:
    of what patients get from endless trainings. ``rest``: what neither explains: on which patients
    a training is the better. ``se_patients`` and ``se_trainings``: of ``mean``, by having other
    patients and by having other trainings; ``se`` by both. ``scores`` has each training's mean
    over patients, and ``patients`` how many those are.
    """

    scores: Mapping[str, float]
    patients: int
    mean: float | None
    between_trainings: float | None
    between_patients: float | None
    rest: float | None
    se_trainings: float | None
    se_patients: float | None
    se: float | None
    reason: str = ""

    def record(self) -> dict[str, Any]:
        """Its fields; ``reason`` (also a caution where numbers are there) only if there is one."""
        found = {**asdict(self), "scores": dict(self.scores)}
        return {name: value for name, value in found.items() if value != ""}


def spread(
    trainings: Mapping[str, tuple[Sequence[float] | Floats, Sequence[str]]],
) -> Spread:
    """What trainings and patients each add to the spread of one metric.

    Args:
        trainings: by name (a run, a seed), the value of each test pair and the patient of each.

    Raises:
        RadoncError: the trainings did not answer the same patients.
    """
    tables = {name: _by_patient(name, *found) for name, found in trainings.items()}
    people = {tuple(sorted(set(patients))) for _, patients in trainings.values()}
    if len(people) > 1:
        raise RadoncError(
            "The trainings were tested on different patients.",
            "Compare evaluations of one data set.",
        )
    scores = {name: float(means.mean()) for name, means in tables.items() if len(means)}
    table = np.array(list(tables.values()), dtype=float)
    count, patients = (len(tables), table.shape[1]) if tables else (0, 0)
    reason = _reason(table, count, patients)
    if reason:
        mean = float(np.mean(list(scores.values()))) if scores else None
        finite = mean if mean is not None and np.isfinite(mean) else None
        known = {name: score for name, score in scores.items() if np.isfinite(score)}
        return Spread(known, patients, finite, None, None, None, None, None, None, reason)
    return _decomposed(table, scores)


def _decomposed(table: Floats, scores: Mapping[str, float]) -> Spread:
    count, patients = table.shape
    mean = float(table.mean())
    of_trainings, of_patients = table.mean(1) - mean, table.mean(0) - mean
    left = table - mean - of_trainings[:, None] - of_patients[None, :]
    by_training = patients * float(of_trainings @ of_trainings) / (count - 1)
    by_patient = count * float(of_patients @ of_patients) / (patients - 1)
    rest = float((left**2).sum()) / ((count - 1) * (patients - 1))
    # a component below zero is one too small to be seen
    trainings = max(0.0, (by_training - rest) / patients)
    people = max(0.0, (by_patient - rest) / count)
    of_sets = trainings / count
    of_people = (people + rest / count) / patients
    few = f"from {count} trainings only, so the spread between them is itself unsure"
    return Spread(
        scores,
        patients,
        mean,
        between_trainings=sqrt(trainings),
        between_patients=sqrt(people),
        rest=sqrt(rest),
        se_trainings=sqrt(of_sets),
        se_patients=sqrt(of_people),
        se=sqrt(of_sets + of_people),
        reason=few if count < FEW_TRAININGS else "",
    )


def _by_patient(name: str, values: Sequence[float] | Floats, patients: Sequence[str]) -> Floats:
    array = np.asarray(values, dtype=float)
    if len(array) != len(patients):
        raise RadoncError(f"{name} has another number of values than of pairs.", "Evaluate again.")
    return per_patient(array, patients) if len(array) else np.zeros(0)


def _reason(table: Floats, count: int, patients: int) -> str:
    if count < 2:
        return "one training says nothing of how much another would differ"
    if patients < 2:
        return "the spread between patients needs at least two"
    return "" if np.isfinite(table).all() else "a value is not a number"
