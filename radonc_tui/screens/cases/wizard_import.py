"""The import that the wizard starts: the app runs it, so it goes on when the wizard is left.

Whoever stops it hears the truth: an import that was done when it was asked to stop is done.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from radonc_tui.actions.cases import ImportRequest, ImportResult, import_cases
from radonc_tui.actions.progress import Action, Progress
from store.errors import RadoncError

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp


class Import:
    """One import; stopped or not, ``outcome`` is its result and ``error`` why there is none."""

    def __init__(
        self,
        app: "RadoncApp",
        request: ImportRequest,
        done: Callable[[ImportResult], None],
        failed: Callable[[RadoncError], None],
        heard: Callable[[Progress], None],
    ) -> None:
        self.outcome: ImportResult | None = None
        self.error: RadoncError | None = None
        self.stopping = False
        home = app.home

        def take() -> Action[ImportResult]:
            try:
                self.outcome = yield from import_cases(home, request)
            except RadoncError as error:
                self.error = error
                raise
            return self.outcome

        self.job = app.launch("import", take, done, failed, heard)

    def stop(self) -> None:
        """Ask it to end; no callback comes any more, ``ended`` says when it has."""
        self.stopping = True
        self.job.cancel()

    @property
    def ended(self) -> bool:
        return self.job.ended
