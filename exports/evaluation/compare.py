"""One metric of one task as the entry that an evaluation's JSON holds.

A paired entry compares two models on the same patients; a single entry is one baseline beside
the tuned model. Which metrics exist and what the family is, is ``evaluate``'s business.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from exports.evaluation.metrics import CLASS_METRICS, LOWER_IS_BETTER, class_metrics
from exports.evaluation.statistics import (
    Floats,
    Interval,
    better_worse_tied,
    bootstrap,
    finite,
    holm,
    mcnemar,
    mean_interval,
    per_patient,
    proportion_interval,
    signed_rank,
)

Entry: TypeAlias = dict[str, Any]
RIGHT_OR_WRONG = frozenset({"accuracy", "accuracy_string", "unparsed", "illegal"})
QUICK_REASON = "a quick evaluation claims no p-value"


@dataclass(frozen=True)
class Frame:
    """What all entries of one task share: the patient of each pair, and how to resample."""

    patients: tuple[str, ...]
    seed: int
    resamples: int
    quick: bool

    @property
    def count(self) -> int:
        """How many patients."""
        return len(set(self.patients))

    def single(self, name: str, values: Floats) -> Interval:
        """The interval of one model's mean."""
        if name in RIGHT_OR_WRONG:
            return proportion_interval(
                values, self.patients, seed=self.seed, resamples=self.resamples
            )
        return self.mean(values, low=0.0, high=1.0)

    def mean(self, values: Floats, low: float, high: float) -> Interval:
        return mean_interval(
            values, self.patients, low=low, high=high, seed=self.seed, resamples=self.resamples
        )

    def resampled(self, values: Callable[[Floats], Mapping[str, Floats]]) -> dict[str, Interval]:
        return bootstrap(self.patients, values, seed=self.seed, resamples=self.resamples)


def paired(frame: Frame, name: str, tuned: Floats, base: Floats | None) -> Entry:
    """Base and tuned on one per-pair metric: means, interval of the difference, tests."""
    entry: Entry = {"base": None, "tuned": float(tuned.mean()), "difference": None, "ci95": None}
    entry |= _interval("tuned_", frame.single(name, tuned))
    if base is None:
        return entry | _untested("no base model was evaluated")
    entry["base"] = float(base.mean())
    entry |= _interval("base_", frame.single(name, base))
    entry["difference"] = entry["tuned"] - entry["base"]
    entry |= _interval("", frame.mean(np.round(tuned - base, 12), low=-1.0, high=1.0))
    differences = np.round(
        per_patient(tuned, frame.patients) - per_patient(base, frame.patients), 12
    )
    if name in LOWER_IS_BETTER:
        differences = -differences
    better, worse, tied = better_worse_tied(differences)
    entry |= {"better": better, "worse": worse, "tied": tied}
    if name in LOWER_IS_BETTER:
        return entry | _untested("described, not tested: lower is better")
    if frame.quick:
        return entry | _untested(QUICK_REASON) | _mcnemar(name, None)
    return entry | _tested(differences) | _mcnemar(name, mcnemar(better, worse))


def _tested(differences: Floats) -> Entry:
    test = signed_rank(differences)
    entry: Entry = {
        "p_one_sided": test.p,
        "p_holm": None,
        "test": "wilcoxon",
        "zero_method": test.zero_method,
        "method": test.method,
        "n_effective": test.n_effective,
    }
    return entry | ({"reason": test.reason} if test.reason else {})


def _mcnemar(name: str, p: float | None) -> Entry:
    return {"p_mcnemar": p} if name in RIGHT_OR_WRONG else {}


def _untested(reason: str) -> Entry:
    return {"p_one_sided": None, "p_holm": None, "test": None, "reason": reason}


def paired_classes(
    frame: Frame, reference: Sequence[str], tuned: Sequence[str], base: Sequence[str] | None
) -> dict[str, Entry]:
    """Base and tuned on the metrics over classes, which have no value for one patient."""

    def values(weights: Floats | None) -> dict[str, Floats]:
        found = _prefixed("tuned", class_metrics(reference, tuned, weights))
        if base is not None:
            found |= _prefixed("base", class_metrics(reference, base, weights))
            for name in CLASS_METRICS:
                between = found[f"tuned {name}"] - found[f"base {name}"]
                found[f"difference {name}"] = np.round(between, 12)
        return found

    now, intervals = values(None), frame.resampled(values)
    untested = _untested("no base model was evaluated" if base is None else "no per-patient value")
    entries: dict[str, Entry] = {}
    for name in CLASS_METRICS:
        entry: Entry = {"base": None, "tuned": None, "difference": None, "ci95": None}
        for what, prefix in (("tuned", "tuned_"), ("base", "base_"), ("difference", "")):
            if f"{what} {name}" in now:
                entry[what] = finite(now[f"{what} {name}"][0])
                entry |= _interval(prefix, intervals[f"{what} {name}"])
        entries[name] = entry | untested
    return entries


def _prefixed(prefix: str, values: Mapping[str, Floats]) -> dict[str, Floats]:
    return {f"{prefix} {name}": value for name, value in values.items()}


def single(frame: Frame, name: str, values: Floats, tuned: Floats) -> Entry:
    """A baseline on one per-pair metric, and the tuned model's difference from it."""
    between = frame.mean(np.round(tuned - values, 12), low=-1.0, high=1.0)
    return {
        "value": float(values.mean()),
        **_interval("", frame.single(name, values)),
        "tuned_difference": float(tuned.mean() - values.mean()),
        **_interval("tuned_difference_", between),
    }


def single_classes(
    frame: Frame, reference: Sequence[str], answered: Sequence[str]
) -> dict[str, Entry]:
    """A baseline on the metrics over classes."""
    intervals = frame.resampled(lambda weights: class_metrics(reference, answered, weights))
    now = class_metrics(reference, answered)
    return {
        name: {"value": finite(now[name][0]), **_interval("", intervals[name])}
        for name in CLASS_METRICS
    }


def _interval(prefix: str, interval: Interval) -> Entry:
    entry: Entry = {f"{prefix}ci95": list(interval.ci95) if interval.ci95 else None}
    if prefix == "":
        entry["ci95_method"] = interval.method
    return entry | ({f"{prefix}ci95_reason": interval.reason} if interval.reason else {})


def corrected(entries: Mapping[str, Entry], family: Sequence[str]) -> dict[str, float | None]:
    """Holm's corrected p of the exact test of each member of the family.

    Args:
        entries: by "task.metric".
        family: its members, which are right or wrong.
    """
    return holm({name: entries.get(name, {}).get("p_mcnemar") for name in family})
