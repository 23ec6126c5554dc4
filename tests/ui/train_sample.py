"""Runs in a sample home that train, wait or died, at times that do not change.

Their events are written as a worker writes them; the lock of a living one is held by the test.
"""

import fcntl
import math
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.text import Text
from textual.widgets import Static

from radonc_tui.app import RadoncApp
from radonc_tui.screens.train.area import TrainArea
from store import work
from store.home import Home
from store.lines import dumps, write_lines
from store.work import Work
from tests.ui.sample import RUN
from tests.ui.sample_work import at

LIVING = "run-20261107-000003"
STEPS = 40
SECONDS_A_STEP = 4.0


def area(app: RadoncApp) -> TrainArea:
    assert isinstance(app.screen, TrainArea)
    return app.screen


def text_of(app: RadoncApp, selector: str) -> str:
    shown = app.screen.query_one(selector, Static).content
    return shown.plain if isinstance(shown, Text) else str(shown)


def notice(app: RadoncApp) -> str:
    return text_of(app, "#notice")


def begin_run(home: Home, run_id: str = LIVING, **changed: Any) -> Work:
    """A run that was asked what the sample's first run was, and has said nothing yet."""
    spec = work.find(home, "run", RUN).spec
    asked = {key: value for key, value in spec.items() if key not in ("schema", "id", "kind")}
    return work.create(home, "run", run_id, {**asked, **changed})


@contextmanager
def living(run: Work) -> Generator[None]:
    """As long as this is entered, the run has a worker."""
    with (run.path / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(run: Work, events: Iterable[dict[str, Any]], seconds: float = 0.0) -> None:
    """Append events, the first at a fixed time and each ``seconds`` after the one before."""
    known = len(run.events())
    began = at(7, 9) + known
    with (run.path / "events.jsonl").open("a", encoding="utf-8") as file:
        for number, event in enumerate(events, 1):
            when = {"v": 1, "seq": known + number, "t": began + number * seconds}
            file.write(dumps({**when, **event}) + "\n")


def state(name: str) -> dict[str, Any]:
    return {"kind": "state", "state": name}


def step_events(step: int, steps: int = STEPS) -> list[dict[str, Any]]:
    """What a step says; the losses are those of a formula."""
    numbers = {
        "loss": 3.2 * math.exp(-step / 12) + 0.3,
        "learning_rate": 1e-3 * 0.5 * (1 + math.cos(math.pi * step / steps)),
        "tokens_per_second": 180.0,
        "memory_mb": 3400,
    }
    if step % 10 == 0:
        numbers["validation_loss"] = 3.4 * math.exp(-step / 14) + 0.5
    first = {"kind": "progress", "stage": "train", "done": step, "total": steps, "unit": "steps"}
    values = [
        {"kind": "metric", "name": name, "value": value, "step": step}
        for name, value in numbers.items()
    ]
    return [first, *values]


def train_until(run: Work, step: int) -> None:
    """Everything that a run says from its start to the end of a step, and its sample answers."""
    say(run, [state("queued"), state("running")])
    say(run, [{"kind": "log", "text": "rows: shared prefix (relative difference of loss 7e-07)"}])
    for number in range(1, step + 1):
        say(run, step_events(number), SECONDS_A_STEP / 5)
        if number % 10 == 0:
            keep_answers(run.path, number)
            say(run, [{"kind": "samples", "step": number, "count": 3}])


def keep_answers(run: Path, step: int) -> None:
    """Made-up answers to one made-up case, right from step 20 on."""
    given = {
        "regimen": ("60 Gy in 30 fractions, photon, brain", "60 Gy in 3"),
        "modality": ("photon", "proton"),
        "icd10": ("C71.2", "C71.2"),
    }
    rows = [
        {
            **{"step": at_step, "case_id": "case-made-up", "task": task, "synthetic": True},
            **{"reference": right, "answer": right if at_step > 10 else early},
        }
        for at_step in range(10, step + 1, 10)
        for task, (right, early) in given.items()
    ]
    write_lines(run / "samples.jsonl", rows)
