"""The readers that there are, each imported when a profile asks for it.

A reader makes raw records of files; what becomes of a record is decided elsewhere. A new kind of
source is a module with ``ENDINGS`` and ``read`` and a line here.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, TypeAlias, cast

from store.cases import RawCase
from store.clinical.icd10 import CodeTable
from store.errors import BadUsage
from store.import_rules import DEFAULT, ImportRules
from store.importing.origin import Origin
from store.importing.profiles import Profile
from store.importing.tables import ENDINGS as TABLES

Records: TypeAlias = Iterator[tuple[RawCase, Origin]]

Report: TypeAlias = Callable[[str, int, int, str], None]
"""Called with a stage's name, how much is done, how much there is (0: unknown), and of what."""


@dataclass(frozen=True)
class Asked:
    """What a reader is asked for: files, under a profile; ``mapping`` is what a person chose."""

    files: Sequence[Path]
    profile: Profile
    mapping: Mapping[str, str]
    codes: CodeTable
    secret: bytes
    report: Report
    rules: ImportRules = DEFAULT


class Begin(Protocol):
    """Looks at what is asked for; returns how many records there will be (0: unknown), and them.

    Raises:
        RadoncError: a file cannot be read; the sentence names it and quotes no row.
    """

    def __call__(self, asked: Asked) -> tuple[int, Records]: ...


class Reads(Protocol):
    """A module that reads files of its own kind and needs to know nothing but their names."""

    ENDINGS: tuple[str, ...]

    def read(self, files: Sequence[Path], passed_over: Counter[str]) -> Records: ...


@dataclass(frozen=True)
class Reader:
    """A reader: the endings of its files, whether it looks into folders in folders, its start."""

    endings: tuple[str, ...]
    deep: bool
    begin: Begin


def reader_of(profile: Profile) -> Reader:
    """The reader that the profile asks for."""
    match profile.reader:
        case "table":
            from store.importing.flat import begin

            return Reader(TABLES, False, begin)
        case "courses":
            from store.importing.courses import begin

            return Reader(TABLES, False, begin)
        case "tcga":
            from store.importing.tcga import begin

            return Reader(TABLES, False, begin)
        case name:
            return _by_files(cast(Reads, import_module(f"store.importing.{name}")), name == "dicom")


def expand(paths: Sequence[Path], reader: Reader) -> list[Path]:
    """The files that ``paths`` name; of a folder, those whose ending can be read.

    Raises:
        BadUsage: a path does not exist, or there is no file to read.
    """
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise BadUsage(f"There is no file or folder {path}.", "Look for a slip in the name.")
        inside = sorted(_inside(path, reader.deep)) if path.is_dir() else [path]
        files += [f for f in inside if f == path or f.suffix.casefold() in reader.endings]
    if not files:
        names = ", ".join(str(path) for path in paths) or "nothing"
        listed = ", ".join(filter(None, reader.endings))
        raise BadUsage(f"There is no file to read in {names}.", f"Files here end in {listed}.")
    return list(dict.fromkeys(files))


def _inside(folder: Path, deep: bool) -> Iterator[Path]:
    """What lies in a folder; links to other folders are not followed."""
    return (path for path in folder.rglob("*") if path.is_file()) if deep else folder.iterdir()


def _by_files(module: Reads, deep: bool) -> Reader:
    def begin(asked: Asked) -> tuple[int, Records]:
        return 0, _counted(module, asked)

    return Reader(module.ENDINGS, deep, begin)


def _counted(module: Reads, asked: Asked) -> Records:
    """The records of the files; how much was passed over, by its kind, is said at the end."""
    passed: Counter[str] = Counter()
    yield from module.read(asked.files, passed)
    for kind, count in passed.most_common():
        asked.report(f"passed over: {count} {kind}", count, count, "")
