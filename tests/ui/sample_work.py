"""Work done in this process as a worker does it, at times that do not change."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime

from store.lines import dumps
from store.work import Reporter, Work, run_worker

PID = 4242


def at(day: int, hour: int) -> float:
    """Seconds since the epoch of a day of November 2026, UTC."""
    return datetime(2026, 11, day, hour, tzinfo=UTC).timestamp()


def finish_work(
    work: Work, job: Callable[[Work, Reporter], None], began: float, seconds: float
) -> None:
    """Do the job as the worker of its kind would; events are ``seconds`` apart from ``began``.

    Raises:
        RadoncError: the job failed.
    """
    with (work.path / "events.jsonl").open("a", encoding="utf-8") as file:
        Reporter(file, work.path / "stop").state("queued")
    if run_worker(work.path, {work.spec["kind"]: job}):
        raise work.failure()
    _settle(work, began, seconds)


def _settle(work: Work, began: float, seconds: float) -> None:
    """Give events and files the times they would have had, and the worker a fixed number."""
    events = work.events()
    for place, event in enumerate(events):
        event["t"] = round(began + place * seconds, 3)
        if "pid" in event:
            event["pid"] = PID
    text = "".join(dumps(event) + "\n" for event in events)
    (work.path / "events.jsonl").write_text(text, encoding="utf-8")
    assert json.loads(text.splitlines()[-1])["kind"] == "state", "the job did not say how it ended"
    ended = began + len(events) * seconds
    for path in sorted(work.path.rglob("*"), reverse=True):
        os.utime(path, (ended, ended))
    os.utime(work.path / "spec.json", (began, began))
