"""Data sets: frozen from the present cases, listed, shown."""

from typing import Any

from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import datasets
from store.home import Home
from store.keys import home_secret
from store.splits import SplitRules


def freeze(home: Home, rules: SplitRules) -> Action[dict[str, Any]]:
    """Make an immutable data set of all present cases, divided by patient under ``rules``."""
    yield from ()
    with opened(home) as connection:
        return datasets.freeze(connection, rules, home_secret(home))


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
