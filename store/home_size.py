"""How much room a home takes, by its parts. Nothing is opened here, only looked at."""

import os
from pathlib import Path

from store.home import FOLDERS, Home

STORE, REST = "store", "rest"


def sizes(home: Home) -> dict[str, int]:
    """Bytes of each part of the home that has any: the store, its folders, the rest of its files.

    A linked file lies elsewhere and counts nothing.
    """
    found = {STORE: sum(map(_bytes, home.path.glob(f"{home.database.name}*")))}
    for name in FOLDERS:
        inside = os.walk(home.folder(name))
        found[name] = sum(_bytes(Path(at) / file) for at, _, files in inside for file in files)
    own = [path for path in home.path.glob("*") if not path.name.startswith(home.database.name)]
    found[REST] = sum(map(_bytes, own))
    return {name: size for name, size in found.items() if size}


def _bytes(path: Path) -> int:
    """0 of what is no file, and of one that a worker just took away."""
    try:
        return path.stat().st_size if path.is_file() and not path.is_symlink() else 0
    except FileNotFoundError:
        return 0
