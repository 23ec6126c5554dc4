"""How far annotators agree beyond chance: Cohen's kappa, Krippendorff's alpha.

Cohen, Educ Psychol Meas 1960;20:37-46; Krippendorff, *Content Analysis*, 2004, chapter 11, for
nominal data. Both are undefined where only one value was ever given, and are None then: that is
neither agreement nor the lack of it. The computing is scikit-learn's and krippendorff's.
"""

import math
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any


def agreement(
    said: Sequence[Mapping[str, Mapping[str, Any]]], people: Sequence[str], fields: Sequence[str]
) -> dict[str, Any]:
    """For each field: ``n`` cases with two answers or more, ``equal`` of them, kappa and alpha.

    Args:
        said: of each case, the answer of each person who gave one.
        people: the annotators; kappa needs exactly two.
    """
    several = [one for one in said if sum(who in one for who in people) > 1]
    return {name: _field([_values(one, people, name) for one in several]) for name in fields}


def _values(
    one: Mapping[str, Mapping[str, Any]], people: Sequence[str], name: str
) -> list[str | None]:
    return [str(one[who][name]) if who in one else None for who in people]


def _field(units: Sequence[Sequence[str | None]]) -> dict[str, Any]:
    equal = sum(len({value for value in unit if value is not None}) == 1 for unit in units)
    return {"n": len(units), "equal": equal, "kappa": _kappa(units), "alpha": _alpha(units)}


def _kappa(units: Sequence[Sequence[str | None]]) -> float | None:
    if not units or len(units[0]) != 2 or _constant(units):
        return None
    first, second = zip(*units, strict=True)
    metrics: Any = import_module("sklearn.metrics")
    return _number(metrics.cohen_kappa_score(first, second))


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
