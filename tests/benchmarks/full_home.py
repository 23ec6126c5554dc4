"""Every list and screen of a home with 100,000 cases, 100 runs, 100 bundles and 100 evaluations.

What is there is a sample home's, repeated. A key is typed while nothing is drawn, and its time is
that to the frame that shows what was asked for. Theirs is the limit.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from store.home import Home
from tests.benchmarks.homes import multiply, repeat_work
from tests.benchmarks.result import Result
from tests.benchmarks.terminal import Terminal
from tests.ui.sample import BUNDLE, EVALUATION, RUN, make_sample

CASES, WORKS, ROUNDS = 100_000, 100, 3
LIMITS = {"screen_ms": 1000.0, "median_key_ms": 50.0, "slowest_key_ms": 150.0, "command_s": 5.0}
SCREENS = {
    "2": "run-2026",
    "3": "eval-2026",
    "4": "review",
    "6": "bundle-2026",
    "1": "case",
    "5": "Diagnosis",
}
"""The key of each mode, and what it shows; the last one has a field that takes digits."""
LISTS = ("3", "6", "1")
SCROLL = ("\x1b[B", "\x1b[B", "\x1b[B", "\x1b[6~", "\x1b[F", "\x1b[H")
COMMANDS = (
    ("cases", "list"),
    ("runs", "list"),
    ("evaluations", "list"),
    ("models", "list"),
    ("data", "list"),
    ("audit", "list"),
)


def run() -> Result:
    """The benchmark; about three minutes."""
    screens: dict[str, list[float]] = {key: [] for key in SCREENS}
    keys: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        home = prepare(Path(folder) / "home")
        program = [sys.executable, "-P", "-m", "radonc_tui", "--home", str(home.path)]
        for _ in range(ROUNDS):
            with Terminal(program) as radonc:
                radonc.wait_for(b"cases")
                radonc.quiet()
                for key, shows in SCREENS.items():
                    screens[key].append(radonc.key(key, shows))
                    radonc.quiet()
                    if key in LISTS:
                        keys += [radonc.key(each) for each in SCROLL]
                        radonc.quiet()
        commands = {" ".join(words): timed([*program, *words]) for words in COMMANDS}
    slowest = max(max(each) for each in screens.values())
    return Result(
        "full_home",
        slowest,
        LIMITS["screen_ms"],
        "ms",
        ROUNDS,
        {
            "screens_ms": {key: round(statistics.median(each), 1) for key, each in screens.items()},
            "median_key_ms": round(statistics.median(keys), 1),
            "slowest_key_ms": round(max(keys), 1),
            "command_s": {name: round(seconds, 2) for name, seconds in commands.items()},
        },
        "the limit",
        LIMITS,
    )


def prepare(path: Path) -> Home:
    home = make_sample(path)
    multiply(home, CASES)
    for kind, work_id in (("runs", RUN), ("exports", BUNDLE), ("evaluations", EVALUATION)):
        repeat_work(home, kind, work_id, WORKS)
    return home


def timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began
