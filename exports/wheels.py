"""Installed distributions written back as wheels.

Follows the binary distribution format (packaging.python.org, "Binary distribution format") and
the record of installed files: only what RECORD names is taken, and what has changed since it
was installed is refused. It knows nothing of Radonc but that it may be installed editable.
"""

import base64
import hashlib
import json
import re
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from store.errors import RadoncError

LEFT_OUT = {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json", "uv_build.json"}
CHUNK = 1 << 20


def needed(name: str) -> list[Distribution]:
    """The installed distribution ``name`` and all that it needs, by name.

    A requirement that is not installed is passed over: the installed set is the one that runs.
    """
    found: dict[str, Distribution] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(name, frozenset())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted, extras = waiting.pop()
        if (wanted, extras) in seen:
            continue
        seen.add((wanted, extras))
        try:
            found[wanted] = distribution(wanted)
        except PackageNotFoundError:
            continue
        for line in found[wanted].requires or ():
            requirement = Requirement(line)
            contexts = [{"extra": extra} for extra in ("", *extras)]
            if not requirement.marker or any(requirement.marker.evaluate(c) for c in contexts):
                waiting.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return [found[key] for key in sorted(found)]


def write_wheel(installed: Distribution, folder: Path) -> Path:
    """Write the wheel of an installed distribution into ``folder``; returns its path.

    Raises:
        RadoncError: a file is missing or is not the one that was installed.
    """
    stem = f"{_escaped(installed.metadata['Name'])}-{_escaped(installed.version)}"
    path = folder / f"{stem}-{_tag(installed)}.whl"
    record: list[str] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as wheel:
        info = _info_folder(installed)
        for source, name, digest in _contents(installed, stem, info):
            written, size = _add(wheel, source, name)
            if digest and written != digest:
                raise RadoncError(
                    f"{source} is not the file that {installed.metadata['Name']} installed.",
                    "Install again with `uv sync --reinstall`, then pack.",
                )
            record.append(f"{_quoted(name)},sha256={written},{size}")
        record.append(f"{info}/RECORD,,")
        wheel.writestr(f"{info}/RECORD", "\n".join(record) + "\n")
    return path


def _contents(installed: Distribution, stem: str, info: str) -> list[tuple[Path, str, str]]:
    """(file, its name in the wheel, its recorded SHA-256 or "") of all that belongs inside."""
    scripts = {point.name for point in installed.entry_points if point.group == "console_scripts"}
    found: list[tuple[Path, str, str]] = []
    for file in installed.files or ():
        source = Path(str(installed.locate_file(file))).resolve()
        if file.suffix == ".pyc" or (file.parent.name == info and file.name in LEFT_OUT):
            continue
        name = _inside(file, stem)
        if (name.startswith(f"{stem}.data/scripts/") and file.name in scripts) or _is_link(file):
            continue
        # the installer rewrote the first line of scripts, so their recorded hash says nothing
        checked = file.hash.value if file.hash and ".data/scripts/" not in name else ""
        found.append((source, name, checked))
    return found + _editable(installed)


def _inside(file: PackagePath, stem: str) -> str:
    """A file's name inside the wheel; what went outside of site-packages goes under .data."""
    parts = [part for part in file.parts if part != ".."]
    if len(parts) == len(file.parts):
        return file.as_posix()
    if parts[0] == "bin":
        return f"{stem}.data/scripts/{'/'.join(parts[1:])}"
    return f"{stem}.data/data/{'/'.join(parts)}"


def _is_link(file: PackagePath) -> bool:
    """Whether this is the file by which an editable install points to its sources."""
    return file.suffix == ".pth" and "editable" in file.name


def _editable(installed: Distribution) -> list[tuple[Path, str, str]]:
    """The sources of an editable install: the packages that its link makes importable."""
    url = json.loads(installed.read_text("direct_url.json") or "{}")
    if not url.get("dir_info", {}).get("editable"):
        return []
    root = Path(re.sub(r"^file://", "", url["url"]))
    packages = [path.parent for path in root.glob("*/__init__.py") if path.parent.name != "tests"]
    return [
        (path, path.relative_to(root).as_posix(), "")
        for package in sorted(packages)
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def _add(wheel: zipfile.ZipFile, source: Path, name: str) -> tuple[str, int]:
    """Copy a file in; returns its URL-safe base64 SHA-256 without padding, and its size."""
    digest = hashlib.sha256()
    size = 0
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.external_attr = (source.stat().st_mode & 0o777 | 0o644) << 16
    with source.open("rb") as file, wheel.open(info, "w", force_zip64=True) as out:
        if ".data/scripts/" in name:
            first = file.readline()
            chunk = b"#!python\n" if first.startswith(b"#!") and b"python" in first else first
        else:
            chunk = file.read(CHUNK)
        while chunk:
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
            chunk = file.read(CHUNK)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode(), size


def _info_folder(installed: Distribution) -> str:
    return next(
        file.parent.name for file in installed.files or () if file.parent.suffix == ".dist-info"
    )


def _tag(installed: Distribution) -> str:
    """The compressed tag set of the WHEEL file, such as ``py2.py3-none-any``."""
    lines = (installed.read_text("WHEEL") or "").splitlines()
    tags = [line.split(":", 1)[1].strip().split("-") for line in lines if line.startswith("Tag:")]
    return "-".join(".".join(dict.fromkeys(column)) for column in zip(*tags, strict=True))


def _escaped(text: str) -> str:
    """A name or version as it stands in a wheel's file name."""
    return re.sub(r"[^A-Za-z0-9.+!]+", "_", text)


def _quoted(name: str) -> str:
    """A name as a field of RECORD, which is CSV."""
    return f'"{name}"' if "," in name or '"' in name else name
