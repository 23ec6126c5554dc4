"""Cases and rejects as plain JSON objects.

One place knows the names under which a case is written, whatever the file or table. Nothing
here decides what a case is.
"""

from dataclasses import fields
from typing import Any

from store.cases import Case, Reject

_CASE_FIELDS = tuple(field.name for field in fields(Case))
_REJECT_FIELDS = tuple(field.name for field in fields(Reject))


def case_record(case: Case) -> dict[str, Any]:
    """The case as a JSON object: enums as their values, tuples as lists."""
    record = {name: getattr(case, name) for name in _CASE_FIELDS}
    return {**record, "repairs": list(case.repairs), "kept": dict(case.kept)}


def reject_record(reject: Reject) -> dict[str, Any]:
    """The reject as a JSON object."""
    record = {name: getattr(reject, name) for name in _REJECT_FIELDS}
    return {**record, "kept": dict(reject.kept)}
