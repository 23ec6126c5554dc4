"""The three columns over all test cases, and beside them what they leave out.

Exact, dose-equivalent and accepted are each a count out of its own n and never made into one
number. The answers of one model (or baseline) are summed here; comparing models is done elsewhere.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exports.evaluation.facts import CaseFacts
from exports.evaluation.regimen_verdicts import ATTRIBUTES, Verdict
from exports.evaluation.regimens import CaseComparison, DepartmentTable
from exports.evaluation.shares import RESAMPLES, Share, share_of


@dataclass(frozen=True)
class RegimenColumns:
    """One model's answers read as regimens, over ``n`` test cases.

    ``exact`` and ``equivalent`` are shares of the cases whose reference can be parsed;
    ``accepted`` of those that a row of the table covers too, and ``not_judged`` counts the rest.
    ``references_refused`` counts covered cases whose own reference the table does not accept, None
    without a table. ``unparsed`` are answers without a legible regimen, which are wrong.
    ``verdicts`` counts right, wrong and not stated of each attribute. ``why_not`` counts why
    answers are not dose-equivalent. ``lq_uncertain`` counts cases compared by an EQD2 above 8 Gy a
    fraction, ``no_alpha_beta`` those judged over the whole range because no row gives one.
    """

    n: int
    exact: Share
    equivalent: Share
    accepted: Share
    covered: Share
    not_judged: int
    unparsed: Share
    unparsed_references: int
    references_refused: int | None
    accepted_by_table_alone: int
    verdicts: Mapping[str, Mapping[str, int]]
    why_not: Mapping[str, int]
    lq_uncertain: int
    no_alpha_beta: int

    def as_json(self) -> dict[str, Any]:
        shares = ("exact", "equivalent", "accepted", "covered", "unparsed")
        return {
            "n": self.n,
            **{name: getattr(self, name).as_json() for name in shares},
            "not_judged": self.not_judged,
            "unparsed_references": self.unparsed_references,
            "references_refused": self.references_refused,
            "accepted_by_table_alone": self.accepted_by_table_alone,
            "verdicts": {name: dict(counts) for name, counts in self.verdicts.items()},
            "why_not": dict(self.why_not),
            "lq_uncertain": self.lq_uncertain,
            "no_alpha_beta": self.no_alpha_beta,
        }


def regimen_columns(
    facts: Sequence[CaseFacts],
    comparisons: Mapping[str, CaseComparison],
    table: DepartmentTable | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> RegimenColumns:
    """The columns over the cases of ``facts`` that have a comparison (``compare_cases``)."""
    cases = [case for case in facts if case.case_id in comparisons]
    found = [comparisons[case.case_id] for case in cases]

    def share(value: Callable[[CaseComparison], bool | None]) -> Share:
        judged = [
            (said, case.patient)
            for case, one in zip(cases, found, strict=True)
            if (said := value(one)) is not None
        ]
        values, patients = [said for said, _ in judged], [patient for _, patient in judged]
        return share_of(values, patients, seed=seed, resamples=resamples)

    legible = [one for one in found if one.reference]
    return RegimenColumns(
        n=len(found),
        exact=share(lambda one: one.exact),
        equivalent=share(lambda one: one.equivalent),
        accepted=share(lambda one: one.accepted),
        covered=share(lambda one: one.covered),
        not_judged=sum(one.accepted is None for one in found),
        unparsed=share(lambda one: one.answer is None),
        unparsed_references=len(found) - len(legible),
        references_refused=_references_refused(cases, comparisons, table),
        accepted_by_table_alone=sum(bool(one.accepted) and not one.equivalent for one in found),
        verdicts=_verdicts(legible),
        why_not=dict(Counter(one.why for one in found if one.why).most_common()),
        lq_uncertain=sum(one.lq_uncertain for one in found),
        no_alpha_beta=sum(one.alpha_beta_gy is None for one in legible),
    )


def _verdicts(legible: Sequence[CaseComparison]) -> dict[str, dict[str, int]]:
    counts = {name: Counter(one.verdicts[name] for one in legible) for name in ATTRIBUTES}
    return {
        name: {verdict.value: counted[verdict] for verdict in Verdict}
        for name, counted in counts.items()
    }


def _references_refused(
    cases: Sequence[CaseFacts],
    comparisons: Mapping[str, CaseComparison],
    table: DepartmentTable | None,
) -> int | None:
    if table is None:
        return None
    references = ((case, comparisons[case.case_id]) for case in cases)
    return sum(
        one.covered and one.reference is not None and table.accepted(case, one.reference) is False
        for case, one in references
    )
