"""Profiles: what a kind of export is read by, and what its columns are called, as shareable TOML.

Built in are those of ``BUILT_IN``; a clinic's own lie in its home as ``profiles/NAME.toml``. A
profile names columns and holds nothing from a row. What a reader makes of the columns is its own
business.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, cast

from store.errors import BadUsage, RadoncError
from store.home import Home
from store.importing.mapping import IDENTIFIER, check_fields, identifier_field, kind_of

READERS = ("table", "tcga", "fhir", "dicom", "courses")
"""What a profile can be read by; ``courses`` joins the tables of an oncology information system."""

LARGEST = 1 << 18
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_HERE = Path(__file__).parent
Toml: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Profile:
    """One profile: ``columns`` is field to column, ``settings`` the TOML of ``courses``.

    ``about`` says in a line what it is for.
    """

    name: str
    reader: str
    about: str = ""
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def mapped(self) -> bool:
        """Whether a person says which column is which field; else the profile knows."""
        return self.reader == "table"


_SIMPLE = (
    Profile("table", "table", "a clinic's own columns, one row a course"),
    Profile("tcga", "tcga", "clinical tables of the TCGA (The Cancer Genome Atlas)"),
    Profile("fhir", "fhir", "FHIR radiotherapy summaries (mCODE, CodeX): bundles and NDJSON"),
    Profile("dicom", "dicom", "folders of DICOM RT Plans and RT Ion Plans"),
)
BUILT_IN = (*(profile.name for profile in _SIMPLE), "aria", "mosaiq")


def built_in(name: str) -> Profile:
    """A profile that comes with the program; "" is ``table``.

    Raises:
        BadUsage: there is none of this name.
    """
    for profile in _SIMPLE:
        if profile.name == (name or "table"):
            return profile
    if name not in BUILT_IN:
        raise _unknown(name, BUILT_IN)
    return parse_profile(name, (_HERE / f"{name}.toml").read_text(encoding="utf-8"))


def find_profile(home: Home, name: str) -> Profile:
    """The built-in profile or the home's own of this name.

    Raises:
        BadUsage: there is none.
        RadoncError: its file is damaged.
    """
    if not name or name in BUILT_IN:
        return built_in(name)
    path = _path(home, name)
    if not _NAME.fullmatch(name) or not path.is_file():
        raise _unknown(name, [profile.name for profile in list_profiles(home)])
    return read_profile(path)


def list_profiles(home: Home) -> list[Profile]:
    """The built-in profiles, then the home's own by name."""
    own = sorted(path for path in _folder(home).glob("*.toml") if _NAME.fullmatch(path.stem))
    return [*map(built_in, BUILT_IN), *map(read_profile, own)]


def read_profile(path: Path) -> Profile:
    """The profile of a TOML file, named as the file is.

    Raises:
        RadoncError: the file is no profile; the sentence says where.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise RadoncError(f"{path.name} is too large for a profile.", "Is it another file?")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RadoncError(
            f"{path} cannot be read: {error.strerror}.", "Look at its name."
        ) from error
    except UnicodeDecodeError as error:
        raise RadoncError(f"{path.name} is not UTF-8 text.", "Save it again as UTF-8.") from error
    return parse_profile(path.stem.casefold(), text)


def parse_profile(name: str, text: str) -> Profile:
    """The profile that TOML text states.

    Raises:
        RadoncError: it is no TOML, names no reader, or names a field that does not exist.
    """
    try:
        parsed = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RadoncError(f"The profile {name} is no TOML: {error}.", "Mend that line.") from error
    reader = parsed.pop("reader", "table")
    if reader not in READERS:
        raise RadoncError(
            f"The profile {name} names no reader that there is.", f"Readers: {', '.join(READERS)}."
        )
    about = str(parsed.pop("about", ""))[:200]
    if reader == "table":
        return Profile(name, reader, about, _columns(name, parsed))
    if reader == "courses":
        from store.importing.layout import read_layout

        read_layout(name, parsed)  # what is wrong in it is said now and not during an import
    return Profile(name, reader, about, settings=parsed)


def text_of(home: Home, profile: Profile) -> str:
    """The TOML of a profile, to be shown, changed and shared."""
    if profile.name in BUILT_IN:
        path = _HERE / f"{profile.name}.toml"
        return path.read_text(encoding="utf-8") if path.is_file() else _toml(profile)
    return _path(home, profile.name).read_text(encoding="utf-8")


def check_name(name: str) -> None:
    """Whether a profile may be saved under this name.

    Raises:
        BadUsage: it is no name, or that of a built-in profile.
    """
    if name in BUILT_IN:
        raise BadUsage(f"{name} is a built-in profile.", "Choose another name.")
    if not _NAME.fullmatch(name):
        raise BadUsage(
            f"{name!r} is no name for a profile.",
            "Use small letters, digits, - and _, at most 40.",
        )


def save_profile(home: Home, profile: Profile, text: str = "") -> Path:
    """Write a profile into the home, whole or not at all; ``text`` is its TOML where it has one.

    Raises:
        BadUsage: the name is none, or that of a built-in profile.
    """
    check_name(profile.name)
    folder = _folder(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = _path(home, profile.name)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text or _toml(profile))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


def _toml(profile: Profile) -> str:
    own = [c for f, c in profile.columns.items() if kind_of(f) == IDENTIFIER and c != "@"]
    lines = [f"reader = {_quoted(profile.reader)}", f"about = {_quoted(profile.about)}"]
    if own:
        lines.append(f"identifiers = [{', '.join(map(_quoted, own))}]")
    plain = {f: c for f, c in profile.columns.items() if kind_of(f) != IDENTIFIER}
    if plain:
        lines += ["", "[columns]", *(f"{name} = {_quoted(c)}" for name, c in plain.items())]
    return "\n".join(lines) + "\n"


def _columns(name: str, parsed: Toml) -> dict[str, str]:
    """Field to column, the identifiers among them."""
    columns, own = parsed.pop("columns", {}), parsed.pop("identifiers", [])
    if parsed:
        raise RadoncError(
            f"The profile {name} has {next(iter(parsed))!r}, which no table's profile has.",
            "It has reader, about, identifiers and the table [columns].",
        )
    if not isinstance(columns, dict) or not isinstance(own, list):
        raise _no_columns(name)
    mapping = cast(dict[str, object], columns)
    marked = cast(list[object], own)
    if not all(isinstance(column, str) and column for column in (*mapping.values(), *marked)):
        raise _no_columns(name)
    chosen = {key: str(column) for key, column in mapping.items()}
    check_fields(chosen)
    return chosen | {identifier_field(str(column)): str(column) for column in marked}


def _no_columns(name: str) -> RadoncError:
    return RadoncError(
        f"The profile {name} does not name its columns as text.",
        'An example: [columns] with the line patient = "MRN".',
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _folder(home: Home) -> Path:
    return home.path / "profiles"


def _path(home: Home, name: str) -> Path:
    return _folder(home) / f"{name}.toml"


def _unknown(name: str, names: Sequence[str]) -> BadUsage:
    listed = ", ".join(names)
    return BadUsage(f"There is no profile {name!r}.", f"There are {listed}.")
