"""A process that makes or changes the schema and is killed leaves a store that opens."""

import os
import subprocess
import sys

from store.database import open_store
from store.home import Home
from store.migrations import steps

CODE = """
import os, sys
from store.database import open_store
from store.home import open_home
connection = open_store(open_home(sys.argv[1]))
os._exit(0)
"""


def test_a_store_whose_maker_was_killed_opens(home: Home) -> None:
    command = [sys.executable, "-c", CODE, str(home.path)]
    made = subprocess.run(command, capture_output=True, check=False, env={**os.environ})
    assert made.returncode == 0, made.stderr
    connection = open_store(home)
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    assert row == (steps()[-1][0],)
    connection.close()
