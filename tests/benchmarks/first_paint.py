"""From the start of the process to the first screen, beside a bare Textual app."""

import statistics
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.result import Result
from tests.benchmarks.terminal import Terminal

REPEATS = 11
LIMIT = 1.6
"""How many times the bare app's time ours may take."""
BARE = (
    "from textual.app import App\n"
    "from textual.widgets import Static\n"
    "class Bare(App):\n"
    "    def compose(self):\n"
    "        yield Static('painted')\n"
    "Bare().run()\n"
)


def run() -> Result:
    """Both in turn, ours on a new home each time and complete when the keys are painted."""
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        program = [sys.executable, "-P", "-m", "radonc_tui", "--home"]
        for number in range(REPEATS + 1):
            with Terminal([sys.executable, "-P", "-c", BARE]) as bare:
                theirs.append(1000 * bare.wait_for(b"painted"))
            with Terminal([*program, str(Path(folder) / f"home{number}")]) as radonc:
                radonc.wait_for(b"How it works")
                ours.append(1000 * radonc.wait_for(b"Help"))
    # the first of each fills the caches of the disk
    return Result(
        "first_paint",
        statistics.median(ours[1:]),
        statistics.median(theirs[1:]),
        "ms",
        REPEATS,
        {"ours_ms": [round(v) for v in ours[1:]], "theirs_ms": [round(v) for v in theirs[1:]]},
        "a Textual app of one line",
        {"ours_over_theirs": LIMIT},
    )
