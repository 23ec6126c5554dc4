"""Rejects put right by a person, and taken in as the cases that they would have been.

A correction goes through curation as if the record had been right from the beginning: what an
import would turn away stays a reject. A reject that became a case is no reject any more, so read
= cases + rejects holds; the case's history says what was put right, by whom and why.
"""

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from store import audit, case_events
from store.case_edits import EDITABLE
from store.case_events import Kind
from store.case_table import CASE_COLUMNS, SEARCH, Connection, rows
from store.cases import Case, Intent, RawCase, Reject
from store.clinical.icd10 import CodeTable
from store.clinical.modality import read_modality
from store.curation import Identity, Source, curate, identify, read_intent
from store.errors import BadUsage
from store.importing.dose_columns import read_regimen
from store.reasons import Lost
from store.records import case_record

PATIENT = "patient"
"""Corrects a record without a patient: hashed, and never kept."""
CORRECTABLE = (*EDITABLE, PATIENT)


def show_reject(connection: Connection, reject_id: str) -> dict[str, Any]:
    """One reject, whole.

    Raises:
        BadUsage: there is no such reject.
    """
    found = rows(connection, "SELECT * FROM rejects WHERE reject_id = ?", [reject_id])
    if not found:
        raise BadUsage(
            f"There is no reject {reject_id!r}.", "`radonc cases rejects list` shows their ids."
        )
    return found[0]


def as_recorded(reject: Mapping[str, Any]) -> dict[str, str]:
    """What the reject's own record holds of the fields that a person may put right."""
    kept: Mapping[str, str] = reject["kept"]
    values = {name: str(kept.get(name, "")) for name in EDITABLE}
    if modality := read_modality(values["modality"]):
        values["modality"] = modality.value
    intent = read_intent(values["intent"])
    values["intent"] = "" if intent is Intent.UNKNOWN else intent.value
    if not values["regimen"]:
        # dose and fractions in columns of their own say it, where they are not the trouble
        with contextlib.suppress(Lost):
            values["regimen"], _ = read_regimen(kept, {})
    return values


def corrected(
    reject: Mapping[str, Any], changes: Mapping[str, str], codes: CodeTable, secret: bytes
) -> Case:
    """The case that the reject is with these values in place of its own.

    Raises:
        BadUsage: a field that cannot be corrected, or a record that is still no case; the
            sentence is curation's.
    """
    for name in changes:
        if name not in CORRECTABLE:
            raise BadUsage(f"{name!r} cannot be set here.", f"Set {', '.join(CORRECTABLE)}.")
    kept: Mapping[str, str] = reject["kept"]
    values = as_recorded(reject) | {n: v for n, v in changes.items() if n != PATIENT}
    raw = RawCase(
        patient=changes.get(PATIENT, ""),
        diagnosis=values["diagnosis"],
        regimen=values["regimen"],
        modality=values["modality"],
        icd10=values["icd10"],
        site=values["site"],
        target=values["target"],
        intent=values["intent"],
        primary_icd10=kept.get("primary_icd10", ""),
        prior_rt=kept.get("prior_rt", ""),
        year=_number(kept.get("year", "")),
        age=_number(kept.get("age", "")),
        sex=kept.get("sex", "").casefold(),
        repairs=(f"put right by a person: {', '.join(sorted(changes))}",),
        row=int(reject["row_number"]),
        file=str(reject["file"]),
        kept=kept,
    )
    source = Source(str(reject["source"]), str(reject["file"]), str(reject["file_sha256"]))
    known = Identity(str(reject["patient"]), str(reject["course"]))
    who = identify(raw, source, secret) if raw.patient else known
    outcome = curate(raw, source, codes, secret, who)
    if isinstance(outcome, Reject):
        raise BadUsage(f"It is still no case: {outcome.detail}", _way_out(outcome.reason))
    return outcome


def take_in(
    connection: Connection,
    reject: Mapping[str, Any],
    case: Case,
    changes: Mapping[str, str],
    reason: str,
) -> str:
    """Put the corrected case in the reject's place, with an event that says so; returns its id.

    Raises:
        BadUsage: the store holds the same course as a case already.
    """
    twin = rows(connection, "SELECT case_id FROM cases WHERE key = ?", [case.key])
    if twin:
        raise BadUsage(f"The same course is {twin[0]['case_id']} already.", "Leave it rejected.")
    record = case_record(case)
    record |= {name: json.dumps(record[name], ensure_ascii=False) for name in ("repairs", "kept")}
    names = ["row_number" if name == "row" else name for name in CASE_COLUMNS]
    marks = ", ".join("?" for _ in CASE_COLUMNS)
    connection.execute(
        f"INSERT INTO cases ({', '.join(names)}, import_id, search) VALUES ({marks}, ?, '')",
        [*(record[name] for name in CASE_COLUMNS), reject["import_id"]],
    )
    connection.execute(f"UPDATE cases SET search = {SEARCH} WHERE case_id = ?", [case.case_id])
    connection.execute("DELETE FROM rejects WHERE reject_id = ?", [reject["reject_id"]])
    before = as_recorded(reject)
    after = {name: value for name, value in changes.items() if name != PATIENT}
    case_events.note(
        connection, case.case_id, Kind.CORRECT, {n: before[n] for n in after}, after, reason
    )
    audit.record(
        connection,
        "reject put right",
        str(reject["reject_id"]),
        {"reason": reject["reason"]},
        {"case_id": case.case_id},
    )
    return case.case_id


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _way_out(reason: str) -> str:
    if reason == "no_patient":
        return "Give the patient's number with patient=; it is hashed and never kept."
    return f"Set any of {', '.join(EDITABLE)}."
