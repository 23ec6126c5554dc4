"""What files that may be imported look like, and the profiles by which they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radonc_tui.actions.progress import Action, Progress
from store.errors import RadoncError
from store.home import Home
from store.importing import profiles
from store.importing.preview import FilePreview, find_sources, preview_source
from store.importing.profiles import Profile


@dataclass(frozen=True)
class ImportPreview:
    """The beginning of each file, the profile they would be imported under, and what would not be.

    ``left_alone`` are tables that the profile has no use for.
    """

    known: Profile
    files: tuple[FilePreview, ...]
    left_alone: tuple[Path, ...] = ()

    @property
    def profile(self) -> str:
        """The profile's name."""
        return self.known.name


@dataclass(frozen=True)
class ShownProfile:
    """A profile as it is listed: its TOML, and whether it comes with the program."""

    name: str
    about: str
    built_in: bool
    toml: str


def preview_import(home: Home, paths: Sequence[Path], profile: str = "") -> Action[ImportPreview]:
    """The columns, the guessed fields and the first rows of files or folders.

    Only the beginning of a file is read. The rows are those of the person's own file, with
    whatever identifies a patient in them: they are for the screen and are never stored.

    Raises:
        BadUsage: a path that is not there, or nothing under it that can be read.
        RadoncError: a file that is not what its name says; the sentence quotes no row.
    """
    found = find_sources(paths, profiles.find_profile(home, profile) if profile else None)
    files: list[FilePreview] = []
    for number, source in enumerate(found.sources):
        yield Progress("look", number, len(found.sources), "files")
        files.append(preview_source(source, found.profile))
    return ImportPreview(found.profile, tuple(files), found.left_alone)


def known_profiles(home: Home) -> Action[list[ShownProfile]]:
    """The built-in profiles, then the home's own.

    Raises:
        RadoncError: the file of one is damaged.
    """
    yield from ()
    return [
        ShownProfile(
            one.name, one.about, one.name in profiles.BUILT_IN, profiles.text_of(home, one)
        )
        for one in profiles.list_profiles(home)
    ]


def add_profile(home: Home, file: Path) -> Action[Profile]:
    """Take a profile that someone shares into the home, named as its file is.

    Raises:
        BadUsage: the name is that of a built-in profile, or none.
        RadoncError: the file is no profile.
    """
    yield from ()
    found = profiles.read_profile(file)
    profiles.save_profile(home, found, file.read_text(encoding="utf-8"))
    return found


def keep_profile(
    home: Home, name: str, paths: Sequence[Path], chosen: Mapping[str, str], profile: str = ""
) -> Action[Profile]:
    """Save the mapping of a flat table, as it was guessed and chosen, as a profile.

    Raises:
        BadUsage: the name is that of a built-in profile, or none.
        RadoncError: the files are none that are mapped, or a field that a case needs has no column.
    """
    profiles.check_name(name)
    seen = yield from preview_import(home, paths, profile)
    if not seen.known.mapped:
        raise RadoncError(
            f"The profile {seen.profile} knows its columns; there is no mapping to save.",
            "Profiles are saved of flat tables.",
        )
    first, whole = seen.files[0], {**seen.known.columns, **chosen}
    missing = first.missing(whole)
    if missing:
        raise RadoncError(
            f"No column of {first.path.name} is the {' or the '.join(missing)}.",
            f"Name it first, with --map {missing[0]}=COLUMN.",
        )
    mapping = first.mapping(whole)
    # a profile is shared, and a file may be called after a patient: it names no file
    found = Profile(name, "table", f"a table with {len(mapping)} columns named", mapping)
    profiles.save_profile(home, found)
    return found
