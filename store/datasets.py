"""Frozen data sets: which cases, in which part, by which rules, under which hash.

A data set never changes: it holds its own copy of each case, so that a later edit of a case
cannot change what a run was trained on. Reading the test metrics of a data set is counted.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from store import audit, selection
from store.case_table import Connection, moment, rows
from store.dataset_card import CHOSEN, card, removed
from store.errors import BadUsage, RadoncError, Refused
from store.home import new_id
from store.leakage import find_leakage, refuse
from store.lines import dumps
from store.splits import Member, SplitRules, split

FROZEN = (
    *("case_id", "patient", "diagnosis", "regimen", "modality", "icd10", "icd10_system"),
    *("primary_icd10", "site", "intent", "target", "prior_rt", "year", "age", "sex"),
    *("setting", "synthetic", "ambiguous", "source", "attending"),
)
"""What a data set keeps of each case; data sets of earlier versions lack some of it."""
_STORED = tuple(name for name in FROZEN if name != "attending")


WAY_OUT = "`radonc data leakage`, or the palette, lists them: edit or exclude each, freeze again."


@dataclass(frozen=True)
class Draft:
    """A data set that is not made yet: what was read of the store, and how it would be divided."""

    rules: SplitRules
    cases: Sequence[Mapping[str, Any]]
    parts: Mapping[str, str]
    card: Mapping[str, Any]


def draft(connection: Connection, rules: SplitRules, secret: bytes) -> Draft:
    """What a data set of all included cases would be, without making it.

    Raises:
        Refused: synthetic and real cases would be mixed.
        BadUsage: the rules make no split.
    """
    values = selection.current(connection)
    broken, bounds = selection.tests(values)
    found = rows(
        connection,
        f"""SELECT {", ".join(_STORED)}, coalesce(kept->>'$.attending', '') AS attending,
                   {broken} AS broken
            FROM cases WHERE status = 'included' AND {CHOSEN} ORDER BY case_id""",
        [*bounds, rules.source, rules.file],
    )
    cases, left_out = selection.parted(found)
    if len({bool(case["synthetic"]) for case in cases}) > 1:
        sources = sorted({str(case["source"]) for case in cases})
        raise Refused(
            "Synthetic and real cases would be mixed in one data set.",
            f"Name one source with --source: {', '.join(sources)}.",
        )
    members = [
        Member(c["case_id"], c["patient"], c["year"], c["site"], c["source"], c["modality"])
        for c in cases
    ]
    parts = split(members, rules, secret)
    lost = replace(removed(connection, rules), left_out=left_out, rules=values)
    return Draft(rules, cases, parts, card(cases, parts, lost))


def preview(connection: Connection, rules: SplitRules, secret: bytes) -> dict[str, Any]:
    """The card of a data set of all included cases, without making it."""
    return dict(draft(connection, rules, secret).card)


def freeze(connection: Connection, rules: SplitRules, secret: bytes) -> dict[str, Any]:
    """Make a data set of all included cases; returns its id, hash, rules and card.

    Whoever has many cases takes the three steps apart, so that the store is free meanwhile.

    Raises:
        Refused: synthetic and real cases would be mixed, or a case leaks.
        RadoncError: there are no cases, or a part that is needed would be empty.
    """
    drafted = draft(connection, rules, secret)
    checking = check(drafted)
    for _ in checking:
        pass
    return keep(connection, drafted)


def check(drafted: Draft) -> Generator[tuple[int, int], None, None]:
    """The gate before a data set is made; yields (texts read, texts in all) now and then.

    Raises:
        Refused: a case leaks.
        RadoncError: a part that is needed would be empty.
    """
    counts = Counter(drafted.parts.values())
    for part in ("train", "test"):
        if not counts[part]:
            raise RadoncError(
                f"Of {len(drafted.cases)} cases none would be in {part}.",
                "Take in more cases, or change --test and --validation.",
            )
    found = yield from find_leakage(drafted.cases, drafted.parts)
    refuse(found, "the data set", WAY_OUT)


def keep(connection: Connection, drafted: Draft) -> dict[str, Any]:
    """Make the data set of a draft that ``check`` let pass; returns id, hash, rules and card.

    Raises:
        RadoncError: a case was taken out meanwhile (excluded, or its patient withdrew).
    """
    cases, parts, rules = drafted.cases, drafted.parts, drafted.rules
    _still_there(connection, [str(case["case_id"]) for case in cases])
    records = [dumps({name: case[name] for name in FROZEN}) for case in cases]
    digest = hashlib.sha256()
    for case, record in zip(cases, records, strict=True):
        digest.update(f"{parts[case['case_id']]}\t{record}\n".encode())
    dataset_id = new_id("data")
    version = len(rows(connection, "SELECT 1 FROM datasets", [])) + 1
    made = {
        "dataset_id": dataset_id,
        "sha256": digest.hexdigest(),
        "rules": asdict(rules),
        "card": {"version": version, **drafted.card},
    }
    connection.execute(
        f"INSERT INTO datasets VALUES (?, {moment('datasets')}, ?, ?, ?)",
        [dataset_id, made["sha256"], json.dumps(made["rules"]), json.dumps(made["card"])],
    )
    ids = [case["case_id"] for case in cases]
    connection.execute(
        """INSERT INTO dataset_cases
           SELECT ?, unnest(range(len($2))), unnest($3), unnest($2), unnest($4)""".replace(
            "?", "$1"
        ),
        [dataset_id, ids, [parts[case_id] for case_id in ids], records],
    )
    after = {"sha256": made["sha256"], "rules": made["rules"], "cases": len(cases)}
    audit.record(connection, "data set frozen", dataset_id, after=after)
    return made


def _still_there(connection: Connection, case_ids: Sequence[str]) -> None:
    found = connection.execute(
        """SELECT count(*) FROM cases
           WHERE status = 'included' AND case_id IN (SELECT unnest(?::VARCHAR[]))""",
        [list(case_ids)],
    ).fetchone()
    gone = len(case_ids) - (int(found[0]) if found else 0)
    if gone:
        raise RadoncError(
            f"{gone:,} of the cases were taken out while they were looked through.",
            "Freeze again.",
        )


def list_datasets(connection: Connection) -> list[dict[str, Any]]:
    """All data sets, oldest first, without their cases."""
    return rows(connection, "SELECT * FROM datasets ORDER BY made", [])


def show_dataset(connection: Connection, dataset_id: str) -> dict[str, Any]:
    """One data set's rules, card, and number of test reads; ``latest`` names the newest.

    Raises:
        BadUsage: there is none of this id.
    """
    known = list_datasets(connection)
    if dataset_id == "latest" and known:
        dataset_id = known[-1]["dataset_id"]
    for dataset in known:
        if dataset["dataset_id"] == dataset_id:
            return {**dataset, "test_reads": test_reads(connection, dataset_id)}
    raise BadUsage(
        f"There is no data set {dataset_id!r}.",
        "`radonc data freeze` makes one; `radonc data list` shows them.",
    )


def dataset_members(connection: Connection, dataset_id: str) -> list[tuple[str, str]]:
    """(case id, part) of every case of a data set, in its own order."""
    found = connection.execute(
        "SELECT case_id, part FROM dataset_cases WHERE dataset_id = ? ORDER BY position",
        [dataset_id],
    ).fetchall()
    return [(str(case_id), str(part)) for case_id, part in found]


def dataset_part(connection: Connection, dataset_id: str, part: str) -> list[dict[str, Any]]:
    """The frozen cases of one part, in the data set's own order."""
    found = connection.execute(
        "SELECT record FROM dataset_cases WHERE dataset_id = ? AND part = ? ORDER BY position",
        [dataset_id, part],
    ).fetchall()
    return [json.loads(record) for (record,) in found]


