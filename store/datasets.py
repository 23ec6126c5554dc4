"""Frozen data sets: which cases, in which part, by which rules, under which hash.

A data set never changes: it holds its own copy of each case, so that a later edit of a case
cannot change what a run was trained on. Reading the test metrics of a data set is counted.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from store.case_table import Connection, rows
from store.errors import BadUsage, RadoncError, Refused
from store.home import new_id
from store.lines import dumps
from store.splits import PARTS, Member, SplitRules, split

FROZEN = (
    *("case_id", "patient", "diagnosis", "regimen", "modality", "icd10", "icd10_system"),
    *("site", "intent", "target", "year", "age", "sex"),
    *("setting", "synthetic", "ambiguous", "source"),
)


_CHOSEN = "? IN ('', source) AND ? IN ('', file)"


def preview(connection: Connection, rules: SplitRules, secret: bytes) -> dict[str, Any]:
    """What a data set of all included cases would be, without making it: its card."""
    cases, parts = _divided(connection, rules, secret)
    return card(cases, parts, _excluded(connection, rules))


def freeze(connection: Connection, rules: SplitRules, secret: bytes) -> dict[str, Any]:
    """Make a data set of all included cases; returns its id, hash, rules and card.

    Raises:
        Refused: synthetic and real cases would be mixed.
        RadoncError: there are no cases, or a part that is needed would be empty.
    """
    cases, parts = _divided(connection, rules, secret)
    counts = Counter(parts.values())
    for part in ("train", "test"):
        if not counts[part]:
            raise RadoncError(
                f"Of {len(cases)} cases none would be in {part}.",
                "Take in more cases, or change --test and --validation.",
            )
    records = [dumps({name: case[name] for name in FROZEN}) for case in cases]
    digest = hashlib.sha256()
    for case, record in zip(cases, records, strict=True):
        digest.update(f"{parts[case['case_id']]}\t{record}\n".encode())
    dataset_id = new_id("data")
    made = {
        "dataset_id": dataset_id,
        "sha256": digest.hexdigest(),
        "rules": asdict(rules),
        "card": card(cases, parts, _excluded(connection, rules)),
    }
    connection.execute(
        "INSERT INTO datasets VALUES (?, now()::TIMESTAMP, ?, ?, ?)",
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
    return made


def _divided(
    connection: Connection, rules: SplitRules, secret: bytes
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    cases = rows(
        connection,
        f"""SELECT {", ".join(FROZEN)} FROM cases
            WHERE status = 'included' AND {_CHOSEN} ORDER BY case_id""",
        [rules.source, rules.file],
    )
    if len({bool(case["synthetic"]) for case in cases}) > 1:
        sources = sorted({str(case["source"]) for case in cases})
        raise Refused(
            "Synthetic and real cases would be mixed in one data set.",
            f"Name one source with --source: {', '.join(sources)}.",
        )
    members = [Member(c["case_id"], c["patient"], c["year"], c["site"], c["source"]) for c in cases]
    return cases, split(members, rules, secret)


def _excluded(connection: Connection, rules: SplitRules) -> int:
    row = connection.execute(
        f"SELECT count(*) FROM cases WHERE status = 'excluded' AND {_CHOSEN}",
        [rules.source, rules.file],
    ).fetchone()
    return int(row[0]) if row else 0


def card(
    cases: Sequence[Mapping[str, Any]], parts: Mapping[str, str], excluded: int = 0
) -> dict[str, Any]:
    """Counts that describe a data set: by part, patients, modality, code, site, source.

    ``excluded`` is how many cases a person had taken out before, so that they are not in it.
    """

    def count(column: str) -> dict[str, int]:
        return dict(Counter(str(case[column]) for case in cases).most_common())

    return {
        "cases": len(cases),
        "excluded": excluded,
        "parts": {part: sum(p == part for p in parts.values()) for part in PARTS},
        "patients": {
            part: len({c["patient"] for c in cases if parts[c["case_id"]] == part})
            for part in PARTS
        },
        "synthetic": sum(bool(case["synthetic"]) for case in cases),
        **{column: count(column) for column in ("modality", "icd10", "site", "source")},
    }


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


def keep_evaluation(
    connection: Connection, evaluation_id: str, dataset_id: str, result: Mapping[str, Any]
) -> None:
    """Keep an evaluation's result; keeping it again changes nothing."""
    connection.execute(
        "INSERT INTO evaluations VALUES (?, now()::TIMESTAMP, ?, ?) ON CONFLICT DO NOTHING",
        [evaluation_id, dataset_id, json.dumps(result, allow_nan=False)],
    )
