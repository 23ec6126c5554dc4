"""Which cases are meant: words that must all occur, and fields that must have a value.

One place knows how a filter becomes SQL, so that a count, a page and a menu of values never
disagree about what is chosen. Nothing here reads the store.
"""

from dataclasses import dataclass, replace
from typing import Any

from store.errors import BadUsage

NEWEST = "SELECT arg_max(dataset_id, made) FROM datasets"
"""The id of the newest data set."""

WITH_SPLIT = f"""cases LEFT JOIN (
    SELECT case_id, part FROM dataset_cases
    WHERE dataset_id = ({NEWEST})
) AS newest USING (case_id)"""
"""The cases, each with its part in the newest data set; null outside of it."""

MOST_WORDS = 40
"""No search has more; a pasted page has, and would be a query of as many terms."""

SPLIT = "coalesce(newest.part, 'none')"

FILTERS = {
    "site": "site",
    "modality": "modality",
    "icd10": "icd10",
    "status": "status",
    "source": "source",
    "intent": "intent",
    "setting": "setting",
    "split": SPLIT,
    "annotated": "if(annotated, 'yes', 'no')",
}
"""The fields by which cases can be chosen, each with its SQL over ``WITH_SPLIT``."""


@dataclass(frozen=True)
class CaseFilter:
    """Which cases: words that must all occur, and fields that must be equal, in any case."""

    words: str = ""
    equal: tuple[tuple[str, str], ...] = ()

    def without(self, field: str) -> "CaseFilter":
        """The same choice, free in one field."""
        return replace(self, equal=tuple(pair for pair in self.equal if pair[0] != field))

    def also(self, field: str, value: str) -> "CaseFilter":
        """The same choice, with this one value of a field."""
        return replace(self, equal=(*self.without(field).equal, (field, value)))


@dataclass(frozen=True)
class Query:
    """A choice as SQL: what to select from, the condition, and its values in order."""

    source: str
    condition: str
    values: list[Any]


def query(chosen: CaseFilter, *fields: str) -> Query:
    """The SQL of a choice, over a source in which its own fields and ``fields`` can be read.

    The join that knows the split costs some 20 ms on 100,000 cases, so it is there when needed.

    Raises:
        BadUsage: a field that is no filter, or more words than a search has.
    """
    terms = ["true"]
    values: list[Any] = []
    for field, value in chosen.equal:
        terms.append(f"lower({filter_sql(field)}) = lower(?)")
        values.append(value)
    words = list(dict.fromkeys(chosen.words.split()))
    if len(words) > MOST_WORDS:
        raise BadUsage(f"A search has at most {MOST_WORDS} words.", "Leave the common ones out.")
    for word in words:
        terms.append("contains(search, lower(?))")
        values.append(word)
    joined = "split" in (*fields, *(field for field, _ in chosen.equal))
    return Query(WITH_SPLIT if joined else "cases", " AND ".join(terms), values)


def filter_sql(field: str) -> str:
    """The SQL of a filter's field.

    Raises:
        BadUsage: there is no such filter.
    """
    if field not in FILTERS:
        raise BadUsage(
            f"Cases cannot be filtered by {field!r}.", f"Use one of {', '.join(FILTERS)}."
        )
    return FILTERS[field]
