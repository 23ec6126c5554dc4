"""How far people agree beyond chance: Cohen's and Fleiss's kappa, Krippendorff's alpha.

Cohen, Educ Psychol Meas 1960;20:37-46; Fleiss, Psychol Bull 1971;76:378-382; Krippendorff,
*Content Analysis*, 2004, chapter 11, for nominal data. All are undefined where only one value was
ever given, and are None then: that is neither agreement nor the lack of it. Cohen's is computed by
scikit-learn, alpha by krippendorff.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any


def agreement(
    said: Sequence[Mapping[str, Mapping[str, Any]]], people: Sequence[str], fields: Sequence[str]
) -> dict[str, Any]:
    """For each field: ``n`` cases with two answers or more, ``equal`` of them, kappas and alpha.

    Args:
        said: of each case, the answer of each person who gave one.
        people: who answered; Cohen's ``kappa`` needs exactly two, ``fleiss`` three or more and
            counts the cases that all of them answered.
    """
    several = [one for one in said if sum(who in one for who in people) > 1]
    return {name: _field([_values(one, people, name) for one in several]) for name in fields}


def _values(
    one: Mapping[str, Mapping[str, Any]], people: Sequence[str], name: str
) -> list[str | None]:
    return [str(one[who][name]) if who in one else None for who in people]


def _field(units: Sequence[Sequence[str | None]]) -> dict[str, Any]:
    equal = sum(len({value for value in unit if value is not None}) == 1 for unit in units)
    return {
        "n": len(units),
        "equal": equal,
        "kappa": _kappa(units),
        "fleiss": _fleiss(units),
        "alpha": _alpha(units),
    }


def _kappa(units: Sequence[Sequence[str | None]]) -> float | None:
    if not units or len(units[0]) != 2 or _constant(units):
        return None
    first, second = zip(*units, strict=True)
    metrics: Any = import_module("sklearn.metrics")
    return _number(metrics.cohen_kappa_score(first, second))


def _fleiss(units: Sequence[Sequence[str | None]]) -> float | None:
    whole = [[value for value in unit if value is not None] for unit in units if None not in unit]
    if not whole or len(whole[0]) < 3:
        return None
    return fleiss_kappa(whole)


def fleiss_kappa(units: Sequence[Sequence[str]]) -> float | None:
    """Fleiss's kappa of units that all have the same number of values, two or more.

    Formulas 3, 5 and 7 of Fleiss (1971); None where only one value was ever given.
    """
    if not units or _constant(units):
        return None
    n = len(units[0])
    tables = [Counter(unit) for unit in units]
    alike = sum(sum(c * (c - 1) for c in t.values()) for t in tables) / (len(units) * n * (n - 1))
    shares = Counter(value for unit in units for value in unit)
    chance = sum((count / (len(units) * n)) ** 2 for count in shares.values())
    return (alike - chance) / (1 - chance)


def _alpha(units: Sequence[Sequence[str | None]]) -> float | None:
    if not units or _constant(units):
        return None
    codes = {value: code for code, value in enumerate(sorted(_given(units)))}
    coded = [[math.nan if v is None else codes[v] for v in unit] for unit in units]
    people = list(zip(*coded, strict=True))
    krippendorff: Any = import_module("krippendorff")
    return _number(krippendorff.alpha(reliability_data=people, level_of_measurement="nominal"))


def _given(units: Sequence[Sequence[str | None]]) -> set[str]:
    return {value for unit in units for value in unit if value is not None}


def _constant(units: Sequence[Sequence[str | None]]) -> bool:
    return len(_given(units)) < 2


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
