"""From the prescriptions of one course to its label: the phases, each as first approved.

Revisions and replans of a phase are one phase, and the version that a physician approved first is
the prescription. What was delivered, and what a later version says, never gets into the label; no
doses of versions are added. Where versions and phases cannot be told apart the course is lost.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from store.clinical.regimen import Phase, Regimen
from store.clinical.regimen_printer import print_regimen
from store.importing.dates import one_date
from store.importing.extract import Course, Extract, Key, Plan, Prescription
from store.importing.layout import bare
from store.importing.numbers import read_number, read_quantity
from store.importing.prescribed import build_phase
from store.reasons import Lost

_REVISION = re.compile(
    r"(?::\d{1,2})+$|[ _-]*\bR(?:ev(?:ision)?)?[ ._-]?\d{1,2}$|_R(?:ev)?\d{1,2}$"
    r"|[ _-]+(?:re-?plan|adapt\w*)[ _-]?\d{0,2}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Label:
    """What a course was prescribed, as first approved.

    ``decided`` is the first approval; ``fractions`` those of all phases together.
    """

    regimen: str
    decided: date | None
    target: str
    fractions: int | None
    repairs: tuple[str, ...]


@dataclass
class _Group:
    """The versions of one phase, and the plans made for it."""

    versions: list[Prescription]
    plans: list[Key]


def read_label(course: Course, plans: dict[Key, Plan], found: Extract) -> Label:
    """The label of a course whose accepted ``plans`` are these.

    Raises:
        Lost: nothing was approved, the versions cannot be told apart, or a dose is not legible.
    """
    if not course.prescriptions:
        raise Lost("no_plan", "The course has no prescription.")
    groups = _grouped(course, plans, found)
    first: list[tuple[_Group, Prescription, date | None]] = []
    repairs: list[str] = []
    for group in groups:
        chosen = _first_approved(group.versions, found)
        if chosen is None:
            continue
        one, day = chosen
        first.append((group, one, day))
        if any(_content(other) != _content(one) for other in group.versions):
            repairs.append("revised after the first approval: the first prescription is the label")
    if not first:
        raise Lost("not_approved", "No prescription of the course was approved by a physician.")
    first.sort(key=lambda item: (_sequence(item[1]), item[2] or date.max, item[1].number))
    _check_rivals([one for _, one, _ in first])
    phases: list[Phase] = []
    for group, one, _ in first:
        keys = [*group.plans, *(version.key for version in group.versions)]
        phase, noted = build_phase(one, keys, found)
        phases.append(phase)
        repairs += noted
    days = [day for _, _, day in first if day]
    whole = [phase.fractions for phase in phases]
    return Label(
        print_regimen(Regimen(tuple(phases))),
        min(days, default=None),
        next(iter(first[0][1].levels), ("", "", ""))[0],
        None if None in whole else sum(count or 0 for count in whole),
        tuple(dict.fromkeys(repairs)),
    )


def base_name(label: str) -> tuple[str, bool]:
    """A name without what marks a revision (``Breast:1``, ``Breast_R1``), and whether it had it."""
    text = label.strip()
    shorter = _REVISION.sub("", text).strip(" _-")
    return (bare(shorter), True) if shorter and shorter != text else (bare(text), False)


def _grouped(course: Course, plans: dict[Key, Plan], found: Extract) -> list[_Group]:
    """The prescriptions of a course, those of one phase together."""
    plans_of = _plans_of(course)
    versions = list(course.prescriptions.values())
    groups: list[list[int]] = [[n] for n in range(len(versions))]
    owner: dict[tuple[str, ...], int] = {}
    revised = _revised(course)
    called = _called(versions)
    for n, one in enumerate(versions):
        names = [course.plans[key].label for key in plans_of.get(one.key, ())]
        for token in (*_tokens(one, names, revised), *called.get(bare(one.revises), ())):
            other = owner.setdefault(token, n)
            less, more = sorted((groups[n], groups[other]), key=len)
            if less is not more:
                more += less
                for member in less:
                    groups[member] = more
    found_groups: dict[int, _Group] = {}
    for members in {id(group): group for group in groups}.values():
        ones = [versions[n] for n in sorted(members)]
        keys = {one.key: None for one in ones}
        made = [key for one in keys for key in plans_of.get(one, ())]
        if made and not any(key in plans for key in made):
            continue  # prescribed and planned, but no plan of it was ever approved or treated
        found_groups[id(members)] = _Group(ones, [key for key in made if key in plans])
    return list(found_groups.values())


def _plans_of(course: Course) -> dict[Key, list[Key]]:
    """The plans of each prescription; one that names none goes by target or name, if by one."""
    made: dict[Key, list[Key]] = {}
    by_name: dict[str, set[Key]] = {}
    for one in course.prescriptions.values():
        for name in (one.label, *(target for target, _, _ in one.levels)):
            by_name.setdefault(base_name(name)[0], set()).add(one.key)
    all_of_them = {one.key for one in course.prescriptions.values()}
    for key, plan in course.plans.items():
        owners = plan.prescriptions
        if not owners and len(all_of_them) == 1:
            owners = all_of_them
        elif not owners:
            names = [base_name(name)[0] for name in (plan.target, plan.label) if name]
            told = next((by_name[name] for name in names if name in by_name), set[Key]())
            owners = told if len(told) == 1 else set[Key]()
        for prescription in owners:
            made.setdefault(prescription, []).append(key)
    return made


def _tokens(
    one: Prescription, plans: Iterable[str], revised: set[str]
) -> Iterator[tuple[str, ...]]:
    """What versions of one phase have in common."""
    yield ("record", *one.key)
    for base in {base_name(name)[0] for name in (one.label, *plans) if name} & revised:
        yield ("name", base)
    target = "/".join(sorted(bare(level[0]) for level in one.levels)) or base_name(one.label)[0]
    if target:
        each = "/".join(sorted(f"{_each(level, one.fractions):.4f}" for level in one.levels))
        yield ("target", target, each, one.sequence)


def _revised(course: Course) -> set[str]:
    """The names of which a revision is among the prescriptions and plans."""
    things = (*course.prescriptions.values(), *course.plans.values())
    return {base for base, was in (base_name(thing.label) for thing in things) if was}


def _called(versions: Iterable[Prescription]) -> dict[str, list[tuple[str, ...]]]:
    """The records by what a later one may call its predecessor: number or name."""
    called: dict[str, list[tuple[str, ...]]] = {}
    for one in versions:
        for name in {bare(one.key[-1]), bare(one.label)} - {""}:
            called.setdefault(name, []).append(("record", *one.key))
    return called


def _each(level: tuple[str, str, str], fractions: str) -> float:
    """The dose per fraction in Gy, 0 where it is not legible; for comparing only."""
    _, total, each = level
    count = read_number(fractions)
    number = read_quantity(each or total)
    if number is None:
        return 0.0
    gray = number.value / 100 if number.unit == "cGy" else number.value
    return gray if each else gray / count.value if count and count.value else 0.0


def _first_approved(
    versions: Sequence[Prescription], found: Extract
) -> tuple[Prescription, date | None] | None:
    """The version that counts, and the day of its approval; None where the phase does not.

    Raises:
        Lost: a date of approval cannot be read.
    """
    layout = found.layout
    current = [one for one in versions if layout.says("current", one.version)]
    if layout.words["current"] and any(one.version for one in versions) and not current:
        return None
    approved: list[tuple[date | None, Prescription]] = []
    for one in versions:
        day = one_date(one.approved_on, layout.order) if one.approved_on else None
        if one.approved_on and day is None:
            raise Lost(
                "date_unreadable",
                "The date of an approval cannot be read, or day and month cannot be told apart: "
                "put date_order into the profile.",
            )
        if _is_approved(one, day, found):
            approved.append((day, one))
    if not approved:
        return None
    dated = [(day, one) for day, one in approved if day]
    if dated:
        day, one = min(dated, key=lambda pair: (pair[0], _version(pair[1]), pair[1].number))
        return one, day
    standing = [one for one in current if any(one is other for _, other in approved)]
    kept = standing or [one for _, one in approved]
    return min(kept, key=lambda one: (_version(one), one.number)), None


def _is_approved(one: Prescription, day: date | None, found: Extract) -> bool:
    """Whether a physician approved it, as far as the extract says who and whether."""
    layout = found.layout
    roles = re.split(r"[,;/]", one.role)
    if one.role and not any(layout.says("physicians", role) for role in roles):
        return False
    if one.status:
        replaced = layout.says("superseded", one.status) and day is not None
        return replaced or layout.says("approved", one.status)
    return day is not None or not found.knows("prescription", "status", "approved_on")


def _version(one: Prescription) -> float:
    number = read_number(one.version)
    return number.value if number else 0.0


def _sequence(one: Prescription) -> float:
    found = re.search(r"\d+", one.sequence)
    return float(found[0]) if found else float("inf")


def _content(one: Prescription) -> tuple[str, ...]:
    return (one.fractions, *sorted(f"{bare(t)} {total} {each}" for t, total, each in one.levels))


def _check_rivals(ones: Sequence[Prescription]) -> None:
    """Phases have to differ in target or in sequence, else nobody can say which was meant.

    Raises:
        Lost: two do not.
    """
    seen: set[tuple[str, float]] = set()
    for one in ones:
        target = "/".join(sorted(bare(level[0]) for level in one.levels)) or base_name(one.label)[0]
        place = (target, _sequence(one))
        if place in seen:
            raise Lost(
                "several_plans",
                "Several prescriptions to one target stand beside each other, none a revision.",
            )
        seen.add(place)
