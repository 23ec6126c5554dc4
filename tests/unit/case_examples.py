"""Cases for tests of the store: made by the project's generator, curated, taken in."""

from pathlib import Path

from store.case_table import Connection, take_import
from store.cases import Case
from store.clinical.icd10 import CodeTable
from store.curation import Source, curate
from store.lines import write_lines
from store.records import case_record
from store.synthetic.cases import synthesize


def synthetic_cases(count: int, codes: CodeTable, seed: int = 3) -> list[Case]:
    outcomes = (
        curate(raw, Source("synthetic", "made up"), codes, b"secret")
        for raw in synthesize(count, seed, "full")
    )
    return [outcome for outcome in outcomes if isinstance(outcome, Case)]


def take(connection: Connection, cases: list[Case], folder: Path, name: str = "import-1") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder / "cases.jsonl", [case_record(case) for case in cases])
    (folder / "rejects.jsonl").touch()
    take_import(connection, name, "synthetic", folder, {"cases": len(cases)})
