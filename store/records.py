"""Cases and rejects as plain JSON objects, and back.

One place knows the names under which a case is written, whatever the file or table. Nothing
here decides what a case is.
"""

from dataclasses import fields
from typing import Any

from store.cases import Case, Intent, Prior, Reject
from store.clinical.regimen import Modality

_CASE_FIELDS = tuple(field.name for field in fields(Case))
_REJECT_FIELDS = tuple(field.name for field in fields(Reject))


def case_record(case: Case) -> dict[str, Any]:
    """The case as a JSON object: enums as their values, tuples as lists."""
    record = {name: getattr(case, name) for name in _CASE_FIELDS}
    return {**record, "repairs": list(case.repairs), "kept": dict(case.kept)}


def case_from_record(record: dict[str, Any]) -> Case:
    """The case that ``case_record`` wrote; keys that are no field of a case are left alone.

    Raises:
        ValueError: a modality, intent or prior that is none.
        TypeError: a field of a case is missing.
    """
    values = {name: record[name] for name in _CASE_FIELDS if name in record}
    values["modality"] = Modality(values["modality"])
    values["intent"] = Intent(values.get("intent", Intent.UNKNOWN))
    values["prior_rt"] = Prior(values.get("prior_rt", Prior.UNKNOWN))
    values["repairs"] = tuple(values.get("repairs", ()))
    return Case(**values)


def reject_record(reject: Reject) -> dict[str, Any]:
    """The reject as a JSON object."""
    record = {name: getattr(reject, name) for name in _REJECT_FIELDS}
    return {**record, "kept": dict(reject.kept)}


def reject_from_record(record: dict[str, Any]) -> Reject:
    """The reject that ``reject_record`` wrote.

    Raises:
        TypeError: a field of a reject is missing.
    """
    return Reject(**{name: record[name] for name in _REJECT_FIELDS if name in record})
