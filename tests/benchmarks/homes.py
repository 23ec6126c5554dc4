"""Homes to measure on: many cases, or a run that writes without end."""

import shutil
import time
from pathlib import Path

import duckdb

from radonc_tui.actions.cases import SynthRequest, synth_cases
from radonc_tui.actions.stored import lease
from store.home import Home, open_home
from store.work import Reporter, create

SEED_CASES = 1000


def home_of_many(path: Path, cases: int) -> Home:
    """A home with so many synthetic cases: a thousand real ones, repeated under other ids."""
    home = open_home(path)
    for _ in synth_cases(home, SynthRequest(SEED_CASES)):
        pass
    lease(home).close()
    multiply(home, cases)
    return home


def multiply(home: Home, cases: int) -> None:
    """Repeat the cases of a home under other ids until there are so many, but for a remainder."""
    with duckdb.connect(str(home.database)) as connection:
        names = [
            str(row[0])
            for row in connection.execute("DESCRIBE cases").fetchall()
            if row[0] not in ("seq", "case_id", "patient")
        ]
        columns = ", ".join(names)
        have = connection.execute("SELECT count(*) FROM cases").fetchone()
        assert have is not None
        copies = cases // int(have[0])
        connection.execute(
            f"""INSERT INTO cases (case_id, patient, {columns})
                SELECT case_id || '-' || n, patient || '-' || n, {columns}
                FROM cases, range(1, {copies}) AS copy(n) ORDER BY n, seq"""
        )


def repeat_work(home: Home, kind: str, work_id: str, times: int) -> None:
    """Copies of finished work under ids of later days, until there is so much of it."""
    source = home.folder(kind) / work_id
    name = work_id.split("-", maxsplit=1)[0]
    for number in range(1, times):
        copied = f"{name}-202612{1 + number % 28:02}-{number:06x}"
        made = source.with_name(copied)
        shutil.copytree(source, made)
        for path in made.rglob("*.json*"):
            text = path.read_text()
            if work_id in text:
                path.write_text(text.replace(work_id, copied))


def write_events(home: Home, rate: int, seconds: float) -> float:
    """A run that says ``rate`` numbers a second; returns the last value that it said."""
    run = create(
        home,
        "run",
        "run-20261101-0000ff",
        {
            "home": str(home.path),
            "base": {"name": "smollm2-135m-instruct", "path": str(home.path), "sha256": ""},
            "dataset": {"id": "data-20261101-000001", "sha256": ""},
            "tasks": ["regimen", "modality", "icd10"],
            "settings": {},
            "labels": {},
            "synthetic": True,
            "versions": {},
        },
    )
    import fcntl

    total = int(rate * seconds)
    value = 0.0
    with (run.path / "lock").open("ab") as lock, (run.path / "events.jsonl").open("a") as file:
        fcntl.flock(lock, fcntl.LOCK_EX)
        reporter = Reporter(file, run.path / "stop")
        reporter.state("running")
        began = time.monotonic()
        for step in range(1, total + 1):
            value = 2.0 + (step % 100) / 100
            reporter.event("progress", stage="train", done=step, total=total, unit="steps")
            reporter.metric("loss", value, step=step)
            time.sleep(max(0.0, began + step / rate - time.monotonic()))
        (run.path / "written").touch()
        # alive until somebody takes the process away, as a run that thinks about its last step
        time.sleep(30)
    return value
