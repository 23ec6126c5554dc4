"""Pages of cases for a table of any length, and the values that a filter can take.

A page is fetched by the ``seq`` of its first case, so the thousandth costs what the first does,
and carries only what a table shows, so that the process that draws it is never held up.
"""

from dataclasses import dataclass
from typing import Any

from store.case_filter import NEWEST, SPLIT, CaseFilter, filter_sql, query
from store.case_table import Connection, rows

PAGE = 128
"""Cases a page."""

SHOWN = 240
"""Characters of a diagnosis or regimen in a page; the whole text is in ``show_case``."""


@dataclass(frozen=True)
class CaseIndex:
    """How many cases are chosen, and ``seq`` of the first case of each page of ``PAGE``."""

    total: int
    synthetic: int
    page_keys: tuple[int, ...]


def case_index(connection: Connection, chosen: CaseFilter) -> CaseIndex:
    """Count the chosen cases and find where their pages begin, in one pass."""
    asked = query(chosen)
    found = connection.execute(
        f"""SELECT seq, total, synthetic FROM (
                SELECT seq, row_number() OVER (ORDER BY seq) - 1 AS place,
                       count(*) OVER () AS total,
                       sum(synthetic::INTEGER) OVER () AS synthetic
                FROM {asked.source} WHERE {asked.condition})
            WHERE place % {PAGE} = 0 ORDER BY seq""",
        asked.values,
    ).fetchall()
    if not found:
        return CaseIndex(0, 0, ())
    return CaseIndex(int(found[0][1]), int(found[0][2]), tuple(int(row[0]) for row in found))


def case_page(
    connection: Connection, chosen: CaseFilter, first_seq: int, limit: int = PAGE
) -> list[dict[str, Any]]:
    """Up to ``limit`` chosen cases from ``first_seq`` on, in the order they were taken in.

    Each has seq, case_id, site, modality, icd10, regimen, diagnosis, status, annotated, source,
    split ("none" outside of the newest data set) and synthetic.
    """
    asked = query(chosen)
    # the split of the page's cases alone is looked up: that of all takes twice as long
    return rows(
        connection,
        f"""WITH page AS MATERIALIZED (
                SELECT seq, case_id FROM {asked.source} WHERE {asked.condition} AND seq >= ?
                ORDER BY seq LIMIT ?)
            SELECT seq, case_id, site, modality, icd10, left(regimen, {SHOWN}) AS regimen,
                   left(diagnosis, {SHOWN}) AS diagnosis, status, annotated, source,
                   {SPLIT} AS split, synthetic
            FROM cases SEMI JOIN page USING (seq) LEFT JOIN (
                SELECT case_id, part FROM dataset_cases SEMI JOIN page USING (case_id)
                WHERE dataset_id = ({NEWEST})) AS newest USING (case_id)
            ORDER BY seq""",
        [*asked.values, first_seq, limit],
    )


def filter_values(connection: Connection, field: str, chosen: CaseFilter) -> list[tuple[str, int]]:
    """The values of ``field`` among the cases that are otherwise chosen, most frequent first.

    Raises:
        BadUsage: there is no such filter.
    """
    asked = query(chosen.without(field), field)
    found = connection.execute(
        f"""SELECT {filter_sql(field)} AS value, count(*)
            FROM {asked.source} WHERE {asked.condition}
            GROUP BY value ORDER BY count(*) DESC, value""",
        asked.values,
    ).fetchall()
    return [(str(value), int(count)) for value, count in found]
