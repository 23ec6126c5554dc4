"""From a clinic's table to a data set: 15,724 records through import, privacy, curation, split.

As many as the paper's authors had. The table is made of synthetic records with identifiers in
every text, and is taken in as a clinic's own, since made-up records are not scrubbed. ``theirs``
is no program but the goal. The shares of reading, scrubbing, curating and staging inside of the
import are measured over the same file in this process, one after the other.
"""

import csv
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from radonc_tui.actions.cases import ImportRequest, import_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.privacy import confirm_privacy, review_privacy
from radonc_tui.actions.stored import lease
from store.cases import Case
from store.clinical.icd10 import load_codes
from store.curation import curate
from store.home import Home, open_home
from store.importing.profiles import built_in
from store.importing.question import coded, in_time
from store.importing.readers import Asked, reader_of
from store.keys import home_secret
from store.legible import legible_raw
from store.lines import write_lines
from store.privacy.scrubber import make_scrubber, scrub_raw
from store.records import case_record, reject_record
from store.splits import SplitRules
from store.synthetic.cases import synthesize
from tests.benchmarks.result import Result
from tests.driven import ended

RECORDS = 15_724
GOAL_S = 60.0
SEED = 2026
HEADER = ("MRN", "Name", "Course ID", "Diagnosis", "Prescription", "Modality", "ICD10", "Year")
T = TypeVar("T")


def run() -> Result:
    """The benchmark; about two minutes."""
    with tempfile.TemporaryDirectory() as folder:
        home = open_home(Path(folder) / "home")
        # built once a home, when the program is first used
        load_codes(home)
        source = write_table(Path(folder) / "clinic.csv", RECORDS)
        stages: dict[str, float] = {}
        taken = _timed(
            stages, "import", lambda: ended(import_cases(home, ImportRequest((source,))))
        )
        looked = _timed(stages, "privacy review", lambda: _look_at_all(home))
        _timed(stages, "privacy confirm", lambda: ended(confirm_privacy(home, "table")))
        made = _timed(stages, "leakage gate and split", lambda: ended(freeze(home, SplitRules())))
        lease(home).close()
        whole = sum(stages.values())
        inside = _inside(home, source)
    return Result(
        "intake",
        whole,
        GOAL_S,
        "s",
        1,
        {
            "theirs_is": "the goal",
            "records": taken.funnel["read"],
            "cases": taken.funnel["cases"],
            "rejects": taken.funnel["rejects"],
            "doubtful": looked["doubtful"],
            "frozen": made["card"]["cases"],
            "stages": _shares(stages),
            "inside the import": _shares(inside),
        },
    )


def write_table(path: Path, count: int) -> Path:
    """``count`` synthetic records as a clinic would have them, each text naming its patient."""
    with path.open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(HEADER)
        for n, one in enumerate(islice(synthesize(count, SEED, "full"), count)):
            name = f"Kőszegi{chr(97 + n % 26)} Tamás{chr(97 + n // 26 % 26)}"
            said = f"{one.diagnosis} Mr {name}, MRN 88{n:06}, seen on 0{n % 9 + 1}/1{n % 9}/2021."
            course = f"{one.course}.{one.row}" if one.diagnoses == 1 else ""
            row = [f"88{n:06}", name, course, said, one.regimen, one.modality, one.icd10, one.year]
            write(row)
    return path


def _look_at_all(home: Home) -> dict[str, Any]:
    """Every page of what a person has to see; returns the last."""
    shown = 0
    while True:
        page = ended(review_privacy(home, "table", shown))
        shown += len(page["shown"])
        if not page["shown"] or shown >= page["to_show"]:
            return page


def _timed(stages: dict[str, float], name: str, work: Callable[[], T]) -> T:
    began = time.perf_counter()
    made = work()
    stages[name] = time.perf_counter() - began
    return made


def _shares(stages: dict[str, float]) -> dict[str, dict[str, float]]:
    whole = sum(stages.values())
    return {
        name: {"s": round(took, 2), "share": round(took / whole, 3)}
        for name, took in stages.items()
    }


def _inside(home: Home, source: Path) -> dict[str, float]:
    """Seconds of each step of the import, over all records."""
    codes, secret = load_codes(home), home_secret(home)
    known, scrubber = built_in("table"), make_scrubber(secret)
    asked = Asked([source], known, {}, codes, secret, lambda *_: None)
    stages: dict[str, float] = {}
    records = _timed(stages, "read", lambda: list(reader_of(known).begin(asked)[1]))
    clean = _timed(
        stages,
        "privacy",
        lambda: [
            (coded(scrub_raw(in_time(legible_raw(raw)), scrubber), secret), origin.source)
            for raw, origin in records
        ],
    )
    outcomes = _timed(
        stages, "curation", lambda: [curate(raw, from_, codes, secret) for raw, from_ in clean]
    )

    def write() -> None:
        rows: dict[bool, list[Any]] = {True: [], False: []}
        for outcome in outcomes:
            is_case = isinstance(outcome, Case)
            rows[is_case].append(case_record(outcome) if is_case else reject_record(outcome))
        write_lines(home.tmp / "cases.jsonl", rows[True])
        write_lines(home.tmp / "rejects.jsonl", rows[False])

    _timed(stages, "staging", write)
    return stages
