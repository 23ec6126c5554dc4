"""An import taken in while DuckDB has so little memory that it must spill to disk.

Run as ``python -m tests.integration.spilling HOME TABLE COPIES``; the key is in ``RADONC_KEY``.
What lies spilled at each write point is copied into the folder COPIES, for it is gone soon after.
Prints how many cases were taken in.
"""

import os
import shutil
import sys
from pathlib import Path

from radonc_tui.actions.cases import ImportRequest, import_cases
from radonc_tui.actions.stored import lease
from store import keybox, points
from store.home import open_home
from tests.driven import ended

MEMORY, LITTLE = "60MB", "12MB"
"""Enough for all of it, and what is left when the staged cases lie unsealed in a table."""


def main(folder: str, table: str, copies: str) -> None:
    home = open_home(folder)

    def copy(point: str) -> None:
        if point == "take in rejects":
            limit(LITTLE)
        for path in (home.tmp / "duckdb").glob("*"):
            shutil.copy(path, Path(copies) / f"{point} {path.name}")
        limit(MEMORY)

    def limit(size: str) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET memory_limit = '{size}'")
        cursor.close()

    keybox.unlock(home, os.environ.pop("RADONC_KEY").encode())
    # held, for the limit is the open store's
    with lease(home).use() as connection:
        points.listener = copy
        print(ended(import_cases(home, ImportRequest((Path(table),)))).funnel["cases"])
    lease(home).close()


if __name__ == "__main__":
    main(*sys.argv[1:])
