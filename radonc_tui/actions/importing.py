"""What files that may be imported look like, before anything is imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radonc_tui.actions.progress import Action, Progress
from store.home import Home
from store.importing.preview import FilePreview, find_sources, preview_source


@dataclass(frozen=True)
class ImportPreview:
    """The beginning of each file, the profile they would be imported under, and what would not be.

    ``left_alone`` are tables that the profile has no use for.
    """

    profile: str
    files: tuple[FilePreview, ...]
    left_alone: tuple[Path, ...] = ()


def preview_import(home: Home, paths: Sequence[Path], profile: str = "") -> Action[ImportPreview]:
    """The columns, the guessed fields and the first rows of files or folders.

    Only the beginning of a file is read. The rows are those of the person's own file, with
    whatever identifies a patient in them: they are for the screen and are never stored.

    Raises:
        BadUsage: a path that is not there, or nothing under it that can be read.
        RadoncError: a file that is not what its name says; the sentence quotes no row.
    """
    found = find_sources(paths, profile)
    files: list[FilePreview] = []
    for number, source in enumerate(found.sources):
        yield Progress("look", number, len(found.sources), "files")
        files.append(preview_source(source))
    return ImportPreview(found.profile, tuple(files), found.left_alone)
