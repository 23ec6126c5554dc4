"""The department's own copy of the table: made once, then edited with whatever edits CSV.

It lies in the home as a plain file also where the home is encrypted, because it holds no word of
any patient.
"""

import os
from pathlib import Path

from store.department.table import embedded_text, own_path
from store.errors import Refused
from store.home import Home


def make_own(home: Home) -> Path:
    """Copy the embedded table into the home; returns where it lies.

    Raises:
        Refused: there is one already; it is never written over.
    """
    path = own_path(home)
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(embedded_text())
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise Refused(
            f"The department has a table: {path}.", "Edit it, or move it away first."
        ) from error
    return path


def freeze(home: Home, folder: Path) -> Path:
    """Copy the table that is in force into ``folder``, for a worker to read with ``read_table``."""
    own = own_path(home)
    text = own.read_text(encoding="utf-8-sig") if own.exists() else embedded_text()
    path = folder / "department.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path
