"""A function that reports how far it is, as an action: it runs in a thread of its own.

For what the lower layers do with a ``report`` argument (hashing, copying, loading). It must not
be used for work that outlives the person's patience: that belongs to a worker process.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from radonc_tui.actions.progress import Action, Progress
from trainer.bases import Report

T = TypeVar("T")

PATIENCE_SECONDS = 0.2


class Abandoned(BaseException):
    """Raised inside the function, where it reports, after its action was closed."""


def reported(make: Callable[[Report], T], stage: str) -> Action[T]:
    """Run ``make(report)`` and yield what it reports, at least a few times a second.

    Closing it ends the function at its next report, and waits for that.

    Args:
        make: must leave nothing half done where ``report`` raises.
        stage: what is said before the first report.
    """
    told: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
    left = threading.Event()
    made: Future[T] = Future()

    def report(stage: str, done: int, total: int, unit: str) -> None:
        if left.is_set():
            raise Abandoned
        told.put(Progress(stage, done, total, unit))

    def run() -> None:
        try:
            made.set_result(make(report))
        except BaseException as error:
            made.set_exception(error)
        finally:
            told.put(None)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    last: Progress | None = Progress(stage)
    try:
        while last is not None:
            yield last
            try:
                last = told.get(timeout=PATIENCE_SECONDS)
            except queue.Empty:
                continue
    finally:
        left.set()
        thread.join()
    return made.result()
