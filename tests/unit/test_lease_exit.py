"""A process that ends while its store is still open closes it first."""

import subprocess
import sys

from store.home import Home

SCRIPT = """
import atexit, sys
from pathlib import Path
from store.database import Lease
from store.home import Home

kept = []
# what is registered first runs last
atexit.register(lambda: print("open" if kept[0]._connection else "closed"))
kept.append(Lease(Home(Path(sys.argv[1]))))
with kept[0].use() as connection:
    connection.execute("SELECT 1")
assert kept[0]._connection is not None
"""


def test_the_store_is_closed_before_python_ends(home: Home) -> None:
    made = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home.path)], capture_output=True, text=True, check=False
    )
    assert (made.returncode, made.stdout, made.stderr) == (0, "closed\n", "")
