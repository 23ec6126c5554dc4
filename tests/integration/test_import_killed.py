"""An import killed half-way leaves the store as it was, and can simply be done again."""

import os
import signal
import time

from radonc_tui.actions.stored import opened
from store import work
from store.case_table import CaseFilter, count_cases
from store.home import Home

COUNT = 3000


def spec(home: Home) -> dict[str, object]:
    asked = {"count": COUNT, "seed": 1, "mix": "demo"}
    return {"home": str(home.path), "source": "synthetic", "synthetic": asked, "dry_run": False}


def ended(made: work.Work) -> str:
    until = time.monotonic() + 60
    while made.alive() and time.monotonic() < until:
        time.sleep(0.02)
    return made.state()


def cases(home: Home) -> int:
    with opened(home) as connection:
        return count_cases(connection, CaseFilter())


def test_a_killed_import_leaves_nothing_and_can_be_done_again(home: Home) -> None:
    killed = work.create(home, "import", "import-killed", spec(home))
    pid = work.start(killed, "store")
    while not any(event["kind"] == "progress" for event in killed.events()):
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    assert ended(killed) == "died"
    assert cases(home) == 0
    again = work.create(home, "import", "import-again", spec(home))
    work.start(again, "store")
    assert ended(again) == "done"
    # whoever started it may be gone by now: the next look at the store takes it in, once
    assert cases(home) == COUNT
    assert cases(home) == COUNT
