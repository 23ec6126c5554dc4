"""One row for each site and intent: how many cases, and how many exact, accepted and unsafe.

Counts out of their own n and no rates: most of these groups are too small for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exports.evaluation.facts import CaseFacts
from exports.evaluation.regimens import CaseComparison

NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class Counted:
    """``count`` of ``n`` cases that were judged."""

    count: int
    n: int

    @staticmethod
    def of(values: Sequence[bool | None]) -> "Counted":
        """The true ones among those that are not None."""
        judged = [value for value in values if value is not None]
        return Counted(sum(judged), len(judged))

    def as_json(self) -> dict[str, int]:
        return {"count": self.count, "n": self.n}


@dataclass(frozen=True)
class GroupCounts:
    """What one model's answers come to in one group."""

    exact: Counted
    equivalent: Counted
    accepted: Counted
    unsafe: Counted

    def as_json(self) -> dict[str, Any]:
        names = ("exact", "equivalent", "accepted", "unsafe")
        return {name: getattr(self, name).as_json() for name in names}


@dataclass(frozen=True)
class GroupRow:
    """The ``n`` test cases of one site and intent, with the counts of each model."""

    site: str
    intent: str
    n: int
    patients: int
    models: Mapping[str, GroupCounts]

    def as_json(self) -> dict[str, Any]:
        return {
            "site": self.site,
            "intent": self.intent,
            "n": self.n,
            "patients": self.patients,
            "models": {model: counts.as_json() for model, counts in self.models.items()},
        }


def site_intent_rows(
    facts: Sequence[CaseFacts],
    comparisons: Mapping[str, Mapping[str, CaseComparison]],
    unsafe: Mapping[str, Mapping[str, bool | None]],
) -> tuple[GroupRow, ...]:
    """The rows, the most frequent group first.

    Args:
        facts: the test cases.
        comparisons: by model and case id.
        unsafe: by model and case id whether anything is unsafe (``UnsafeTable.any_unsafe``).
    """
    groups: dict[tuple[str, str], list[CaseFacts]] = {}
    for case in facts:
        site = " ".join(case.site.casefold().split()) or NOT_RECORDED
        groups.setdefault((site, case.intent or NOT_RECORDED), []).append(case)
    rows = [
        GroupRow(
            site,
            intent,
            len(cases),
            len({case.patient for case in cases}),
            {
                model: _counts(cases, comparisons[model], unsafe.get(model, {}))
                for model in comparisons
            },
        )
        for (site, intent), cases in groups.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.n, row.site, row.intent)))


def _counts(
    cases: Sequence[CaseFacts],
    comparisons: Mapping[str, CaseComparison],
    unsafe: Mapping[str, bool | None],
) -> GroupCounts:
    found = [comparisons.get(case.case_id) for case in cases]
    return GroupCounts(
        exact=Counted.of([one.exact if one else None for one in found]),
        equivalent=Counted.of([one.equivalent if one else None for one in found]),
        accepted=Counted.of([one.accepted if one else None for one in found]),
        unsafe=Counted.of([unsafe.get(case.case_id) for case in cases]),
    )
