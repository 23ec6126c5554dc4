"""What one piece of work has said so far, kept small while it is being followed.

A run may write hundreds of events a second, and for days; a screen needs its newest numbers and
curves of a few hundred points. A ``Feed`` reads only what is new, a bounded amount a call, and
keeps a bounded amount. It only reads files: no Textual, no store, and it never waits.
"""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from radonc_tui.actions.progress import Action, Progress
from store.work import ENDED, Work

Point = tuple[int, float]

CHUNK = 400_000
"""Bytes read in one call; measured at about 10 ms on a slow core."""
POINTS = 400
LINES = 500
PACE = 20
"""Time to go comes from the pace of so many newest steps."""


class Curve:
    """(step, value) in step order, thinned evenly to at most ``POINTS``; both ends are kept.

    A run that was resumed goes over some steps again; what it says then replaces what was said.
    """

    def __init__(self) -> None:
        self.points: list[Point] = []
        self._stride = 1
        self._after = 0  # values since the last point that stays; 0: the last one stays

    def add(self, step: int, value: float) -> None:
        points = self.points
        if points and step <= points[-1][0]:
            while points and step <= points[-1][0]:
                points.pop()
            self._after = 0
        if points and self._after:
            points.pop()  # it was only there to show the newest value
        points.append((step, value))
        self._after = (self._after + 1) % self._stride
        if len(points) > POINTS:
            del points[1:-1:2]
            self._stride *= 2
            self._after = 0


@dataclass(frozen=True)
class Snapshot:
    """What a feed knows at one moment; nothing in it changes any more."""

    id: str
    state: str
    progress: Progress
    seconds_to_go: float | None = None
    samples: int = 0
    series: Mapping[str, list[Point]] = field(default_factory=dict[str, list[Point]])
    log: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def numbers(self) -> Mapping[str, float]:
        """The newest value of each metric."""
        return self.progress.numbers


class Feed:
    """The state of one running or ended work, brought up to date by ``read``.

    ``numbers`` holds the newest value of each metric, ``series`` the curves of those that come
    with a step, ``log`` the newest lines with their local time, ``progress`` the newest stage.
    ``samples`` counts the times that sample answers were written.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.state = "queued"
        self.progress = Progress("start")
        self.numbers: dict[str, float] = {}
        self.log: deque[str] = deque(maxlen=LINES)
        self.events = 0
        self.samples = 0
        self.behind = False
        self._offset = 0
        self._said = ""
        self._curves: dict[str, Curve] = {}
        self._pace: deque[tuple[float, int]] = deque(maxlen=PACE + 1)

    @property
    def series(self) -> dict[str, list[Point]]:
        return {name: list(curve.points) for name, curve in self._curves.items()}

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def seconds_to_go(self) -> float | None:
        """How long the stage still takes at the pace of its newest steps; None: not known."""
        if self.ended or len(self._pace) < 2:
            return None
        (began, first), (now, last) = self._pace[0], self._pace[-1]
        return (self.progress.total - last) * (now - began) / (last - first)

    def read(self) -> bool:
        """Take in what was written since; whether anything changed.

        ``behind`` says that there is more than one call takes: call again at once.

        Raises:
            RadoncError: the events are damaged.
        """
        # liveness first: a worker that ends between the two looks has written its last state
        alive = self.work.alive()
        before = self._offset
        events, self._offset = self.work.events_from(self._offset, CHUNK)
        for event in events:
            self._take(event)
        # a copy, because a screen may read it while the next call goes on
        self.progress = replace(self.progress, numbers=dict(self.numbers))
        self.events += len(events)
        self.behind = self._offset - before >= CHUNK
        was = self.state
        self.state = self._said or "queued"
        if not (self.behind or alive or self.ended):
            self.state = "died"
        if self.state != was and self.state == "died":
            self._note(time.time(), "died: its process is gone and left no end")
        return bool(events) or self.state != was

    def _take(self, event: Mapping[str, Any]) -> None:
        kind = event["kind"]
        if kind == "metric":
            self.numbers[event["name"]] = event["value"]
            step = event.get("step")
            if isinstance(step, int):
                self._curves.setdefault(event["name"], Curve()).add(step, event["value"])
        elif kind == "progress":
            self._advance(event)
        elif kind == "log":
            self._note(event["t"], event["text"])
        elif kind == "state":
            self._said = str(event["state"])
            self._pace.clear()
            self._note(event["t"], self._said)
        elif kind == "samples":
            self.samples += 1

    def _advance(self, event: Mapping[str, Any]) -> None:
        stage, done, total = event["stage"], event["done"], event["total"]
        if stage != self.progress.stage or done < self.progress.done:
            self._pace.clear()
        if not self._pace or done > self._pace[-1][1]:
            self._pace.append((event["t"], done))
        self.progress = Progress(stage, done, total, event["unit"])

    def _note(self, at: float, text: str) -> None:
        self.log.append(f"{time.strftime('%H:%M:%S', time.localtime(at))} {text}")

    def snapshot(self) -> Snapshot:
        """Everything as it is now, to be shown by another thread."""
        return Snapshot(
            self.work.id,
            self.state,
            self.progress,
            self.seconds_to_go,
            self.samples,
            self.series,
            tuple(self.log),
        )


def look(feed: Feed) -> Action[Snapshot | None]:
    """Bring the feed up to date; None where nothing has changed. Call it a few times a second.

    One call catches up with all that was written, so it can be closed on the way.
    """
    changed = feed.read()
    while feed.behind:
        yield feed.progress
        feed.read()
    return feed.snapshot() if changed else None