def count_test_read(connection: Connection, evaluation_id: str, dataset_id: str) -> int:
    """Count one reading of a data set's test metrics (once an evaluation); returns the count."""
    connection.execute(
        "INSERT INTO test_reads VALUES (?, ?, now()::TIMESTAMP) ON CONFLICT DO NOTHING",
        [evaluation_id, dataset_id],
    )
    return test_reads(connection, dataset_id)


def test_reads(connection: Connection, dataset_id: str) -> int:
    """How often the test metrics of a data set have been read."""
    row = connection.execute(
        "SELECT count(*) FROM test_reads WHERE dataset_id = ?", [dataset_id]
    ).fetchone()
    return int(row[0]) if row else 0


def known_evaluations(connection: Connection) -> set[str]:
    """The ids of the evaluations that the store holds."""
    return {
        row["evaluation_id"]
        for row in rows(connection, "SELECT evaluation_id FROM evaluations", [])
    }


def keep_evaluation(connection: Connection, evaluation_id: str, dataset_id: str) -> None:
    """Keep that an evaluation was made (its result is in its folder); twice changes nothing."""
    if evaluation_id in known_evaluations(connection):
        return
    connection.execute(
        "INSERT INTO evaluations VALUES (?, now()::TIMESTAMP, ?)", [evaluation_id, dataset_id]
    )
    audit.record(connection, "evaluation taken in", evaluation_id, after={"dataset": dataset_id})
