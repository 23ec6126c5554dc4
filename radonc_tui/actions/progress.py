"""How an action says how far it is, and how it follows work that runs in another process."""

import contextlib
import os
import signal
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

from store.work import ENDED, Work, ask_to_stop, start

T = TypeVar("T")
Action: TypeAlias = Generator["Progress", None, T]

POLL_SECONDS = 0.2
GRACE_SECONDS = 5.0


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` (0: unknown) of a stage, the newest numbers, perhaps a sentence."""

    stage: str
    done: int = 0
    total: int = 0
    unit: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict[str, float])
    note: str = ""


def run_work(work: Work, layer: str, env: dict[str, str] | None = None) -> Action[str]:
    """Start the worker of ``work`` and follow it; closing the action stops the worker.

    Returns:
        The state it ended in: done or stopped.

    Raises:
        RadoncError: it failed or died, in the worker's own words.
    """
    start(work, layer, env)
    try:
        return (yield from follow(work))
    except (GeneratorExit, KeyboardInterrupt):
        end(work)
        raise


def follow(work: Work) -> Action[str]:
    """Yield what the work writes until it ends; closing this leaves the work running.

    Raises:
        RadoncError: the work failed or died.
    """
    offset = 0
    last = Progress("start")
    state = "queued"
    numbers: dict[str, float] = {}
    while True:
        events, offset = work.events_from(offset)
        for event in events:
            if event["kind"] == "state":
                state = str(event["state"])
            last = _progress(event, last, numbers)
            if last.note:
                yield last
                last = replace(last, note="")
        yield last
        if state in ENDED:
            break
        if not events:
            state = state if work.alive() else work.state()
            time.sleep(POLL_SECONDS)
    if state in ("failed", "died"):
        raise work.failure()
    return state


def _progress(event: Mapping[str, Any], last: Progress, numbers: dict[str, float]) -> Progress:
    if event["kind"] == "progress":
        return Progress(event["stage"], event["done"], event["total"], event["unit"], dict(numbers))
    if event["kind"] == "metric":
        numbers[event["name"]] = event["value"]
    if event["kind"] == "log":
        return Progress(last.stage, last.done, last.total, last.unit, dict(numbers), event["text"])
    return Progress(last.stage, last.done, last.total, last.unit, dict(numbers))


def end(work: Work) -> None:
    """Ask the worker to stop; end it by signal where it does not within a few seconds."""
    ask_to_stop(work)
    until = time.monotonic() + GRACE_SECONDS
    while work.alive() and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
    if work.alive():
        # the worker leads its own session, so its children go with it
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int((work.path / "pid").read_text()), signal.SIGTERM)
