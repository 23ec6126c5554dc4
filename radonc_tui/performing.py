"""Runs actions in threads and brings what they say back to the UI thread.

The one way in which a screen calls an action. Nothing that blocks may run on the UI thread: an
action is made, driven and closed in its thread, and only callbacks come back, in order, as
messages of the widget that asked. A widget that is gone hears nothing more.
"""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary, WeakSet

from textual.dom import DOMNode

from radonc_tui.actions.progress import Action, Progress
from store.errors import RadoncError, in_words

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp

T = TypeVar("T")
SECONDS_BETWEEN = 0.1
"""Progress that comes faster is thinned; the last one of a burst always arrives."""

_groups: "WeakKeyDictionary[DOMNode, dict[str, Job[Any]]]" = WeakKeyDictionary()
_going: "WeakSet[Job[Any]]" = WeakSet()


def cancel_all() -> None:
    """Close every action that runs, so that leaving waits for none of them."""
    for job in list(_going):
        job.cancel()


class Job(Generic[T]):
    """One action in its thread; ``progress`` is the newest, ``ended`` says that it is over."""

    def __init__(
        self,
        node: DOMNode,
        make: Callable[[], Action[T]],
        done: Callable[[T], None] | None,
        failed: Callable[[RadoncError], None] | None,
        heard: Callable[[Progress], None] | None,
        quiet: bool,
    ) -> None:
        self.node, self.make, self.quiet = node, make, quiet
        self.title = ""
        self.progress: Progress | None = None
        self.ended = False
        self._done, self._failed, self._heard = done, failed, heard
        self._cancelled = threading.Event()
        self.on_end: Callable[[Job[T]], None] | None = None

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Close the action at its next yield; no callback runs after this."""
        self._cancelled.set()

    def start(self) -> None:
        """Start the thread; of a job that ended, start over (a store that was busy)."""
        self.ended = False
        _going.add(self)
        self.node.run_worker(self._drive, thread=True, exit_on_error=False, group="radonc")

    def _drive(self) -> None:
        """The body of the thread."""
        try:
            result = self._run()
        except Exception as error:
            app = cast("RadoncApp", self.node.app)
            self._end(self._on_failure, in_words(error, app.keep_mistake))
        else:
            self._end(self._on_done, result)

    def _run(self) -> T:
        action = self.make()
        last = 0.0
        try:
            while not self.cancelled:
                try:
                    self.progress = next(action)
                except StopIteration as stop:
                    return stop.value
                now = time.monotonic()
                if self._heard and now - last >= SECONDS_BETWEEN:
                    last = now
                    self._deliver(self._heard, self.progress)
            # nobody waits for it any more
            return cast(T, None)
        finally:
            action.close()

    def _end(self, callback: Callable[[Any], None], value: Any) -> None:
        if self.progress and self._heard:
            self._deliver(self._heard, self.progress)
        self._deliver(callback, value)
        if self.cancelled:
            self.node.call_later(self._finish)

    def _finish(self) -> None:
        self.ended = True
        _going.discard(self)
        if self.on_end:
            self.on_end(self)

    def _deliver(self, callback: Callable[[Any], None], value: Any) -> None:
        self.node.call_later(self._call, callback, value)

    def _call(self, callback: Callable[[Any], None], value: Any) -> None:
        if not self.cancelled and self.node.is_running:
            callback(value)

    def _on_done(self, result: T) -> None:
        self._finish()
        if self._done:
            self._done(result)

    def _on_failure(self, error: RadoncError) -> None:
        app = cast("RadoncApp", self.node.app)
        if error.kind == "busy" and not self.quiet:
            app.busy.ask(error, self.start, self.give_up)
        else:
            self.give_up(error)

    def give_up(self, error: RadoncError) -> None:
        """Tell whoever asked that it failed; the app, where nobody listens."""
        self._finish()
        (self._failed or cast("RadoncApp", self.node.app).problem)(error)


def perform(
    node: DOMNode,
    make: Callable[[], Action[T]],
    done: Callable[[T], None] | None = None,
    *,
    failed: Callable[[RadoncError], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
    group: str = "",
    quiet: bool = False,
) -> Job[T]:
    """Run the action that ``make`` makes in a thread; call back on the UI thread.

    Args:
        node: whoever asks; callbacks run only while it is mounted and the job not cancelled.
        make: called in the thread, and again where the store was busy and the person waits.
        done: gets the action's result.
        failed: gets the error; without it, the app shows the sentence.
        progress: gets the newest progress, at most ten times a second, the last one always.
        group: a new job of the same node and group cancels the one before.
        quiet: nobody is asked about a store that is busy; it is an error like any other.
    """
    job = Job(node, make, done, failed, progress, quiet)
    if group:
        mine = _groups.setdefault(node, {})
        if before := mine.get(group):
            before.cancel()
        mine[group] = job
    job.start()
    return job
