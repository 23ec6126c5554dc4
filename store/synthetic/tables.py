"""The tables of the synthetic generator, read once and checked as they are read.

Facts are written in a small language, one item after another with ``;`` between them:

``name``            a fact without a value
``name=2.0..9.8``   a number from this range, with as many decimals as the range is written with
``name=a|b|b``      one of these values, as often as it is listed
``~words|words``    said in one of these ways, without a row in ``wordings.csv``
``!``, ``?``        before an item: decisive (without it the case is ambiguous); optional

The first item is the disease itself; ``age=..`` narrows the age instead of being said twice.
No note is written here and nothing is drawn.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from store.errors import RadoncError

MIXES = ("demo", "full")


@dataclass(frozen=True)
class Fact:
    """One item of a variant: a fact's name and the values it may take ("" for none).

    A literal has no name; its values are the ways to say it.
    """

    name: str
    values: tuple[str, ...] = ("",)
    decisive: bool = False
    optional: bool = False

    @property
    def literal(self) -> bool:
        return not self.name


@dataclass(frozen=True)
class Variant:
    """One combination of facts that makes a setting; ``age`` in years, both ends included."""

    weight: int
    facts: tuple[Fact, ...]
    age: tuple[int, int]


@dataclass(frozen=True)
class Code:
    """One ICD-10-CM code, the side it stands for, and the ways to say where the disease is."""

    code: str
    weight: int
    side: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """One clinical setting: its regimen in canonical text and what is known about its cases."""

    name: str
    weight: int
    sex: str
    modality: str
    regimen: str
    site: str
    target: str
    intent: str
    prior: str
    rule: str
    codes: tuple[Code, ...]
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Aside:
    """What notes mention besides, one of several ways or answers.

    ``unless`` names the sites whose notes it must stay out of, because it would decide there.
    """

    sex: str
    ages: tuple[int, int]
    unless: frozenset[str]
    wordings: tuple[str, ...]


def settings(mix: str) -> tuple[Setting, ...]:
    """The settings of a mix ("demo" or "full"), each with its weight in that mix.

    Raises:
        RadoncError: there is no such mix.
    """
    if mix not in MIXES:
        raise RadoncError(f"There is no mix {mix!r}.", f"Take one of: {', '.join(MIXES)}.")
    return _settings(mix)


@cache
def _settings(mix: str) -> tuple[Setting, ...]:
    variants = _variants()
    groups = code_groups()
    return tuple(
        Setting(
            name=row["setting"],
            weight=int(row[mix]),
            sex=row["sex"],
            modality=row["modality"],
            regimen=row["regimen"],
            site=row["site"],
            target=row["target"],
            intent=row["intent"],
            prior=row["prior"],
            rule=row["rule"],
            codes=groups[row["codes"]],
            variants=tuple(
                Variant(weight, facts, _age(facts, row["age"]))
                for weight, facts in variants[row["setting"]]
            ),
        )
        for row in _rows("settings.csv")
        if int(row[mix] or 0)
    )


@cache
def code_groups() -> dict[str, tuple[Code, ...]]:
    """The codes that share a disease, by the name of the group."""
    groups: dict[str, tuple[Code, ...]] = {}
    for row in _rows("codes.csv"):
        code = Code(row["code"], int(row["weight"]), row["side"], tuple(row["place"].split("|")))
        groups[row["group"]] = (*groups.get(row["group"], ()), code)
    return groups


@cache
def wordings() -> dict[tuple[str, str], tuple[str, ...]]:
    """The ways to say a fact, by (fact, value); value "" holds for every other value."""
    return {
        (row["fact"], row["value"]): tuple(row["wording"].split("|"))
        for row in _rows("wordings.csv")
    }


@cache
def asides() -> tuple[Aside, ...]:
    """What notes mention besides."""
    return tuple(
        Aside(
            sex=row["sex"],
            ages=_range(row["ages"]),
            unless=frozenset(row["unless"].split()),
            wordings=tuple(row["wording"].split("|")),
        )
        for row in _rows("asides.csv")
    )


@cache
def _variants() -> dict[str, list[tuple[int, tuple[Fact, ...]]]]:
    variants: dict[str, list[tuple[int, tuple[Fact, ...]]]] = {}
    for row in _rows("variants.csv"):
        facts = tuple(_fact(item.strip()) for item in row["facts"].split(";"))
        variants.setdefault(row["setting"], []).append((int(row["weight"]), facts))
    return variants


def _fact(item: str) -> Fact:
    said = item.lstrip("!?")
    name, _, values = ("", "", said[1:]) if said.startswith("~") else said.partition("=")
    return Fact(
        name=name,
        values=tuple(values.split("|")),
        decisive=item.startswith("!"),
        optional=item.startswith("?"),
    )


def _age(facts: tuple[Fact, ...], setting: str) -> tuple[int, int]:
    narrowed = next((fact.values[0] for fact in facts if fact.name == "age"), "")
    return _range(narrowed.replace("..", "-") or setting)


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high)


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("store.synthetic") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
