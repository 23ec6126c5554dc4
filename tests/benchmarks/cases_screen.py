"""Key to repaint on the screen of 100,000 cases, beside Textual's own table of 1,000 rows."""

import statistics
import sys
import tempfile
from pathlib import Path

from store.home import open_home
from tests.benchmarks.homes import home_of_many
from tests.benchmarks.result import Result
from tests.benchmarks.terminal import Terminal

CASES = 100_000
ROUNDS = 3
LIMITS = {"median_ms": 50.0, "slowest_ms": 150.0, "memory_growth_mb": 50.0}
DOWN, PAGE_DOWN, END, HOME_KEY = "\x1b[B", "\x1b[6~", "\x1b[F", "\x1b[H"
ESCAPE, BACK, ENTER = "\x1b", "\x7f", "\r"
BARE = (
    "from textual.app import App\n"
    "from textual.widgets import DataTable\n"
    "class Bare(App):\n"
    "    def compose(self):\n"
    "        yield DataTable(cursor_type='row')\n"
    "    def on_mount(self):\n"
    "        table = self.query_one(DataTable)\n"
    "        table.add_columns(*'abcdefg')\n"
    "        for n in range(1000):\n"
    "            table.add_row(*(f'cell {n} {c}' for c in 'abcdefg'))\n"
    "        table.focus()\n"
    "Bare().run()\n"
)
SCROLL = [*[DOWN] * 10, *[PAGE_DOWN] * 10, END, HOME_KEY]


def _keys(terminal: Terminal) -> list[float]:
    """Scroll, filter and type: milliseconds of each key."""
    found = [terminal.key(key) for key in SCROLL]
    terminal.quiet()
    # a field, then one of its values, then all cases again
    found += [terminal.key("f", "Show only")]
    found += [terminal.key(letter) for letter in "site"]
    found += [terminal.key(ENTER, "site:"), terminal.key(ENTER, "c clears")]
    terminal.quiet()
    found += [terminal.key(key) for key in SCROLL]
    found.append(terminal.key("c"))
    terminal.quiet()
    found.append(terminal.key("/"))
    found += [terminal.key(letter) for letter in "prostate"]
    found += [terminal.key(BACK) for _ in range(4)]
    terminal.quiet()
    # a terminal waits after escape for the rest of a sequence, so its time is no measure
    terminal.key(ESCAPE)
    terminal.quiet()
    found += [terminal.key(key) for key in SCROLL]
    return found


def run() -> Result:
    """Both programs in turn, ``ROUNDS`` times; memory against a home without cases."""
    ours: list[float] = []
    theirs: list[float] = []
    grown: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        full = home_of_many(Path(folder) / "full", CASES)
        empty = open_home(Path(folder) / "empty")
        program = [sys.executable, "-P", "-m", "radonc_tui", "--home"]
        for _ in range(ROUNDS):
            with Terminal([sys.executable, "-P", "-c", BARE]) as bare:
                bare.wait_for(b"cell 5")
                bare.quiet()
                theirs += [bare.key(key) for key in SCROLL]
            with Terminal([*program, str(empty.path)]) as nothing:
                nothing.wait_for(b"0 cases")
                nothing.quiet()
                without = nothing.memory_mb()
            with Terminal([*program, str(full.path)]) as radonc:
                radonc.wait_for(b"100,000 cases")
                radonc.quiet()
                ours += _keys(radonc)
                radonc.quiet()
                grown.append(radonc.memory_mb() - without)
    return Result(
        "cases_screen",
        statistics.median(ours),
        statistics.median(theirs),
        "ms",
        len(ours),
        {
            "median_ms": round(statistics.median(ours), 1),
            "slowest_ms": round(max(ours), 1),
            "memory_growth_mb": round(statistics.median(grown), 1),
            "theirs_slowest_ms": round(max(theirs), 1),
        },
        "Textual's own table of 1,000 rows, scrolled alone",
        LIMITS,
    )
