"""Annotation by one or two people, each blind to the other and to what the import made.

The one place with SQL over these tables. Answers are only ever added; the newest of a person
counts. A case is annotated when everybody who was asked says the same, or when an adjudicator
has decided; both go into the case's own history. Whether an answer can be is decided by
``case_edits``, before.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store import audit, case_events
from store.case_events import Kind
from store.case_table import Connection, rows, show_case
from store.errors import BadUsage, Refused
from store.privacy.typed import remark

ANSWERS = ("regimen", "modality", "icd10")
COLUMNS = (*ANSWERS, "icd10_system")


@dataclass(frozen=True)
class Batch:
    """Cases given to one or more annotators, in a drawn order."""

    batch_id: str
    annotators: tuple[str, ...]
    case_ids: tuple[str, ...]


def keep_batch(connection: Connection, batch: Batch, seed: int, who: str) -> None:
    """Keep a new batch."""
    connection.execute(
        "INSERT INTO annotation_batches VALUES (?, now()::TIMESTAMP, ?, ?, ?)",
        [batch.batch_id, who, seed, json.dumps(batch.annotators)],
    )
    connection.execute(
        "INSERT INTO annotation_cases SELECT $1, unnest(range(len($2))), unnest($2)",
        [batch.batch_id, list(batch.case_ids)],
    )
    after = {"annotators": list(batch.annotators), "cases": len(batch.case_ids)}
    audit.record(connection, "annotation assigned", batch.batch_id, after=after, who=who)


def open_cases(connection: Connection) -> list[str]:
    """The included cases that nobody has annotated and no batch holds, by id."""
    found = connection.execute(
        """SELECT case_id FROM cases WHERE status = 'included' AND NOT annotated
           AND case_id NOT IN (SELECT case_id FROM annotation_cases) ORDER BY case_id"""
    ).fetchall()
    return [str(case_id) for (case_id,) in found]


def list_batches(connection: Connection) -> list[Batch]:
    """All batches, oldest first."""
    found = connection.execute(
        """SELECT batch_id, annotators, list(case_id ORDER BY position)
           FROM annotation_batches JOIN annotation_cases USING (batch_id)
           GROUP BY ALL ORDER BY min(made), batch_id"""
    ).fetchall()
    return [Batch(name, tuple(json.loads(people)), tuple(ids)) for name, people, ids in found]


def find_batch(connection: Connection, batch_id: str) -> Batch:
    """One batch; ``latest`` is the newest.

    Raises:
        BadUsage: there is none of this id.
    """
    known = list_batches(connection)
    if batch_id == "latest" and known:
        return known[-1]
    for batch in known:
        if batch.batch_id == batch_id:
            return batch
    raise BadUsage(
        f"There is no annotation {batch_id!r}.",
        "`radonc annotate assign` makes one; `radonc annotate list` shows them.",
    )


def answers(connection: Connection, batch: Batch) -> dict[str, dict[str, dict[str, Any]]]:
    """By case and person, the newest answer; the adjudicator's under ``""``."""
    found = rows(
        connection,
        "SELECT * FROM annotation_answers WHERE batch_id = ? ORDER BY seq",
        [batch.batch_id],
    )
    said: dict[str, dict[str, dict[str, Any]]] = {case_id: {} for case_id in batch.case_ids}
    for answer in found:
        said[answer["case_id"]]["" if answer["adjudicates"] else answer["who"]] = answer
    return said


def next_case(connection: Connection, batch: Batch, annotator: str) -> str:
    """The first case of the batch that the annotator has not answered; "" where none is left."""
    said = answers(connection, batch)
    return next((one for one in batch.case_ids if annotator not in said[one]), "")


def blind(connection: Connection, case_id: str) -> dict[str, Any]:
    """What an annotator may see: the question, and the record as the source had it."""
    case = show_case(connection, case_id)
    shown = ("case_id", "diagnosis", "year", "age", "sex", "kept", "synthetic")
    return {name: case[name] for name in shown}


