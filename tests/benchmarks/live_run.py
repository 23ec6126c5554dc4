"""Key to repaint while a run writes 200 events a second; the same keys without one beside it."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from store.home import open_home
from tests.benchmarks.result import Result
from tests.benchmarks.terminal import Terminal

SECONDS = 60
EVENTS = 200
LAST = "2.00"
"""The value that ``write_events`` ends with, as the screen writes it."""
LIMITS = {"median_ms": 50.0, "slowest_ms": 150.0}
PANES = {
    "l": "running",
    "i": "settings (preset",
    "a": "No sample answers",
    "c": "learning rate",
}
"""Keys of the log, what is known about the run, its answers, its curves; what only each draws."""
WRITER = (
    "import sys; from pathlib import Path; from store.home import Home;"
    "from tests.benchmarks.homes import write_events;"
    f"write_events(Home(Path(sys.argv[1])), {EVENTS // 2}, {SECONDS})"
)


def _type(radonc: Terminal, seconds: float) -> list[float]:
    before = len(radonc.output)
    radonc.key("2")
    radonc.wait_for(b"curves", since=before)
    until = time.monotonic() + seconds
    found: list[float] = []
    while time.monotonic() < until:
        found += [radonc.key(key, shows) for key, shows in PANES.items()]
    return found


def run() -> Result:
    """The screen of training, left and come back to, first with a run that writes and then alone.

    Raises:
        TimeoutError: the last value was not on the screen at the end.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "home"
        home = open_home(path)
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
        try:
            with Terminal(
                [sys.executable, "-P", "-m", "radonc_tui", "--home", str(path)]
            ) as radonc:
                radonc.wait_for(b"training")
                busy = _type(radonc, SECONDS)
                while not (home.folder("runs") / "run-20261101-0000ff" / "written").exists():
                    time.sleep(0.1)
                # it is on the screen of training, and shows the last value without being asked
                total = EVENTS // 2 * SECONDS
                radonc.wait_for(f"{total}/{total} steps · loss {LAST}".encode(), 10)
        finally:
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
        with Terminal([sys.executable, "-P", "-m", "radonc_tui", "--home", str(path)]) as idle:
            idle.wait_for(b"cases")
            idle.quiet()
            alone = _type(idle, 10)
    return Result(
        "live_run",
        statistics.median(busy),
        LIMITS["median_ms"],
        "ms",
        len(busy),
        {
            "median_ms": round(statistics.median(busy), 1),
            "slowest_ms": round(max(busy), 1),
            "alone_median_ms": round(statistics.median(alone), 1),
            "events_a_second": EVENTS,
            "events": EVENTS * SECONDS,
        },
        "the limit that was set: nobody else draws such a run",
        LIMITS,
    )
