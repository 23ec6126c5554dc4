"""Counts out of n with what can be said of them: a share with its interval, a bound on a risk.

The patient is the unit, as in ``statistics``: several cases of one patient are never counted as
independent. Nothing here is NaN; where there is no number there is None and a sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from exports.evaluation.statistics import proportion_interval

RESAMPLES = 5000
NOTHING = "there is nothing to count"


@dataclass(frozen=True)
class Share:
    """``count`` of ``n`` cases, with the 95 % interval of the share and how it was made."""

    count: int
    n: int
    share: float | None
    ci95: tuple[float, float] | None
    method: str
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "n": self.n,
            "share": self.share,
            "ci95": list(self.ci95) if self.ci95 else None,
            "method": self.method,
            "reason": self.reason,
        }


def share_of(
    values: Sequence[bool], patients: Sequence[str], *, seed: int = 0, resamples: int = RESAMPLES
) -> Share:
    """The share of true values; ``patients`` has the patient of each.

    Wilson's interval where each patient has one case, else patients are resampled.
    """
    if not values:
        return Share(0, 0, None, None, "none", NOTHING)
    numbers = [float(value) for value in values]
    found = proportion_interval(numbers, patients, seed=seed, resamples=resamples)
    count = sum(bool(value) for value in values)
    return Share(count, len(values), count / len(values), found.ci95, found.method, found.reason)


@dataclass(frozen=True)
class UpperBound:
    """A one-sided 95 % upper bound of a risk, and the count of n ``unit`` that it was made from."""

    upper95: float | None
    count: int
    n: int
    unit: str
    method: str
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "upper95": self.upper95,
            "count": self.count,
            "n": self.n,
            "unit": self.unit,
            "method": self.method,
            "reason": self.reason,
        }


def risk_bound(values: Sequence[bool], patients: Sequence[str]) -> UpperBound:
    """How large a risk may be that showed itself in the true ones of these cases.

    Where a patient has several cases, a patient counts once, and as true if any of the cases is.
    """
    by_patient: dict[str, bool] = {}
    for value, patient in zip(values, patients, strict=True):
        by_patient[patient] = by_patient.get(patient, False) or bool(value)
    count, n = sum(by_patient.values()), len(by_patient)
    unit = "cases" if n == len(values) else "patients"
    if not n:
        return UpperBound(None, 0, 0, unit, "none", NOTHING)
    method = "Clopper-Pearson, one-sided" if count else "rule of three (3/n)"
    return UpperBound(upper_95(count, n), count, n, unit, method)


def upper_95(count: int, n: int) -> float:
    """The one-sided 95 % upper bound of a proportion of which ``count`` of ``n`` were seen.

    3/n where none was, at most 1 (Hanley and Lippman-Hand, JAMA 1983;249:1743), else the exact
    bound of Clopper and Pearson (1934).

    Raises:
        ValueError: the count is none out of n.
    """
    if n < 1 or not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is no proportion")
    if count == 0:
        return min(1.0, 3 / n)
    if count == n:
        return 1.0
    from scipy.stats import beta

    return float(beta.ppf(0.95, count + 1, n - count))
