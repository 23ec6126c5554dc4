"""Runs an action to its end in the test's own thread, without a bar."""

from radonc_tui.actions.progress import Action, Progress, T


def ended(action: Action[T], heard: list[Progress] | None = None) -> T:
    """The action's result; what it said on the way is added to ``heard``."""
    while True:
        try:
            progress = next(action)
        except StopIteration as stop:
            return stop.value
        if heard is not None:
            heard.append(progress)
