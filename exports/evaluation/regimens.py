"""Regimens read as regimens: how an answer's phases compare with those prescribed.

ROUGE-1 gives 60 Gy in 30 fractions and 60 Gy in 20 nearly the same mark; they are different
treatments. Here three nested columns are judged for each case and never pooled:

* *exact*: the same phases in dose, fractions, modality and, of an implant, isotope
  (``store.clinical.regimen.exact_key``);
* *dose-equivalent*: exact, or equivalent by EQD2 (``equivalence``);
* *accepted*: dose-equivalent, or accepted by the department's table; judged only where a row of
  the table covers the case, and None elsewhere.

So an exact answer is dose-equivalent, and a dose-equivalent one accepted or not judged. An answer
that cannot be parsed is wrong in each; a reference that cannot be parsed is not judged in any.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Protocol

from exports.evaluation.equivalence import has_eqd2, not_equivalent
from exports.evaluation.facts import CaseFacts
from exports.evaluation.phase_matching import Matching, PhasePair, match_phases
from exports.evaluation.regimen_verdicts import Verdict, verdicts
from store.cases import Intent
from store.clinical.radiobiology import LATE_ALPHA_BETA_GY, Eqd2, level_eqd2
from store.clinical.regimen import Level, Phase, Regimen, same_regimen
from store.clinical.regimen_reader import legible_regimen


class Row(Protocol):
    """What is asked of a row of the department's table; alpha/beta of the tumour in Gy."""

    @property
    def alpha_beta_gy(self) -> float | None: ...


class DepartmentTable(Protocol):
    """The department's table of accepted regimens; a row is chosen by case fields alone."""

    def accepted(self, facts: CaseFacts, answer: Regimen) -> bool | None:
        """Whether the case's row accepts the answer; None where no row covers the case."""
        ...

    def row_for(self, facts: CaseFacts) -> Row | None:
        """The row that covers the case, if any."""
        ...


@dataclass(frozen=True)
class CaseComparison:
    """One answer beside the reference.

    ``exact``, ``equivalent`` and ``accepted`` are the three columns, None where not judged;
    ``by_table`` is the table's own word. ``why`` says why the answer is not dose-equivalent.
    ``verdicts`` (``regimen_verdicts``) is empty where the reference could
    not be parsed; ``matching`` is None where either could not. ``lq_uncertain``: a dose compared
    by EQD2 is given in fractions above 8 Gy.
    """

    case_id: str
    answer: Regimen | None
    reference: Regimen | None
    exact: bool | None
    equivalent: bool | None
    accepted: bool | None
    by_table: bool | None
    covered: bool
    why: str
    alpha_beta_gy: float | None
    benign: bool
    lq_uncertain: bool = False
    matching: Matching | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict[str, Verdict])

    def as_json(self) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "parsed": self.answer is not None,
            "reference_parsed": self.reference is not None,
            "exact": self.exact,
            "equivalent": self.equivalent,
            "accepted": self.accepted,
            "by_table": self.by_table,
            "covered": self.covered,
            "why": self.why,
            "alpha_beta_gy": self.alpha_beta_gy,
            "lq_uncertain": self.lq_uncertain,
            "verdicts": {name: verdict.value for name, verdict in self.verdicts.items()},
            "pairs": [self._pair(pair) for pair in self.matching.pairs] if self.matching else [],
            "missing": len(self.matching.reference_only) if self.matching else 0,
            "extra": len(self.matching.answer_only) if self.matching else 0,
        }

    def _pair(self, pair: PhasePair) -> dict[str, Any]:
        levels = [(level.reference, level.answer) for level in pair.levels]
        return {
            "targets": pair.targets.value,
            "boost": pair.boost,
            "levels": [
                {
                    "reference": self._level(pair.reference, one),
                    "answer": self._level(pair.answer, other),
                }
                for one, other in levels
            ],
        }

    def _level(self, phase: Phase, level: Level) -> dict[str, Any]:
        def of(alpha_beta_gy: float) -> Eqd2:
            return level_eqd2(phase, level, alpha_beta_gy, benign=self.benign)

        late = of(LATE_ALPHA_BETA_GY)
        tumour = None if self.alpha_beta_gy is None else of(self.alpha_beta_gy).gy
        return {
            "dose_gy": level.dose_gy,
            "fractions": phase.fractions,
            "eqd2_late_gy": late.gy,
            "eqd2_tumour_gy": tumour,
            "lq_uncertain": late.lq_uncertain,
            "no_eqd2": late.reason,
        }


def compare_cases(
    facts: Iterable[CaseFacts], answers: Mapping[str, str], table: DepartmentTable | None = None
) -> dict[str, CaseComparison]:
    """Each case that has an answer, by its id; ``answers`` are texts by case id."""
    return {
        case.case_id: compare_case(case, answers[case.case_id], table)
        for case in facts
        if case.case_id in answers
    }


def compare_case(
    facts: CaseFacts, text: str, table: DepartmentTable | None = None
) -> CaseComparison:
    """One answer beside its case's reference, in all that is compared."""
    reference, answer = legible_regimen(facts.regimen), legible_regimen(text)
    row = table.row_for(facts) if table else None
    alpha_beta = _alpha_beta(row)
    benign = facts.intent == Intent.BENIGN
    by_table = table.accepted(facts, answer) if table and row and answer else None
    matching: Matching | None = None
    exact: bool | None = None
    equivalent: bool | None = None
    why = ""
    if reference and answer:
        matching = match_phases(reference, answer, facts.site)
        exact = same_regimen(reference, answer)
        why = "" if exact else not_equivalent(matching, alpha_beta, benign=benign)
        equivalent = exact or not why
    elif reference:
        exact = equivalent = False
        why = "the answer is no legible regimen"
    return CaseComparison(
        case_id=facts.case_id,
        answer=answer,
        reference=reference,
        exact=exact,
        equivalent=equivalent,
        accepted=None if equivalent is None or not row else equivalent or bool(by_table),
        by_table=by_table,
        covered=row is not None,
        why=why,
        alpha_beta_gy=alpha_beta,
        benign=benign,
        lq_uncertain=_lq_uncertain(matching, benign),
        matching=matching,
        verdicts=verdicts(reference, answer, matching, facts.site) if reference else {},
    )


def _alpha_beta(row: Row | None) -> float | None:
    value = row.alpha_beta_gy if row else None
    return value if value is not None and isfinite(value) and value > 0 else None


def _lq_uncertain(matching: Matching | None, benign: bool) -> bool:
    pairs = [pair for pair in matching.pairs if has_eqd2(pair, benign)] if matching else []
    return any(
        level_eqd2(phase, level, LATE_ALPHA_BETA_GY).lq_uncertain
        for pair in pairs
        for phase in (pair.reference, pair.answer)
        for level in phase.levels
    )
