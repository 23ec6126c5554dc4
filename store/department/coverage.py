"""How many cases the table covers, and which rows they fall under.

A case that no row covers is not judged; how many those are is part of every result by the table.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from store.case_table import Connection
from store.department.fields import Facts
from store.department.lookup import rows_for
from store.department.table import Table

EVERY = 200
"""Cases between two reports of progress."""


@dataclass(frozen=True)
class Coverage:
    """So many of so many cases; ``by_row`` counts cases, one under each row that is for it."""

    cases: int
    covered: int
    by_row: Mapping[str, int]

    @property
    def share(self) -> float | None:
        """Covered cases among all; None where there is no case."""
        return self.covered / self.cases if self.cases else None


@dataclass(frozen=True)
class StoredFacts:
    """What the store knows of a case before it is treated."""

    diagnosis: str
    icd10: str
    intent: str
    prior_rt: str
    age: int | None
    sex: str


def coverage(table: Table, cases: Iterable[Facts]) -> Coverage:
    """The coverage of these cases."""
    counting = covering(table, list(cases))
    while True:
        try:
            next(counting)
        except StopIteration as end:
            return end.value


def covering(table: Table, cases: Sequence[Facts]) -> Generator[tuple[int, int], None, Coverage]:
    """The coverage of these cases; yields (cases looked at, cases in all) now and then."""
    covered = 0
    by_row: Counter[str] = Counter()
    for number, facts in enumerate(cases):
        if number % EVERY == 0:
            yield number, len(cases)
        rows = rows_for(table, facts)
        covered += bool(rows)
        by_row.update(row.name for row in rows)
    return Coverage(len(cases), covered, dict(by_row))


def included_facts(connection: Connection) -> list[StoredFacts]:
    """The facts of all included cases."""
    found = connection.execute(
        """SELECT diagnosis, icd10, intent, prior_rt, age, sex
           FROM cases WHERE status = 'included' ORDER BY seq"""
    ).fetchall()
    return [StoredFacts(*row) for row in found]
