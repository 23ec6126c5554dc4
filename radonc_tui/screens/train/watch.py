"""One run, as it trains or as it ended: curves, sample answers, the log, what was asked.

It shows what it is given; what it shows comes from the run's own files by way of the area.
"""

import time
from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.widgets import RichLog, Static

from radonc_tui.actions.live import Point, Snapshot
from radonc_tui.actions.runs import RESUMABLE, Opened
from radonc_tui.screens.train.texts import (
    about_text,
    headline,
    progress_line,
    samples_text,
    what_it_is,
)
from radonc_tui.widgets.panes import Panes
from radonc_tui.widgets.plots import Curves

PANES = (
    ("curves", "c", "curves"),
    ("answers", "a", "answers"),
    ("log", "l", "log"),
    ("about", "i", "about it"),
)
"""The parts of a run: name, key, title."""
SECONDS_BETWEEN_DRAWINGS = 1.0
BETWEEN_CURVES = 0.05
NO_SAMPLES = "No sample answers yet: they are made at each evaluation on the way."


def broken(line: str, width: int) -> str:
    """The line, broken between its parts and not inside one."""
    lines: list[str] = []
    for part in line.split(" · "):
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return "\n".join(lines)


def ticks(steps: Sequence[int], most: int) -> list[float]:
    """At most ``most`` whole steps from the first to the last, evenly apart."""
    if not steps:
        return []
    first, last = min(steps), max(steps)
    gaps = max(min(most - 1, last - first), 1)
    return [first + (last - first) * number // gaps for number in range(gaps + 1)]


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """About ``most`` of the points, evenly, the first and the last among them."""
    stride = max(len(points) // max(most, 1), 1)
    return [*points[:-1:stride], *points[-1:]]


class WatchPanel(Vertical, can_focus=True):
    """The state of a run above; below one part of it, or on a wide screen the curves and a part."""

    HELP: ClassVar[str | None] = """\
**A run.** Its losses and learning rate (`c`), its answers to a few validation pairs at each
evaluation on the way (`a`), its log (`l`), and its settings, estimate and measurements (`i`).
`s` stops it after the step it is at, with a checkpoint; `r` goes on from there. `n` begins a new
one, which waits until the accelerator is free; `w` watches another. Closing the program leaves it
training.
"""
    BINDINGS = [
        Binding("n", "screen.new", "New", id="train.new", tooltip="A new training"),
        Binding("s", "stop", "Stop", id="train.stop", tooltip="Asks first, keeps a checkpoint"),
        Binding("r", "resume", "Resume", id="train.resume", tooltip="From its last checkpoint"),
        Binding("w", "screen.watch", "Another", id="train.watch", tooltip="Watch another run"),
        *(
            Binding(key, f"screen.pane('{name}')", title.capitalize(), id=f"train.{name}")
            for name, key, title in PANES
        ),
    ]

    def __init__(self, id: str) -> None:
        super().__init__(id=id, classes="-curves")
        self.opened: Opened | None = None
        self.snapshot: Snapshot | None = None
        self.pane = "curves"
        self._drawn = 0.0

    def compose(self) -> ComposeResult:
        yield Static(id="headline", markup=False)
        yield Static(id="what", markup=False)
        yield Static(id="progress", markup=False)
        yield Panes(PANES)
        with Horizontal(id="parts"):
            with Container(id="curves"):
                yield Curves(id="losses")
                yield Curves(id="rates")
            with VerticalScroll(id="answers"):
                yield Static(markup=False)
            yield RichLog(id="log", wrap=True, markup=False, max_lines=500)
            with VerticalScroll(id="about"):
                yield Static(markup=False)

    # what is shown

    def open(self, opened: Opened) -> None:
        """Another run, or the same one after something about it has changed."""
        self.opened = opened
        self.query_one("#what", Static).update(what_it_is(opened.shown))
        self.query_one("#about > Static", Static).update(about_text(opened.shown))
        said = samples_text(opened.samples) if opened.samples else NO_SAMPLES
        self.query_one("#answers > Static", Static).update(said)

    def show(self, snapshot: Snapshot) -> None:
        """How the run stands now."""
        before, self.snapshot = self.snapshot, snapshot
        if self.opened:
            said = headline(self.opened.shown, snapshot)
            self.query_one("#headline", Static).update(said, layout=False)
        self._show_progress()
        self._show_log(snapshot, before)
        same = before is not None and (before.id, before.state) == (snapshot.id, snapshot.state)
        if not same or time.monotonic() - self._drawn >= SECONDS_BETWEEN_DRAWINGS:
            self.draw()
        if before is None or before.state != snapshot.state:
            self.refresh_bindings()

    def on_resize(self) -> None:
        self._show_progress()

    def _show_progress(self) -> None:
        if self.snapshot:
            line = broken(progress_line(self.snapshot), self.app.size.width - 2)
            self.query_one("#progress", Static).update(line, layout=False)

    def draw(self) -> None:
        """The curves, where they are in sight; one after the other, to hold up no key for long."""
        if self.snapshot is None or not self.query_one("#losses").region.area:
            return
        self._drawn = time.monotonic()
        self._draw_losses(self.snapshot)
        self.set_timer(BETWEEN_CURVES, self._draw_rates)

    def _draw_losses(self, snapshot: Snapshot) -> None:
        curves = self.query_one("#losses", Curves)
        most = curves.size.width
        shown = {"training": "loss", "validation": "validation_loss"}
        series = {name: thinned(snapshot.series.get(key, ()), most) for name, key in shown.items()}
        curves.show(series, title="loss: ⠒ training, x validation", legend=False)
        curves.plt.xticks(ticks([step for points in series.values() for step, _ in points], 6))

    def _draw_rates(self) -> None:
        curves = self.query_one("#rates", Curves)
        if self.snapshot is None or not curves.region.area:
            return
        points = thinned(self.snapshot.series.get("learning_rate", ()), curves.size.width)
        curves.show({"rate": points}, title="learning rate", legend=False)
        curves.plt.xticks(ticks([step for step, _ in points], 3))

    def _show_log(self, snapshot: Snapshot, before: Snapshot | None) -> None:
        """Append what is new; the whole log where it is of another run."""
        log = self.query_one("#log", RichLog)
        old = before.log if before and before.id == snapshot.id else ()
        if not old or snapshot.log[: len(old)] != old:
            log.clear()
            old = ()
        for line in snapshot.log[len(old) :]:
            log.write(line)

    def show_pane(self, pane: str) -> None:
        """One part of the run; on a wide screen the curves stay beside it."""
        self.pane = pane
        self._mark_pane()
        part = self.query_one(f"#{pane}")
        (part if part.can_focus else self).focus()
        self.call_after_refresh(self.draw)

    def _mark_pane(self) -> None:
        # styles are worked out once, for both classes that change
        self.remove_class(*(f"-{name}" for name, _, _ in PANES), update=False)
        self.add_class(f"-{self.pane}")
        self.query_one(Panes).here = self.pane

    @on(Panes.Picked)
    def _picked(self, event: Panes.Picked) -> None:
        event.stop()
        self.show_pane(event.pane)

    # keys that depend on how the run stands

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        state = self.snapshot.state if self.snapshot else ""
        if action == "stop":
            return state in ("queued", "running")
        if action == "resume":
            return state in RESUMABLE
        return super().check_action(action, parameters)

    async def action_stop(self) -> None:
        await self.run_action("screen.stop")

    async def action_resume(self) -> None:
        await self.run_action("screen.resume")

    @property
    def shown(self) -> dict[str, Any]:
        """What is known of the run; empty before one is open."""
        return self.opened.shown if self.opened else {}
