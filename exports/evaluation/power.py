"""How many patients an evaluation needs, and how small a difference it could have seen.

For two models' right and wrong answers on the same patients, tested by exact McNemar. Power is
that of the exact test, summed over how many patients may differ; never power at the difference
that was observed, which says nothing that the p-value does not (Hoenig and Heisey 2001). A
difference is a share of patients: those who are better less those who are worse.
"""

from dataclasses import asdict, dataclass
from math import ceil, isfinite, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

POWER = 0.8
MOST_PATIENTS = 100_000
_AHEAD = 10
"""Power climbs in small steps up and down: so many larger numbers must have it as well."""


@dataclass(frozen=True)
class Plan:
    """Patients and difference that go together at ``power``; None, and why, for what is not.

    ``discordance`` is the share of patients on whom the two differ, ``alpha`` the level of one
    test: that of the family over the number of its tests, so that it holds at whatever place in
    Holm's order the test comes.
    """

    patients: int | None
    difference: float | None
    discordance: float
    power: float
    alpha: float
    alternative: str
    reason: str = ""

    def record(self) -> dict[str, Any]:
        """Its fields; ``reason`` only where there is one."""
        return {name: value for name, value in asdict(self).items() if value != ""}


def power_of(
    patients: int,
    difference: float,
    discordance: float,
    *,
    alpha: float = 0.05,
    alternative: str = "greater",
) -> float:
    """The power of exact McNemar.

    Of n patients a number m differs, binomial with the discordance; of those the better ones are
    binomial with (1 + difference / discordance) / 2 (Duffy 1984, unconditional).
    """
    from scipy.stats import binom

    if patients < 1 or discordance <= 0:
        return 0.0
    spread = 10 * sqrt(patients * discordance * (1 - discordance)) + 10
    first = max(0, int(patients * discordance - spread))
    m = np.arange(first, min(patients, int(patients * discordance + spread)) + 1)
    tail = alpha if alternative == "greater" else alpha / 2
    # the smallest count that is significant, m + 1 where none is
    needed = binom.isf(tail, m, 0.5) + 1
    better = min(1.0, (1 + difference / discordance) / 2)
    found = binom.sf(needed - 1, m, better)
    if alternative == "two-sided":
        found = found + binom.cdf(m - needed, m, better)
    return float((binom.pmf(m, patients, discordance) * found).sum())


def patients_needed(
    difference: float,
    discordance: float,
    *,
    tests: int = 1,
    alpha: float = 0.05,
    alternative: str = "greater",
    power: float = POWER,
) -> Plan:
    """How many patients show a difference with the power wanted.

    Starts from the normal approximation of Connor (1987) and counts up by the exact power.

    Args:
        difference: share of patients better less share worse, above 0.
        discordance: share of patients on whom the two models differ, at least ``difference``.
        tests: in the family; ``alpha`` is divided by it.
        alpha: of the family.
        alternative: "greater" or "two-sided".
        power: wanted.
    """
    level = alpha / tests

    def plan(patients: int | None, reason: str = "") -> Plan:
        return Plan(patients, difference, discordance, power, level, alternative, reason)

    if not (isfinite(difference) and isfinite(discordance) and 0 < difference <= discordance <= 1):
        return plan(None, "a difference lies above 0 and at most at the share that differs")

    def enough(n: int) -> bool:
        return power_of(n, difference, discordance, alpha=level, alternative=alternative) >= power

    low = _approximate(difference, discordance, level, alternative, power) // 2
    high = max(4, 2 * low)
    # the approximation is a little too low, so what it puts beyond the limit is beyond it
    if high > MOST_PATIENTS:
        return plan(None, f"more than {MOST_PATIENTS} patients would be needed")
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    while not all(enough(high + step) for step in range(1, _AHEAD)):
        high += 1
    return plan(high)


def _approximate(
    difference: float, discordance: float, alpha: float, alternative: str, power: float
) -> int:
    normal = NormalDist()
    z_alpha = normal.inv_cdf(1 - (alpha if alternative == "greater" else alpha / 2))
    z_power = normal.inv_cdf(power)
    apart = z_alpha * sqrt(discordance) + z_power * sqrt(discordance - difference**2)
    return ceil((apart / difference) ** 2)


def smallest_difference(
    patients: int,
    discordance: float,
    *,
    tests: int = 1,
    alpha: float = 0.05,
    alternative: str = "greater",
    power: float = POWER,
) -> Plan:
    """The smallest difference that so many patients show with the power wanted.

    Args:
        patients: of the evaluation.
        discordance: the share of them on whom the two models were seen to differ.
        tests: in the family; ``alpha`` is divided by it.
        alpha: of the family.
        alternative: "greater" or "two-sided".
        power: wanted.
    """
    level = alpha / tests

    def plan(difference: float | None, reason: str = "") -> Plan:
        return Plan(patients, difference, discordance, power, level, alternative, reason)

    if patients < 1:
        return plan(None, "there is no patient")
    if not 0 < discordance <= 1:
        return plan(None, "no patient differs, so nothing says how often two models would")

    def reached(difference: float) -> float:
        return power_of(patients, difference, discordance, alpha=level, alternative=alternative)

    if reached(discordance) < power:
        return plan(
            None,
            f"with {patients} patients, {discordance:.0%} of whom differ, no difference is shown "
            f"with {power:.0%} power, even were all of these better",
        )
    low, high = 0.0, discordance
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) >= power else (middle, high)
    return plan(high)
