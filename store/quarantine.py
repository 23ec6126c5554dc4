"""Rejects put right by a person, and taken in as the cases that they would have been.

A correction goes through scrubbing and curation as if the record had been right from the
beginning: what an import would turn away stays a reject, and the case waits at the gate of privacy
as a new one. A reject that became a case is no reject any more, so read = cases + rejects holds;
the case's history says what was put right, by whom and why.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from store import audit, case_events, crosswalk
from store.case_edits import EDITABLE
from store.case_events import Kind
from store.case_table import CASE_COLUMNS, SEARCH, Connection, rows
from store.cases import Case, Intent, RawCase, Reject
from store.clinical.icd10 import CodeTable
from store.clinical.modality import read_modality
from store.curation import Identity, Source, curate, identify, read_intent
from store.errors import BadUsage
from store.import_rules import DEFAULT, ImportRules
from store.importing.dose_columns import read_regimen
from store.legible import legible_raw
from store.privacy.scrubber import make_scrubber, scrub_raw
from store.privacy.typed import remark, typed
from store.reasons import REASONS, Lost
from store.records import case_record

PATIENT = "patient"
"""Corrects a record without a patient: hashed, and kept in an encrypted crosswalk only."""
CORRECTABLE = (*EDITABLE, PATIENT)
_LATE = ("text_after_decision", "date_unreadable", "text_undated")
"""Reasons that only another diagnosis text puts right."""


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


@dataclass(frozen=True)
class Correction:
    """What a person wants of a reject: values by field, as they may be kept, and a remark.

    ``patient`` is the record number, where it was given: hashed, and kept in the crosswalk of an
    encrypted store only.
    """

    values: Mapping[str, str]
    patient: str = ""
    reason: str = ""


def correction(changes: Mapping[str, str], reason: str = "") -> Correction:
    """What was typed, legible and freed of identifiers.

    Raises:
        BadUsage: a field that cannot be corrected.
    """
    for name in changes:
        if name not in CORRECTABLE:
            raise BadUsage(f"{name!r} cannot be set here.", f"Set {', '.join(CORRECTABLE)}.")
    patient = " ".join(changes.get(PATIENT, "").split())
    values = {name: text for name, text in changes.items() if name != PATIENT}
    return Correction(typed(values, patient), patient, remark(reason))


def corrected(
    reject: Mapping[str, Any],
    right: Correction,
    codes: CodeTable,
    secret: bytes,
    rules: ImportRules = DEFAULT,
) -> Case:
    """The case that the reject is with these values in place of its own.

    Raises:
        BadUsage: a record that is still no case; the sentence is curation's.
    """
    kept: Mapping[str, str] = reject["kept"]
    values = as_recorded(reject) | dict(right.values)
    text = right.values.get("diagnosis", "")
    if reject["reason"] in _LATE and text in ("", kept.get("diagnosis")):
        raise BadUsage(
            f"It is still no case: {REASONS[reject['reason']].text}",
            "Set diagnosis to what was known before the decision.",
        )
    raw = RawCase(
        patient=right.patient,
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
        row=int(reject["row_number"]),
        file=str(reject["file"]),
        kept=kept,
    )
    # the patient's number may have stood in the text all the time, when nobody knew it
    raw = scrub_raw(legible_raw(raw), make_scrubber(secret))
    put_right = sorted([*right.values, *[PATIENT] * bool(right.patient)])
    raw = replace(raw, repairs=(*raw.repairs, f"put right by a person: {', '.join(put_right)}"))
    source = Source(str(reject["source"]), str(reject["file"]), str(reject["file_sha256"]))
    known = Identity(str(reject["patient"]), str(reject["course"]))
    who = identify(raw, source, secret) if raw.patient else known
    rules = replace(rules, undated_text=True)
    outcome = curate(raw, source, codes, secret, who, rules)
    if isinstance(outcome, Reject):
        raise BadUsage(f"It is still no case: {outcome.detail}", _way_out(outcome.reason))
    return outcome


def take_in(
    connection: Connection,
    reject: Mapping[str, Any],
    case: Case,
    right: Correction,
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
    if right.patient:
        crosswalk.remember(connection, {case.patient: right.patient})
    before = as_recorded(reject)
    case_events.note(
        connection,
        case.case_id,
        Kind.CORRECT,
        {name: before[name] for name in right.values},
        right.values,
        right.reason,
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
        return "Give the patient's number: --mrn asks for it, on the screen it is a field."
    return f"Set any of {', '.join(EDITABLE)}."
