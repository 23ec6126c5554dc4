"""Named moments just before something is written, so that a test can end the process at each.

The program reaches them and nobody listens: nothing here reads, writes or decides anything.
"""

from collections.abc import Callable


def _nobody(_: str) -> None:
    """Whoever listens when nobody does."""


listener: Callable[[str], None] = _nobody
"""Told the name of each point as it is reached; set by tests alone."""


def reached(name: str) -> None:
    """Say that what ``name`` names is about to be written."""
    listener(name)
