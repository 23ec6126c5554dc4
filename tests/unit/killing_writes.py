"""Kills a process that imports, edits or changes the key, and looks after what it left.

Run as ``python -m tests.unit.killing_writes HOME JOB MOMENT...``: one start of Python serves many
deaths, each of a forked child on a fresh copy of the home. A moment is the name of a write point
(``store/points.py``; ``name:3`` is the third time that it is reached) or a share of the time that
the whole job takes. It prints one JSON list, what was found after each.
"""

import csv
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# loaded here once, and not by each child
import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401

from radonc_tui.__main__ import leave_pandas_out
from radonc_tui.actions.stored import drop_staged, lease, opened
from store import keybox, points, work, worker
from store.audit import entries
from store.audit_check import verify
from store.case_events import Kind, change as change_case, history
from store.clinical.icd10 import load_codes
from store.home import Home, new_id, open_home
from store.importing import job as _job  # noqa: F401
from store.importing.stage import stage
from store.keys import home_secret
from tests.unit.importing_examples import quiet
from tests.unit.killing import change, died, open_with_either

HEADER = ("MRN", "Name", "Diagnosis", "Prescription", "Modality", "ICD10", "Year")
CASES, REJECTS = 24, 6
EDITED = {"site": "prostate bed", "status": "excluded"}
STAGED = ("cases.jsonl", "rejects.jsonl", "crosswalk.jsonl")


def table(path: Path, first: int) -> Path:
    """A clinic's table of ``CASES`` cases and ``REJECTS`` rows without a legible prescription."""
    with path.open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(HEADER)
        for n in range(first, first + CASES + REJECTS):
            plan = "60 Gy in 20 fractions" if n < first + CASES else "as planned"
            text = f"Adenocarcinoma of the prostate, cT2a, PSA {n % 40 + 3}, Mr Kovácsné"
            write([f"M{n:05}", "Kovácsné", text, plan, "photon", "C61", "2020"])
    return path


def take_in(home: Home, source: Path) -> None:
    """An import as its action does it, the worker's body in this process."""
    asked = {"paths": [str(source)], "profile": "", "mapping": {}, "dry_run": False}
    spec = {"home": str(home.path), "source": "table", **asked}
    made = work.create(home, "import", new_id("import"), spec)
    ended = worker.main(str(made.path))
    assert ended == 0, (made.path / "stderr.log").exists()
    with opened(home):
        pass
    drop_staged(home)


def edit(home: Home) -> None:
    """Change the first case, as its action does."""
    with opened(home) as connection:
        change_case(connection, first_case(connection), Kind.EDIT, EDITED, "the boost", "mp")


def first_case(connection: Any) -> str:
    return str(connection.execute("SELECT case_id FROM cases ORDER BY seq LIMIT 1").fetchone()[0])


def everything(home: Home, said: Callable[[str], object], rounds: int = 1) -> None:
    """Import, edit and change the key (encrypt, where the home is plain), saying what is done."""
    for number in range(rounds):
        take_in(home, home.path.with_name(f"new{number}.csv"))
        said("import")
    edit(home)
    said("edit")
    lease(home).close()
    change(home, change_of(home), lambda *_: None)
    said("key")


def change_of(home: Home) -> str:
    """The change that this home's key is put through, or is in the middle of."""
    box = keybox.read_box(home)
    return (box.changing or "rekey") if box else "encrypt"


def seen(home: Home) -> dict[str, Any]:
    """What whoever opens the home finds in it; the head of its log is repaired on the way."""
    with opened(home) as connection:

        def count(sql: str) -> Any:
            return [list(row) for row in connection.execute(sql).fetchall()]

        case_id = first_case(connection)
        checked = verify(connection, home)
        kinds = [entry["kind"] for entry in entries(connection)]
        sql = "SELECT site, status FROM cases WHERE case_id = ?"
        found = {
            "cases": count("SELECT file, count(*) FROM cases GROUP BY file ORDER BY file"),
            "rejects": count("SELECT file, count(*) FROM rejects GROUP BY file ORDER BY file"),
            "funnels": sorted(
                (funnel["cases"], funnel["rejects"], funnel["duplicates"])
                for funnel in (json.loads(row[0]) for row in count("SELECT funnel FROM imports"))
            ),
            "patients": count("SELECT count(*) FROM crosswalk")[0][0],
            "values": list(connection.execute(sql, [case_id]).fetchone() or ()),
            "events": [event["after"] for event in history(connection, case_id)],
            "logged": [kinds.count("import taken in"), kinds.count("case edit")],
            "whole": checked.whole,
            "why": checked.why,
        }
    with opened(home) as connection:
        found["still_whole"] = verify(connection, home).whole
    return {**found, "secret": home_secret(home).hex()}