def answer(
    connection: Connection, batch: Batch, case_id: str, who: str, values: Mapping[str, str]
) -> bool:
    """Add an annotator's answer; returns whether the case is annotated by it.

    Raises:
        BadUsage: the case is not in the batch, or was not given to this person.
        Refused: an adjudicator has decided the case.
    """
    _check(batch, case_id)
    if who not in batch.annotators:
        raise BadUsage(
            f"{batch.batch_id} was not given to {who}.", f"It is for {', '.join(batch.annotators)}."
        )
    if "" in answers(connection, batch)[case_id]:
        raise Refused(f"{case_id} is decided by an adjudicator.", "Edit the case itself.")
    _append(connection, batch, case_id, who, values, adjudicates=False)
    said = answers(connection, batch)[case_id]
    agreed = set(batch.annotators) <= said.keys() and not differing(said)
    if agreed:
        people = " and ".join(batch.annotators)
        _annotate(connection, batch, case_id, values, f"by {people}", who)
    return agreed


def adjudicate(
    connection: Connection,
    batch: Batch,
    case_id: str,
    who: str,
    values: Mapping[str, str],
    reason: str,
) -> None:
    """Decide a case on which the annotators differ.

    Raises:
        BadUsage: the case is not in the batch, or its annotators do not differ.
    """
    _check(batch, case_id)
    said = answers(connection, batch)[case_id]
    if "" not in said and not differing(said):
        raise BadUsage(
            f"The annotators do not differ on {case_id}.",
            "`radonc annotate agreement` lists the cases on which they do.",
        )
    reason = remark(reason)
    _append(connection, batch, case_id, who, values, adjudicates=True, reason=reason)
    said_why = f", adjudicated: {reason}" if reason else ", adjudicated"
    _annotate(connection, batch, case_id, values, said_why.removeprefix(", "), who)


def differing(said: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The fields on which annotators of one case differ."""
    given = [answer for who, answer in said.items() if who]
    return tuple(name for name in ANSWERS if len({answer[name] for answer in given}) > 1)


def _check(batch: Batch, case_id: str) -> None:
    if case_id not in batch.case_ids:
        raise BadUsage(
            f"{batch.batch_id} has no case {case_id!r}.", "`radonc annotate next` shows one."
        )


def _append(
    connection: Connection,
    batch: Batch,
    case_id: str,
    who: str,
    values: Mapping[str, str],
    adjudicates: bool,
    reason: str = "",
) -> None:
    connection.execute(
        """INSERT INTO annotation_answers (made, batch_id, case_id, who, adjudicates,
               regimen, modality, icd10, icd10_system, reason)
           VALUES (now()::TIMESTAMP, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [batch.batch_id, case_id, who, adjudicates, *(values[n] for n in COLUMNS), reason],
    )
    kind = "annotation adjudicated" if adjudicates else "annotation answered"
    audit.record(connection, kind, case_id, after={"batch": batch.batch_id, **values}, who=who)


def _annotate(
    connection: Connection,
    batch: Batch,
    case_id: str,
    values: Mapping[str, str],
    how: str,
    who: str,
) -> None:
    after: dict[str, Any] = {**values, "annotated": True}
    case_events.change(connection, case_id, Kind.ANNOTATE, after, f"{batch.batch_id}, {how}", who)


def progress(batch: Batch, said: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """How far a batch is: answers of each person, cases agreed, differing, adjudicated."""
    people: Sequence[str] = batch.annotators
    both = [one for one in said.values() if set(people) <= one.keys()]
    return {
        "batch": batch.batch_id,
        "annotators": list(people),
        "cases": len(batch.case_ids),
        "answered": {who: sum(who in one for one in said.values()) for who in people},
        "agreed": sum(not differing(one) for one in both),
        "adjudicated": sum("" in one for one in said.values()),
        "differing": sum(bool(differing(one)) and "" not in one for one in both),
    }
