"""Drives an action: a bar and a time to go on stderr, or plain lines where it is no terminal."""

import sys
import time
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress as Bars,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from radonc_tui.actions.progress import Action, Progress
from store.legible import legible

T = TypeVar("T")

PLAIN_SECONDS = 10.0


def drive(action: Action[T]) -> T:
    """Run an action to its end and return its result; closing it is sure, whatever happens."""
    console = Console(stderr=True)
    show = _Bars(console) if console.is_terminal else _Lines()
    try:
        while True:
            show.update(next(action))
    except StopIteration as stop:
        return stop.value
    finally:
        action.close()
        show.close()


class _Bars:
    """A bar for the stage that runs, its newest numbers beside it, and a line for each done."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[count]}"),
            TimeRemainingColumn(),
            TextColumn("to go {task.fields[numbers]}"),
            console=console,
            transient=True,
        )
        self.last = Progress("")
        self.task: TaskID | None = None
        self.began = 0.0

    def update(self, progress: Progress) -> None:
        if self.task is None or progress.stage != self.last.stage:
            self._end_stage()
            self.began = time.monotonic()
            self.task = self.bars.add_task(progress.stage, total=None, count="", numbers="")
            self.bars.start()
        if progress.note:
            self.console.print(legible(progress.note), highlight=False, markup=False)
        self.last = progress
        self.bars.update(
            self.task,
            completed=progress.done,
            total=progress.total or None,
            count=_count(progress),
            numbers=numbers_line(progress),
        )

    def _end_stage(self) -> None:
        if self.task is None:
            return
        self.bars.remove_task(self.task)
        self.task = None
        seconds = time.monotonic() - self.began
        if self.last.total:
            line = f"{self.last.stage}: {_count(self.last)} in {seconds:.0f} s"
            self.console.print(f"{line}  {numbers_line(self.last)}", highlight=False, markup=False)

    def close(self) -> None:
        self._end_stage()
        self.bars.stop()


def _count(progress: Progress) -> str:
    return f"{progress.done}/{progress.total} {progress.unit}" if progress.total else ""


class _Lines:
    """A line when a stage begins, and every ten seconds while it lasts."""

    def __init__(self) -> None:
        self.stage = ""
        self.began = self.said = 0.0

    def update(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.note:
            print(legible(progress.note), file=sys.stderr, flush=True)
        if progress.stage != self.stage:
            self.stage, self.began, self.said = progress.stage, now, now
            print(f"{progress.stage} ...", file=sys.stderr, flush=True)
        elif now - self.said >= PLAIN_SECONDS:
            self.said = now
            print(self._line(progress, now - self.began), file=sys.stderr, flush=True)

    def _line(self, progress: Progress, elapsed: float) -> str:
        line = f"{progress.stage}: {progress.done}"
        if progress.total:
            line += f" of {progress.total} {progress.unit}".rstrip()
        if 0 < progress.done < progress.total:
            left = elapsed * (progress.total - progress.done) / progress.done
            line += f", {left:.0f} s to go"
        numbers = numbers_line(progress)
        return f"{line}, {numbers}" if numbers else line

    def close(self) -> None:
        return None


def numbers_line(progress: Progress) -> str:
    """The newest numbers of a training, short."""
    known = {"loss": "loss {:.2f}", "tokens_per_second": "{:.0f} tokens/s"}
    return " ".join(
        text.format(progress.numbers[name])
        for name, text in known.items()
        if name in progress.numbers
    )
