"""Who is in train, validation and test.

Always by patient. Whether a patient is in test is decided once, by a keyed hash with the home's
secret, so that no choice of seed can move a patient out of test; the seed moves only train and
validation. Pure functions: no store, no file.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor
from typing import TypeVar

from store.errors import BadUsage
from store.keys import keyed_hash

T = TypeVar("T", str, tuple[str, str])
PARTS = ("train", "validation", "test")
WAYS = ("patient", "year", "site", "source")


@dataclass(frozen=True)
class SplitRules:
    """Which cases are taken, and how they are divided; fractions are of patients.

    ``source`` and ``file`` name where cases came from; empty: all that are present.
    """

    by: str = "patient"
    seed: int = 0
    test: float = 0.2
    validation: float = 0.1
    source: str = ""
    file: str = ""


@dataclass(frozen=True)
class Member:
    """What a split needs to know of one case."""

    case_id: str
    patient: str
    year: int | None
    site: str
    source: str
    modality: str = ""


def split(members: Sequence[Member], rules: SplitRules, secret: bytes) -> dict[str, str]:
    """The part of each case, by case id.

    By ``patient``: a keyed hash decides. By ``year``: the patients whose latest case falls in the
    newest years that together hold the test fraction. By ``site`` or ``source``: whole groups,
    in keyed-hash order, until they hold the test fraction. A patient is always on one side.
    Validation is taken from what is left in equal shares of each stratum (modality and site).

    Raises:
        BadUsage: an unknown way to split, fractions that leave nothing to train on, or a
            grouping in which every case falls on one side.
    """
    if rules.by not in WAYS:
        raise BadUsage(f"Cannot split by {rules.by!r}.", f"Choose one of {', '.join(WAYS)}.")
    if not (0 < rules.test < 1 and 0 <= rules.validation < 1 and rules.test + rules.validation < 1):
        raise BadUsage(
            f"Test {rules.test} and validation {rules.validation} leave nothing to train on.",
            "Give fractions between 0 and 1 that sum to less than 1.",
        )
    in_test = _test_patients(members, rules, secret)
    held = _validation_patients([m for m in members if m.patient not in in_test], rules, secret)
    return {
        m.case_id: "test"
        if m.patient in in_test
        else "validation"
        if m.patient in held
        else "train"
        for m in members
    }


def _validation_patients(rest: Sequence[Member], rules: SplitRules, secret: bytes) -> set[str]:
    """The validation share of those who are not in test, spread evenly over the strata.

    The patients in order of stratum and, within it, of a keyed hash with the seed: every so
    many of them is taken, so that each stratum gives its share to within one patient.
    """
    purpose = f"validation-{rules.seed}"
    seen: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for member in rest:
        seen[member.patient].append((member.modality, member.site))
    order = sorted(seen, key=lambda p: (_most_common(seen[p]), _unit(secret, purpose, p)))
    share = rules.validation / (1 - rules.test)
    start = _unit(secret, purpose, "")
    places = (floor(start + number * share) for number in range(len(order) + 1))
    return {p for p, (now, after) in zip(order, pairwise(places), strict=True) if after > now}


def _most_common(values: Sequence[T]) -> T:
    return Counter(sorted(values)).most_common(1)[0][0]


def _unit(secret: bytes, purpose: str, text: str) -> float:
    """A keyed hash as a number in [0, 1)."""
    return int(keyed_hash(secret, purpose, text)[:13], 16) / 16**13


def _test_patients(members: Sequence[Member], rules: SplitRules, secret: bytes) -> set[str]:
    patients = {member.patient for member in members}
    if rules.by == "patient":
        return {p for p in patients if _unit(secret, "test", p) < rules.test}
    groups = _groups(members, rules.by)
    if rules.by == "year":
        order = sorted(groups, reverse=True)
    else:
        order = sorted(groups, key=lambda name: _unit(secret, f"test-{rules.by}", name))
    chosen: set[str] = set()
    for name in order[:-1]:
        if len(chosen) >= rules.test * len(patients):
            break
        chosen |= groups[name]
    if patients and not chosen:
        raise BadUsage(
            f"All cases have the same {rules.by}, so nothing can be held out by it.",
            "Split by patient.",
        )
    return chosen


def _groups(members: Sequence[Member], by: str) -> Mapping[str, set[str]]:
    """Patients by the value that decides for them: their latest year, or most frequent group."""
    values: dict[str, list[str]] = defaultdict(list)
    for member in members:
        value = {"year": f"{member.year or 0:04d}", "site": member.site, "source": member.source}
        values[member.patient].append(value[by])
    groups: dict[str, set[str]] = defaultdict(set)
    for patient, seen in values.items():
        name = max(seen) if by == "year" else _most_common(seen)
        groups[name].add(patient)
    return groups
