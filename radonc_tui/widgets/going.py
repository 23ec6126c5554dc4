"""One line about work that a screen has started: what, a bar, how far, and the key that ends it.

The work belongs to the app, so that it goes on while screens change; the line only follows it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.message import Message
from textual.widgets import Static

from radonc_tui.actions.progress import Action, Progress
from radonc_tui.performing import Job
from store.errors import RadoncError

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp

T = TypeVar("T")
CELLS = 20


def going_line(title: str, progress: Progress | None, way_out: str) -> str:
    """``verify  ████░░ 120 of 362 MB  x stops it``."""
    stage = progress.stage if progress and progress.stage != title else ""
    shown = [f"▶ {title}", stage]
    if progress and progress.total:
        full = CELLS * min(progress.done, progress.total) // progress.total
        count = f"{progress.done} of {progress.total} {progress.unit}".rstrip()
        shown.append(f"{'█' * full}{'░' * (CELLS - full)} {count}")
    else:
        shown.append("…")
    return "  ".join(part for part in (*shown, way_out) if part)


class Going(Static):
    """One work at a time; hidden while nothing goes on."""

    DEFAULT_CSS = """
    Going { height: 1; padding: 0 1; color: $text-accent; display: none; }
    Going.-on { display: block; }
    """

    class Turned(Message):
        """Something has begun or ended, so that other keys work now."""

    def __init__(self, way_out: str = "x stops it", id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self.way_out = way_out
        self.title = ""
        self._job: Job[Any] | None = None

    @property
    def busy(self) -> bool:
        return self._job is not None

    def begin(
        self,
        title: str,
        make: Callable[[], Action[T]],
        done: Callable[[T], None],
        failed: Callable[[RadoncError], None],
    ) -> None:
        """Launch the action; only while not ``busy``."""

        def over(result: T) -> None:
            self._turn(None)
            done(result)

        def not_over(error: RadoncError) -> None:
            self._turn(None)
            failed(error)

        self.title = title
        app = cast("RadoncApp", self.app)
        self._turn(app.launch(title, make, over, not_over, self._heard))
        self._heard(None)

    def stop(self) -> bool:
        """End it, as closing its action does; whether there was anything to end."""
        if self._job is None:
            return False
        self._job.cancel()
        self._turn(None)
        return True

    def _heard(self, progress: Progress | None) -> None:
        self.update(going_line(self.title, progress, self.way_out))

    def _turn(self, job: Job[Any] | None) -> None:
        self._job = job
        self.set_class(job is not None, "-on")
        self.post_message(self.Turned())
