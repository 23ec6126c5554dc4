"""The store as actions use it: one lease for the process, finished work taken in when looked at."""

import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

from radonc_tui.actions.progress import Action, Progress
from store import audit, work
from store.case_table import Connection, known_imports, take_import
from store.database import Lease, StoreBusy
from store.datasets import count_test_read, keep_evaluation, known_evaluations
from store.errors import RadoncError
from store.home import Home
from store.points import reached

T = TypeVar("T")
BUSY_SECONDS = 10.0
LOG = logging.getLogger("radonc")

_taking = threading.Lock()


@cache
def lease(home: Home) -> Lease:
    """The process's one lease on the store of ``home``."""
    return Lease(home)


@contextmanager
def opened(home: Home) -> Generator[Connection]:
    """The open store, in one transaction, with everything that workers finished taken in."""
    # two threads that take the same work in would collide when they commit
    with _taking, lease(home).use() as connection:
        take_finished(home, connection)
    with lease(home).use() as connection:
        yield connection


def when_free(home: Home, ask: Callable[[Connection], T]) -> Action[T]:
    """What ``ask`` finds in the store, once another program that asks just now has left it.

    Two programs that predict at once hold it for about a second each: no answer is lost for that.

    Raises:
        StoreBusy: another process holds the store for longer.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            with opened(home) as connection:
                return ask(connection)
        except StoreBusy:
            if time.monotonic() > until:
                raise
        yield Progress("wait for the store")
        time.sleep(0.1)


def end_of_log(home: Home) -> str:
    """The end of the audit log as every report prints it.

    Where a reader can compare it, the log cannot be put back unseen.
    """
    with opened(home) as connection:
        return str(audit.end_of_log(connection))


def take_finished(home: Home, connection: Connection) -> None:
    """Take finished imports and evaluations into the store; doing it again changes nothing.

    One that cannot be read is named in the log and passed over: it must not lock up the rest.
    """
    kinds = (
        ("import", known_imports(connection), _take_import),
        ("eval", known_evaluations(connection), _take_evaluation),
    )
    for kind, known, take in kinds:
        for done in work.everything(home, kind):
            if done.id not in known and done.manifest_exists:
                try:
                    take(connection, done)
                except RadoncError as error:
                    LOG.warning("%s is passed over: %s", done.id, error)


def _take_import(connection: Connection, done: work.Work) -> None:
    spec, manifest = done.spec, done.manifest
    if manifest and not spec["dry_run"]:
        take_import(connection, done.id, spec["source"], done.path, manifest["funnel"])


def _take_evaluation(connection: Connection, done: work.Work) -> None:
    dataset = done.spec["dataset"]
    count_test_read(connection, done.id, dataset)
    keep_evaluation(connection, done.id, dataset)


def drop_staged(home: Home) -> None:
    """Remove the staged copies of imports that the store holds, or whose worker died.

    Case text belongs in the store; its copy is needed only until it is taken in.
    """
    with lease(home).use() as connection:
        known = known_imports(connection)
    for made in work.everything(home, "import"):
        if made.id in known or not (made.manifest_exists or made.alive()):
            drop_texts(made)


def drop_texts(staged: work.Work) -> None:
    """Remove the case text of one import."""
    for name in ("cases.jsonl", "rejects.jsonl", "crosswalk.jsonl"):
        reached(f"drop {name}")
        (staged.path / name).unlink(missing_ok=True)
        (staged.path / f"{name}.part").unlink(missing_ok=True)
