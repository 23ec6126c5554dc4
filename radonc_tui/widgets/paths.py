"""A field for a path, which is completed while it is typed."""

import asyncio
import os
from pathlib import Path

from textual.suggester import Suggester
from textual.widgets import Input

MOST_NAMES = 2000
"""So many names of a folder are looked at, so that a huge one stops nobody."""


def complete(text: str) -> str | None:
    """``text`` completed to the first name that begins so, a folder with its slash; else None."""
    if not text:
        return None
    before, slash, start = text.rpartition("/")
    folder = Path(f"{before}{slash}" or ".").expanduser()
    found: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for _, entry in zip(range(MOST_NAMES), entries, strict=False):
                if entry.name.startswith(start) and (start or not entry.name.startswith(".")):
                    found.append(entry.name + "/" * entry.is_dir())
    except OSError:
        # no such folder, or one that may not be read: there is nothing to suggest
        return None
    return f"{before}{slash}{min(found)}" if found else None


class PathSuggester(Suggester):
    """Looks into the folder in a thread; it may be on a slow disk."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(complete, value)


class PathInput(Input):
    """A path; ``right`` takes what is suggested."""

    HELP = "**A path.** What is suggested in grey, `right` takes. `~` is your own folder."

    def __init__(self, value: str = "", placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, id=id, suggester=PathSuggester())

    @property
    def path(self) -> Path:
        """What was typed, as a path."""
        return Path(self.value.strip()).expanduser()
