"""Lines taken out of the files of a home that hold text made from cases.

The manifest of a work whose file loses a line is brought up to date, and says so.
"""

from pathlib import Path
from typing import Any

from store.home import FOLDERS, Home
from store.lines import read_json, read_lines, sha256_content, write_json, write_lines


def line_files(home: Home) -> list[Path]:
    """Every file of lines that may hold text made from cases; events hold numbers and ids."""
    found = [
        path
        for folder in FOLDERS
        if folder not in ("models", "tmp")
        for path in home.folder(folder).rglob("*.jsonl")
        if path.name != "events.jsonl" and path.is_file() and not path.is_symlink()
    ]
    return sorted(found)


def drop_rows(home: Home, patient: str, cases: set[str]) -> int:
    """Take out every line of the patient or of one of the cases; returns how many went."""
    gone = 0
    for path in line_files(home):
        rows = list(read_lines(path))
        kept = [row for row in rows if not _is_of(row, patient, cases)]
        if len(kept) < len(rows):
            write_lines(path, kept)
            _update_manifest(home, path)
            gone += len(rows) - len(kept)
    return gone


def _is_of(row: Any, patient: str, cases: set[str]) -> bool:
    return row.get("patient") == patient or row.get("case_id") in cases


def _update_manifest(home: Home, path: Path) -> None:
    """Write the changed file's hash into the manifest of its work, where that lists it.

    The same for ``files.json`` beside it, the hashes of what was frozen into a run.
    """
    frozen = path.with_name("files.json")
    if frozen.exists():
        hashes = read_json(frozen)
        if path.name in hashes:
            write_json(frozen, {**hashes, path.name: sha256_content(path)})
    folder, work, *_ = path.relative_to(home.path).parts
    manifest_path = home.path / folder / work / "manifest.json"
    if not manifest_path.exists():
        return
    manifest = read_json(manifest_path)
    name = str(path.relative_to(manifest_path.parent))
    if name in manifest.get("files", {}):
        entry = {"bytes": path.stat().st_size, "sha256": sha256_content(path)}
        manifest["files"][name] = {**entry, "forgotten": True}
        write_json(manifest_path, manifest)
