"""What the whole home is doing and holds: for the status line, and to notice changes.

Reads files of work and, for the counts, the store; starts nothing and waits for nothing.
"""

from dataclasses import dataclass
from pathlib import Path

from exports.bundle import list_bundles
from radonc_tui.actions.live import Feed
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import work
from store.counts import count_all
from store.home import Home

KINDS = {
    "run": "training",
    "bundle": "export",
    "eval": "evaluation",
    "predict": "prediction",
    "import": "import",
}


@dataclass(frozen=True)
class Running:
    """One work that has a living worker, or waits for one."""

    id: str
    what: str
    state: str
    done: int = 0
    total: int = 0
    seconds_to_go: float | None = None

    def __str__(self) -> str:
        if self.state == "queued":
            return f"{self.what} queued"
        share = f" {100 * self.done // self.total} %" if self.total else ""
        return f"{self.what}{share}{to_go(self.seconds_to_go)}"


@dataclass(frozen=True)
class Look:
    """What runs, and every work with its state; the latter differ where something changed."""

    running: tuple[Running, ...]
    states: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Facts:
    """What the home holds: counts of cases, the newest model, the device that computes."""

    cases: int
    synthetic: int
    model: str
    device: str


class Watcher:
    """Looks again and again at all work of a home; what has ended is not read again."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._feeds: dict[str, Feed] = {}

    def look(self) -> Action[Look]:
        """How things stand now."""
        yield from ()
        running: list[Running] = []
        states: set[tuple[str, str]] = set()
        for kind, what in KINDS.items():
            for made in work.everything(self.home, kind):
                if made.manifest_exists:
                    states.add((made.id, "done"))
                    continue
                feed = self._feeds.setdefault(made.id, Feed(made))
                if not feed.ended or made.alive():
                    feed.read()
                states.add((made.id, feed.state))
                if not feed.ended:
                    running.append(_running(what, feed))
        return Look(tuple(running), frozenset(states))


def _running(what: str, feed: Feed) -> Running:
    progress = feed.progress
    return Running(
        feed.work.id, what, feed.state, progress.done, progress.total, feed.seconds_to_go
    )


def facts(home: Home) -> Action[Facts]:
    """Counts of cases, the newest bundle, and the device."""
    yield from ()
    with opened(home) as connection:
        cases, synthetic = count_all(connection)
    bundles = list_bundles(home)
    return Facts(cases, synthetic, bundles[-1].id if bundles else "", device_name())


def device_name() -> str:
    """The model of the first NVIDIA card, as its driver says, else ``CPU``."""
    for information in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        for line in information.read_text(errors="replace").splitlines():
            if line.startswith("Model:"):
                return line.removeprefix("Model:").strip()
    return "CPU"


def to_go(seconds: float | None) -> str:
    """``, 4 min to go``; empty where it is not known."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f", {seconds:.0f} s to go"
    minutes = seconds / 60
    return f", {minutes:.0f} min to go" if minutes < 90 else f", {minutes / 60:.1f} h to go"
