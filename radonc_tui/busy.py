"""One question for all who found the store in use: wait for it, or leave it.

It asks and remembers the answer for a moment; who waits, and what waiting does, is theirs to know.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from store.errors import RadoncError

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp

WAIT_SECONDS = 60
AGAIN_SECONDS = 0.5
LEFT_SECONDS = 2.0
"""How long nobody is asked again who has just said not to wait for the store."""


class BusyStore:
    """The question of one app, and who waits for its answer."""

    def __init__(self, app: "RadoncApp") -> None:
        self.app = app
        self._waiting: list[tuple[Callable[[], None], Callable[[RadoncError], None]]] = []
        self._answer_holds = 0.0

    def ask(
        self,
        error: RadoncError,
        again: Callable[[], None],
        give_up: Callable[[RadoncError], None],
    ) -> None:
        """Ask once, for all who wait, whether to wait for the store.

        The answer also holds for whoever had asked the store before it was given.
        """
        from radonc_tui.widgets.dialogs import Busy

        if time.monotonic() < self._answer_holds:
            from radonc_tui.actions.stored import lease

            if lease(self.app.home).wait:
                # a home in use answers at once, unlike a store, which is itself waited for
                self.app.set_timer(AGAIN_SECONDS, again)
            else:
                give_up(error)
            return
        self._waiting.append((again, give_up))
        if len(self._waiting) == 1:
            self.app.push_screen(Busy(error, WAIT_SECONDS), partial(self._answered, error))

    def _answered(self, error: RadoncError, wait: bool | None) -> None:
        from radonc_tui.actions.stored import lease

        waiting, self._waiting = self._waiting, []
        lease(self.app.home).wait = WAIT_SECONDS if wait else 0.0
        self._answer_holds = time.monotonic() + (WAIT_SECONDS if wait else LEFT_SECONDS)
        for again, give_up in waiting:
            if wait:
                again()
            else:
                give_up(error)
