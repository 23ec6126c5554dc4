"""Data sets: frozen from the present cases, listed, shown."""

from typing import Any

from radonc_tui.actions.curating import counted
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import datasets
from store.home import Home
from store.keys import home_secret
from store.privacy.gate import require_confirmed
from store.splits import SplitRules


def freeze(home: Home, rules: SplitRules) -> Action[dict[str, Any]]:
    """Make an immutable data set of all present cases, divided by patient under ``rules``.

    The store is free while the cases are looked through; what is frozen is what was read first.

    Raises:
        Refused: a source is not confirmed, a case leaks, or synthetic and real cases are mixed.
    """
    secret = home_secret(home)
    with opened(home) as connection:
        drafted = datasets.draft(connection, rules, secret)
        require_confirmed(connection, rules.source, rules.file)
    yield from counted("leakage", datasets.check(drafted))
    with opened(home) as connection:
        return datasets.keep(connection, drafted)


def preview_split(home: Home, rules: SplitRules) -> Action[dict[str, Any]]:
    """How the present cases would be divided under ``rules``; nothing is made."""
    yield from ()
    with opened(home) as connection:
        return datasets.preview(connection, rules, home_secret(home))


def list_datasets(home: Home) -> Action[list[dict[str, Any]]]:
    """All data sets with their rules and cards, oldest first."""
    yield from ()
    with opened(home) as connection:
        return datasets.list_datasets(connection)


def show_dataset(home: Home, dataset_id: str) -> Action[dict[str, Any]]:
    """One data set; ``latest`` is the newest."""
    yield from ()
    with opened(home) as connection:
        return datasets.show_dataset(connection, dataset_id)
