"""The beginning of files that may be imported, as a person has to see it to say what is what.

What is shown are rows of the person's own file, with whatever identifies a patient in them. They
are for the screen alone: they are never stored, logged or put into an error. No row is judged
here; a file is read no further than its first rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from store.importing.layout import read_layout
from store.importing.mapping import guess_mapping, merge_mapping, missing_fields
from store.importing.opened import Row
from store.importing.profiles import Profile, built_in
from store.importing.readers import expand, reader_of
from store.importing.tables import ENDINGS, open_table
from store.importing.tcga import COLUMNS, FILE_NAME, find_cohorts, read_biotab

SHOWN_ROWS = 20
LONGEST_CELL = 200


@dataclass(frozen=True)
class FilePreview:
    """The beginning of one file.

    ``form`` says in words what the file is; ``guess`` is field to column; ``rows`` are the first
    rows by column, each with its number as a person counts it, the cells cut at ``LONGEST_CELL``
    characters and without control characters. Columns that are ``closed`` hold neither text nor
    numbers and cannot be mapped.
    """

    path: Path
    form: str
    size: int
    columns: tuple[str, ...]
    guess: Mapping[str, str]
    rows: tuple[Row, ...]
    closed: frozenset[str] = frozenset()

    def mapping(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """Field to column as an import with these choices would have it."""
        return merge_mapping(self.columns, chosen)

    def missing(self, chosen: Mapping[str, str]) -> list[str]:
        """The fields that no case can do without and that have no column yet."""
        return missing_fields(self.mapping(chosen))

    def absent(self, chosen: Mapping[str, str]) -> list[str]:
        """The chosen columns that this file does not have."""
        columns = {*self.columns}
        return [c for c in chosen.values() if c not in columns and not c.startswith("@")]


@dataclass(frozen=True)
class Sources:
    """What ``paths`` hold under a profile, and the tables left alone.

    A source is one file, or under ``tcga`` a cohort's tables of patients and of courses.
    """

    profile: Profile
    sources: tuple[tuple[Path, ...], ...]
    left_alone: tuple[Path, ...] = ()


def find_sources(paths: Sequence[Path], profile: Profile | None = None) -> Sources:
    """The sources under files and folders; without a profile, the TCGA is known by its names.

    Raises:
        BadUsage: there is no such path, or nothing under it that can be read.
        RadoncError: a radiation table of the TCGA has no patient table beside it.
    """
    known = profile or built_in("table")
    files = expand(paths, reader_of(known))
    if known.reader == "tcga" or (profile is None and any(map(_is_radiation, files))):
        pairs = find_cohorts(files)
        used = {file for pair in pairs for file in pair}
        left = tuple(file for file in files if file not in used)
        return Sources(built_in("tcga"), tuple(pairs), left)
    return Sources(known, tuple((file,) for file in files))


def preview_source(source: tuple[Path, ...], profile: Profile) -> FilePreview:
    """The beginning of one source; of what is no table, only what it is and how large.

    Raises:
        RadoncError: it is no table; the sentence says why and quotes no row.
    """
    path, *beside = source
    if beside:
        return _cohort(path, *beside)
    ending = path.suffix.casefold()
    if ending not in ENDINGS or (profile.reader in ("fhir", "dicom") and ending != ".csv"):
        size = path.stat().st_size
        return FilePreview(path, profile.about, size, (), {}, ())
    table = open_table(path, SHOWN_ROWS)
    columns = [name for name in table.columns if name not in table.closed]
    return FilePreview(
        path=table.path,
        form=table.form,
        size=table.size,
        columns=table.columns,
        guess=_guess(columns, profile),
        rows=_shown(table.read(columns)),
        closed=table.closed,
    )


def _guess(columns: Sequence[str], profile: Profile) -> dict[str, str]:
    if profile.reader != "courses":
        return guess_mapping(columns)
    return read_layout(profile.name, profile.settings).named(columns)


def _cohort(patients: Path, courses: Path) -> FilePreview:
    """A cohort by its courses; the patients' columns are joined to them when it is imported."""
    rows = [(number, row or {}) for number, row in islice(read_biotab(courses), SHOWN_ROWS)]
    columns = next((tuple(row) for _, row in rows if row), ())
    return FilePreview(
        path=courses,
        form=f"TCGA courses, joined to {patients.name}",
        size=courses.stat().st_size,
        columns=columns,
        guess={field: column for field, column in COLUMNS.items() if column in columns},
        rows=_shown(iter(rows)),
    )


def _is_radiation(file: Path) -> bool:
    match = FILE_NAME.fullmatch(file.name)
    return bool(match and match["kind"] == "radiation")


def _shown(rows: Iterator[Row]) -> tuple[Row, ...]:
    return tuple(
        (number, {name: _printable(cell) for name, cell in row.items()})
        for number, row in islice(rows, SHOWN_ROWS)
    )


def _printable(cell: str) -> str:
    """The cell as it can be shown: a terminal would obey its control characters."""
    return "".join(c if c.isprintable() else " " for c in cell[:LONGEST_CELL])
