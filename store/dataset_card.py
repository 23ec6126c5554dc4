"""The card of a data set: what is in it, how it was divided, and whom the funnel removed.

It is kept with the version and never computed again, so that it says what was true when the data
set was frozen. Counts only: no text, and physicians under the codes that an import gave them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from store import import_rules
from store.case_table import Connection, rows
from store.curation import Funnel
from store.splits import PARTS, SplitRules

RARE = 5
"""Training cases; a code with fewer can hardly be learned."""

BANDS = ((18, "0-17"), (40, "18-39"), (65, "40-64"), (80, "65-79"), (200, "80+"))
"""Ages in years below each bound, by name."""
UNKNOWN = "unknown"
MOST_NAMED = 50
"""Codes and strata that are named; of more, only the number is given."""

CHOSEN = "? IN ('', source) AND ? IN ('', file)"
"""The SQL of what the rules choose; its values are ``source`` and ``file`` of the rules."""

Count: TypeAlias = dict[str, int]


@dataclass(frozen=True)
class Removed:
    """What the store holds besides the cases of a data set: rejects, and exclusions by hand.

    ``left_out`` counts included cases by the rule of ``selection`` that left them out, ``rules``
    has the value of each of these rules; ``imports`` has, by import, those of ``import_rules``
    that were not at their default. ``groups`` has for age band, sex and site the number of
    rejects by value, where a reject's record says it.
    """

    excluded: int = 0
    by_reason: Count = field(default_factory=dict[str, int])
    groups: Mapping[str, Count] = field(default_factory=dict[str, Count])
    left_out: Count = field(default_factory=dict[str, int])
    rules: Count = field(default_factory=dict[str, int])
    imports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


def removed(connection: Connection, rules: SplitRules) -> Removed:
    """Whom the funnel and persons removed of what ``rules`` choose."""
    values = [rules.source, rules.file]
    excluded = connection.execute(
        f"SELECT count(*) FROM cases WHERE status = 'excluded' AND {CHOSEN}", values
    ).fetchone()
    found = rows(
        connection,
        f"""SELECT reason, try_cast(kept->>'$.age' AS INTEGER) AS age,
                   lower(coalesce(kept->>'$.sex', '')) AS sex,
                   lower(coalesce(kept->>'$.site', '')) AS site, count(*) AS many
            FROM rejects WHERE {CHOSEN} GROUP BY ALL""",
        values,
    )
    by_reason, age, sex, site = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for row in found:
        many = int(row["many"])
        by_reason[str(row["reason"])] += many
        age[age_band(row["age"])] += many
        sex[row["sex"] or UNKNOWN] += many
        site[row["site"] or UNKNOWN] += many
    groups = {"age": dict(age), "sex": dict(sex), "site": dict(site.most_common())}
    return Removed(
        int(excluded[0]) if excluded else 0,
        dict(by_reason.most_common()),
        groups,
        imports=import_rules.used(connection, rules.source, rules.file),
    )


def age_band(age: int | None) -> str:
    """The name of the band of ``BANDS`` that an age in years falls into."""
    if age is None:
        return UNKNOWN
    return next((name for below, name in BANDS if age < below), UNKNOWN)


def card(
    cases: Sequence[Mapping[str, Any]], parts: Mapping[str, str], lost: Removed
) -> dict[str, Any]:
    """The card: counts by part and by value, rare codes, the funnel, and whom it removed.

    ``removed.groups`` has for each age band, sex and site how many ``cases`` and ``rejects``.
    """

    def count(column: str) -> Count:
        values = (str(case.get(column) or UNKNOWN) for case in cases)
        return dict(Counter(values).most_common())

    by_part = Counter(parts.values())
    return {
        "cases": len(cases),
        "excluded": lost.excluded,
        "parts": {part: by_part[part] for part in PARTS},
        "patients": {
            part: len({c["patient"] for c in cases if parts[c["case_id"]] == part})
            for part in PARTS
        },
        "synthetic": sum(bool(case["synthetic"]) for case in cases),
        **{column: count(column) for column in ("modality", "icd10", "site", "source", "intent")},
        "year": dict(sorted(count("year").items())),
        "attending": _attending(cases),
        "rare_codes": rare_codes(cases, parts),
        "strata": _strata(cases, parts),
        "rules": lost.rules,
        "left_out": lost.left_out,
        "funnel": _funnel(cases, lost),
        "removed": {
            "by_reason": lost.by_reason,
            **{
                name: _beside(cases, name, lost.groups.get(name, {}))
                for name in ("age", "sex", "site")
            },
        },
    }


def _attending(cases: Sequence[Mapping[str, Any]]) -> Count:
    """Cases by the physician's code; empty where no import gave any."""
    found = Counter(str(case["attending"]) for case in cases if case.get("attending"))
    return dict(found.most_common())


def rare_codes(cases: Sequence[Mapping[str, Any]], parts: Mapping[str, str]) -> dict[str, Any]:
    """Codes with few cases to learn from, and codes of test that training does not have.

    ``below`` is the bound; ``codes`` and ``cases`` count the rare codes of training;
    ``only_in_test`` names codes that no training case has, which can never be answered right.
    """
    train = Counter(str(c["icd10"]) for c in cases if parts[c["case_id"]] == "train")
    test = Counter(str(c["icd10"]) for c in cases if parts[c["case_id"]] == "test")
    rare = {code: many for code, many in train.items() if many < RARE}
    absent = sorted(set(test) - set(train))
    return {
        "below": RARE,
        "codes": len(rare),
        "cases": sum(rare.values()),
        "only_in_test": absent[:MOST_NAMED],
        "test_cases_without": sum(test[code] for code in absent),
    }


def _strata(cases: Sequence[Mapping[str, Any]], parts: Mapping[str, str]) -> dict[str, Any]:
    """How modality and site together are spread over the parts."""
    seen = {
        part: {
            f"{c['modality']} / {c['site'] or UNKNOWN}"
            for c in cases
            if parts[c["case_id"]] == part
        }
        for part in PARTS
    }
    strata = set[str]().union(*seen.values())
    return {
        "count": len(strata),
        **{
            f"without_{part}": sorted(strata - seen[part])[:MOST_NAMED]
            for part in ("train", "test")
        },
    }


def _funnel(cases: Sequence[Mapping[str, Any]], lost: Removed) -> dict[str, Any]:
    """The funnel over everything that was read of what the rules choose."""
    left_out = lost.excluded + sum(lost.left_out.values())
    total, rejects = len(cases) + left_out, sum(lost.by_reason.values())
    counted = Funnel(total + rejects, total, rejects, 0, Counter(lost.by_reason)).as_record()
    counted["steps"][-1]["count"] -= left_out
    told = {name: counted[name] for name in ("read", "cases", "rejects", "steps")}
    return {**told, "import_rules": {name: dict(values) for name, values in lost.imports.items()}}


def _beside(
    cases: Sequence[Mapping[str, Any]], name: str, rejects: Count
) -> dict[str, dict[str, int]]:
    """By value of one group: how many became cases and how many were rejected."""
    kept = Counter(
        age_band(case["age"]) if name == "age" else str(case[name] or UNKNOWN).casefold()
        for case in cases
    )
    order = [band for _, band in BANDS] if name == "age" else sorted(set(kept) | set(rejects))
    found = {
        value: {"cases": kept[value], "rejects": rejects.get(value, 0)}
        for value in (*order, *([UNKNOWN] if name == "age" else []))
    }
    return {value: both for value, both in found.items() if any(both.values())}
