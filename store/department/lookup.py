"""Which rows of the table a case falls under, and whether a regimen is accepted for it.

A row is for a case when nothing of its key is unfulfilled: a stage, an operation or a finding
that the row asks for and the question does not state leaves the row out. Where several rows are
for one case, what any of them accepts is accepted, and there is a tumour alpha/beta only if they
agree. Where none is, nothing is said: the case is not covered, and not judged. Neither the
reference nor an answer is looked at before the row is chosen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from store.cases import Intent
from store.clinical.regimen import Regimen
from store.department.fields import CaseFields, Facts, read_fields
from store.department.matching import same_as
from store.department.rows import Row
from store.department.table import Table

_METASTATIC_CODES = ("C77", "C78", "C79")


def rows_for(table: Table, facts: Facts) -> tuple[Row, ...]:
    """The rows that are for a case, in the table's order."""
    fields = read_fields(facts)
    return tuple(row for row in table.rows if is_for(row, fields))


def row_for(table: Table, facts: Facts) -> Row | None:
    """The row for a case, several joined into one; None where the table does not cover it."""
    return joined(rows_for(table, facts))


def joined(rows: tuple[Row, ...]) -> Row | None:
    """Several rows as one: their regimens together, an alpha/beta only where they agree."""
    if len(rows) < 2:
        return rows[0] if rows else None
    ratios = {row.alpha_beta_gy for row in rows}
    first = rows[0]
    return Row(
        name=" + ".join(row.name for row in rows),
        site=" + ".join(dict.fromkeys(row.site for row in rows)),
        codes=tuple(dict.fromkeys(code for row in rows for code in row.codes)),
        intents=frozenset[str]().union(*(row.intents for row in rows)),
        prior_rt=first.prior_rt if len({row.prior_rt for row in rows}) == 1 else "any",
        ages=None,
        sex="",
        conditions={},
        usual=_once(regimen for row in rows for regimen in row.usual),
        accepted=_once(regimen for row in rows for regimen in row.accepted),
        techniques=tuple(dict.fromkeys(name for row in rows for name in row.techniques)),
        alpha_beta_gy=ratios.pop() if len(ratios) == 1 else None,
        basis="; ".join(dict.fromkeys(row.basis for row in rows)),
        cells={},
    )


def accepts(row: Row, regimen: Regimen) -> bool:
    """Whether a row accepts a regimen, as usual or as an alternative."""
    return any(same_as(regimen, alternative) for alternative in row.regimens)


def accepted(table: Table, facts: Facts, regimen: Regimen) -> bool | None:
    """Whether a regimen is accepted for a case; None where no row covers the case."""
    row = row_for(table, facts)
    return None if row is None else accepts(row, regimen)


def inside_any_row(table: Table, regimen: Regimen, site: str = "") -> bool:
    """Whether any row, for whomever, accepts a regimen; with ``site``, any row of that site."""
    return any(accepts(row, regimen) for row in table.rows if site in ("", row.site))


@dataclass(frozen=True)
class Alternatives:
    """A table as an evaluation asks it: the row of a case, its word on an answer, any row's."""

    table: Table

    def row_for(self, facts: Facts) -> Row | None:
        return row_for(self.table, facts)

    def accepted(self, facts: Facts, answer: Regimen) -> bool | None:
        return accepted(self.table, facts, answer)

    def in_any_row(self, regimen: Regimen) -> bool:
        return inside_any_row(self.table, regimen)


def is_for(row: Row, fields: CaseFields) -> bool:
    """Whether a row's key holds for a case."""
    return (
        fields.icd10.startswith(row.codes)
        and fields.intent in row.intents
        and (row.prior_rt == "any" or (fields.prior_rt == "yes") is (row.prior_rt == "yes"))
        and _person_fits(row, fields)
        and _not_beyond(row, fields)
        and row.conditions["stage"].holds(fields.stage_words)
        and row.conditions["surgery"].holds(fields.operation.words)
        and row.conditions["histology"].holds(fields.histologies)
        and row.conditions["findings"].holds(fields.findings)
    )


def _person_fits(row: Row, fields: CaseFields) -> bool:
    if row.sex and fields.sex != row.sex:
        return False
    if row.ages is None:
        return True
    low, high = row.ages
    return fields.age is not None and low <= fields.age <= high


def _not_beyond(row: Row, fields: CaseFields) -> bool:
    """A row that speaks of no M is for no case with distant metastases, unless it palliates."""
    if fields.stage.m[:2] != "M1" or fields.icd10.startswith(_METASTATIC_CODES):
        return True
    palliative = Intent.PALLIATIVE in row.intents and fields.intent == Intent.PALLIATIVE
    return palliative or "M1" in row.conditions["stage"].words


def _once(regimens: Iterable[Regimen]) -> tuple[Regimen, ...]:
    return tuple(dict.fromkeys(regimens))
