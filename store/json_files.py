"""Whole JSON files, written so that a reader never sees half of one.

Nothing with text made from cases belongs in such a file: that goes into files of lines
(``lines``), which are sealed in an encrypted home.
"""

import json
import os
from pathlib import Path
from typing import Any

from store.errors import RadoncError
from store.points import reached


def dumps(value: Any) -> str:
    """JSON with sorted keys; NaN and infinity are errors, never written."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` whole or not at all: another name, fsync, rename."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    reached(path.name)
    part.replace(path)


def read_json(path: Path) -> Any:
    """The JSON in ``path``.

    Raises:
        RadoncError: the file is absent or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RadoncError(
            f"{path} cannot be read ({error}).", "It was cut short or edited; make it again."
        ) from error