def left(home: Home) -> list[str]:
    """The staged copies of case text that lie about."""
    folder = home.folder("imports")
    return sorted(p.name for p in folder.rglob("*") if p.name.removesuffix(".part") in STAGED)


def at_point(moment: str) -> Callable[[str], None]:
    """A listener that kills its own process when the point is reached for the nth time."""
    name, _, nth = moment.partition(":")
    to_go = [int(nth or 1)]

    def listen(reached: str) -> None:
        if reached == name:
            to_go[0] -= 1
            if not to_go[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    return listen


def look(home: Home, job: str, out: Path) -> None:
    """See what a kill left; finish or do again what was asked, and see again."""
    open_with_either(home)
    box = keybox.read_box(home)
    found: dict[str, Any] = {"sealed": box is not None, "changing": box.changing if box else ""}
    found["after"] = seen(home)
    lease(home).close()
    if box and box.changing:
        change(home, box.changing, lambda *_: None)
    if job == "edit":
        edit(home)
    else:
        take_in(home, home.path.with_name("new0.csv"))
    found["then"], found["left"] = seen(home), left(home)
    out.write_text(json.dumps(found))


def begin(home: Home, job: str, listen: Callable[[str], None], said: Path) -> None:
    """The job, in a process that may be killed."""
    open_home(home.path)
    open_with_either(home)
    points.listener = listen

    def say(text: str) -> None:
        with said.open("a") as file:
            file.write(text + "\n")

    if job == "import":
        take_in(home, home.path.with_name("new0.csv"))
    elif job == "edit":
        edit(home)
    else:
        everything(home, say)


def told(name: str) -> None:
    """Prints every point that is reached, for the list of them."""
    print(name, file=sys.stderr, flush=True)


def warm_up(template: Path, home: Home) -> None:
    """Load what each child would load: an import, without the store, which may not be forked."""
    shutil.rmtree(home.path, ignore_errors=True)
    shutil.copytree(template, home.path)
    # what is staged here belongs to nobody, and its key is not at hand
    (home.path / keybox.FILE).unlink(missing_ok=True)
    source, codes = table(home.tmp / "warm.csv", 0), load_codes(home)
    assert stage([source], "", {}, codes, b"", home.tmp, quiet).cases == CASES


def main(folder: str, job: str, moments: list[str]) -> None:
    template = Path(folder)
    said, out = template.with_name("said"), template.with_name("found.json")
    home = Home(template.with_name("killed"))
    warm_up(template, home)
    whole = 0.0
    found: list[dict[str, Any]] = []
    for moment in ("whole", *moments):
        for path in (said, out):
            path.unlink(missing_ok=True)
        shutil.rmtree(home.path, ignore_errors=True)
        shutil.copytree(template, home.path)
        share = float(moment) if moment.replace(".", "").isdigit() else None
        listen = told if moment == "whole" else at_point(moment if share is None else "")

        def job_of(listen: Callable[[str], None] = listen) -> None:
            begin(home, job, listen, said)

        began = time.monotonic()
        killed = died(job_of, None if share is None else share * whole)
        if moment == "whole":
            whole = time.monotonic() - began
            assert not killed
        died(lambda: look(home, job, out))
        assert out.exists(), f"what {moment} left cannot be looked at"
        was = said.read_text().split() if said.exists() else []
        found.append({"at": moment, "killed": killed, "said": was, **json.loads(out.read_text())})
    print(json.dumps(found))


if __name__ == "__main__":
    leave_pandas_out()
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
