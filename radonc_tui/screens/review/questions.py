"""What is asked before a review begins: which evaluation, how many cases, whose name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from radonc_tui.actions.review import CASES, ReviewRequest
from radonc_tui.screens.area import Area
from radonc_tui.widgets.dialogs import AskText, Choose


def ask_new(
    area: Area, evaluations: Sequence[Mapping[str, Any]], then: Callable[[ReviewRequest], None]
) -> None:
    """Ask everything that a new review needs, of evaluations that are done; newest first."""
    done = [made for made in reversed(evaluations) if made["state"] == "done"]
    if not done:
        area.say("No evaluation is done yet. 3 shows what is evaluated, and evaluates more.")
        return

    def chosen(evaluation: str | None) -> None:
        if evaluation:
            _ask_count(area, evaluation, then)

    options = [(made["id"], _words(made)) for made in done]
    area.app.push_screen(Choose("Review the regimens of which evaluation?", options), chosen)


def _ask_count(area: Area, evaluation: str, then: Callable[[ReviewRequest], None]) -> None:
    def counted(text: str | None) -> None:
        if text is None:
            return
        if not text.strip().isdecimal() or not int(text):
            area.say(f"! {text!r} is no number of cases. n asks again.", bad=True)
            return
        cases = int(text)
        ask_name(area, lambda name: then(ReviewRequest(evaluation, cases, name)), "your login")

    hint = "Drawn at random; all of them where there are fewer."
    area.app.push_screen(AskText("How many cases?", str(CASES), hint), counted)


def ask_name(area: Area, then: Callable[[str], None], nobody: str) -> None:
    """Ask whose answers they will be; an empty name is ``nobody``."""

    def named(text: str | None) -> None:
        if text is not None:
            then(text)

    hint = f"It stands beside the answers, and finds them again. Empty: {nobody}."
    area.app.push_screen(AskText("Who reviews?", "", hint), named)


def _words(made: Mapping[str, Any]) -> str:
    """An evaluation in one line: which models, how many patients, and that it is synthetic."""
    against = f" against {made['base']}" if made["base"] else ""
    synthetic = " SYNTHETIC" if made["synthetic"] else ""
    return f"{made['id']}  {made['patients']}{synthetic} patients, {made['tuned']}{against}"
