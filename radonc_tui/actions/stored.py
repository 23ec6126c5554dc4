"""The store as actions use it: one lease for the process, finished work taken in when looked at."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache

from store import work
from store.case_table import Connection, take_import
from store.database import Lease
from store.datasets import keep_evaluation
from store.home import Home
from store.lines import read_json


@cache
def lease(home: Home) -> Lease:
    """The process's one lease on the store of ``home``."""
    return Lease(home)


@contextmanager
def opened(home: Home) -> Generator[Connection]:
    """The open store, in one transaction, with everything that workers finished taken in."""
    with lease(home).use() as connection:
        take_finished(home, connection)
        yield connection


def take_finished(home: Home, connection: Connection) -> None:
    """Take finished imports and evaluations into the store; doing it again changes nothing."""
    for done in work.everything(home, "import"):
        manifest = done.manifest
        if manifest and not done.spec["dry_run"]:
            take_import(connection, done.id, done.spec["source"], done.path, manifest["funnel"])
    for done in work.everything(home, "eval"):
        if done.manifest:
            result = read_json(done.path / "evaluation.json")
            keep_evaluation(connection, done.id, done.spec["dataset"], result)
