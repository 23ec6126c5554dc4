"""Annotation of cases by one or two people: assigned, answered blind, compared, adjudicated."""

import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import annotations, audit, import_rules
from store.annotations import ANSWERS, COLUMNS, Batch
from store.case_edits import ANNOTATED, corrected
from store.case_table import Connection, show_case
from store.clinical.icd10 import load_codes
from store.errors import BadUsage
from store.home import Home, new_id
from store.reviews import clean_name

CASES = 100


@dataclass(frozen=True)
class AssignRequest:
    """Up to ``cases`` cases that are not yet annotated, for these people; drawn by ``seed``."""

    annotators: tuple[str, ...]
    cases: int = CASES
    seed: int | None = None


def assign(home: Home, request: AssignRequest) -> Action[dict[str, Any]]:
    """Give cases to one or more annotators; returns how far the batch is.

    Raises:
        BadUsage: no annotator or twice the same, no cases asked for, or none left.
    """
    yield from ()
    people = tuple(clean_name(name) for name in request.annotators)
    if not people or len(set(people)) < len(people):
        raise BadUsage("Name each annotator once.", "As in: --to ada --to grace")
    if request.cases < 1:
        raise BadUsage(f"{request.cases} cases cannot be annotated.", "Ask for at least one.")
    seed = secrets.randbits(32) if request.seed is None else request.seed
    with opened(home) as connection:
        left = annotations.open_cases(connection)
        if not left:
            raise BadUsage("Every included case is annotated or assigned.", "Take in more cases.")
        drawn = random.Random(seed).sample(left, min(request.cases, len(left)))
        batch = Batch(new_id("annotate"), people, tuple(drawn))
        annotations.keep_batch(connection, batch, seed, audit.login())
        return _progress(connection, batch)


def list_batches(home: Home) -> Action[list[dict[str, Any]]]:
    """All batches, oldest first, and how far each is."""
    yield from ()
    with opened(home) as connection:
        return [_progress(connection, batch) for batch in annotations.list_batches(connection)]


def next_case(home: Home, batch_id: str = "latest", annotator: str = "") -> Action[dict[str, Any]]:
    """The annotator's next case, blind; ``case`` is None where none is left.

    Raises:
        BadUsage: there is no such batch.
    """
    yield from ()
    with opened(home) as connection:
        return _next(connection, annotations.find_batch(connection, batch_id), annotator)


def answer(
    home: Home, batch_id: str, case_id: str, values: Mapping[str, str], annotator: str = ""
) -> Action[dict[str, Any]]:
    """Add the annotator's answer, and go on to the next case.

    Raises:
        BadUsage: an answer is missing or an import would turn it away; not this person's case.
        Refused: an adjudicator has decided the case.
    """
    yield from ()
    with opened(home) as connection:
        batch = annotations.find_batch(connection, batch_id)
        who = _who(batch, annotator)
        given = _checked(home, connection, case_id, values)
        annotations.answer(connection, batch, case_id, who, given)
        return _next(connection, batch, who)


def agreement(home: Home, batch_id: str = "latest") -> Action[dict[str, Any]]:
    """Kappa and alpha by field, and every case on which the annotators differ.

    Raises:
        BadUsage: there is no such batch.
    """
    yield from ()
    from store.agreement import agreement as count

    with opened(home) as connection:
        batch = annotations.find_batch(connection, batch_id)
        said = annotations.answers(connection, batch)
        found = annotations.progress(batch, said)
        asked = {one: annotations.blind(connection, one)["diagnosis"] for one in said}
    differ = [
        {
            "case_id": case_id,
            "diagnosis": asked[case_id],
            "fields": list(annotations.differing(one)),
            "decided": "" in one,
            "answers": {who: {name: one[who][name] for name in ANSWERS} for who in one if who},
        }
        for case_id, one in said.items()
        if annotations.differing(one)
    ]
    fields = count(list(said.values()), batch.annotators, ANSWERS)
    return {**found, "fields": fields, "differ": differ}


def adjudicate(
    home: Home, batch_id: str, case_id: str, values: Mapping[str, str], reason: str = ""
) -> Action[dict[str, Any]]:
    """Decide a case on which annotators differ; returns how far the batch is.

    Raises:
        BadUsage: an answer is missing or an import would turn it away; nobody differs.
    """
    yield from ()
    with opened(home) as connection:
        batch = annotations.find_batch(connection, batch_id)
        given = _checked(home, connection, case_id, values)
        annotations.adjudicate(connection, batch, case_id, audit.login(), given, reason)
        return _progress(connection, batch)


def _checked(
    home: Home, connection: Connection, case_id: str, values: Mapping[str, str]
) -> dict[str, str]:
    """All three answers as a case keeps them; nothing is taken over from what the case says."""
    missing = [name for name in ANSWERS if not values.get(name, "").strip()]
    if missing:
        raise BadUsage(
            f"The {missing[0]} is missing.", f"An annotation is all of {', '.join(ANSWERS)}."
        )
    case = show_case(connection, case_id)
    rules = import_rules.current(connection)
    changed = corrected(case, values, load_codes(home), ANNOTATED, rules)
    return {name: str(changed.get(name, case[name])) for name in COLUMNS}


def _who(batch: Batch, annotator: str) -> str:
    """The annotator named, else the one who is logged in, else the only one there is."""
    if annotator:
        return clean_name(annotator)
    only: Sequence[str] = batch.annotators
    return only[0] if len(only) == 1 else clean_name(audit.login())


def _next(connection: Connection, batch: Batch, annotator: str) -> dict[str, Any]:
    who = _who(batch, annotator)
    if who not in batch.annotators:
        raise BadUsage(
            f"{batch.batch_id} was not given to {who}.", f"It is for {', '.join(batch.annotators)}."
        )
    case_id = annotations.next_case(connection, batch, who)
    shown = annotations.blind(connection, case_id) if case_id else None
    return {**_progress(connection, batch), "annotator": who, "case": shown}


def _progress(connection: Connection, batch: Batch) -> dict[str, Any]:
    return annotations.progress(batch, annotations.answers(connection, batch))
