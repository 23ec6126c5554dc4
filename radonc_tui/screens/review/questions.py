"""What is asked before a review begins, and before it goes to another machine or comes back."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from exports.review_page.sealed import SHORTEST
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

        def named(name: str, attending: str) -> None:
            then(ReviewRequest(evaluation, cases, name, attending=attending))

        ask_name(area, named, "Empty: your login.")

    hint = "Drawn within strata of site and intent; all of them where there are fewer."
    area.app.push_screen(AskText("How many cases?", str(CASES), hint), counted)


def ask_name(
    area: Area, then: Callable[[str, str], None], nobody: str, title: str = "Who reviews?"
) -> None:
    """Ask whose answers they will be and under which code they treated cases; ``nobody`` says
    what an empty name means.
    """

    def coded(name: str, code: str | None) -> None:
        if code is not None:
            then(name, code)

    def named(name: str | None) -> None:
        if name is not None:
            hint = "Cases that they treated are not given to them. Empty: none are theirs."
            question = "Under which code are they the attending physician?"
            area.app.push_screen(AskText(question, "", hint), partial(coded, name))

    hint = f"It stands beside the answers, and finds them again. {nobody}"
    area.app.push_screen(AskText(title, "", hint), named)


def ask_page(area: Area, suggested: str, then: Callable[[Path, str], None]) -> None:
    """Ask where a page is to be written and, twice, with which passphrase."""

    def twice(path: Path, first: str, second: str | None) -> None:
        if second is None:
            return
        if first != second:
            area.say("! The two passphrases differ. x asks again.", bad=True)
            return
        then(path, first)

    def once(path: Path, first: str | None) -> None:
        if first is not None:
            again = AskText("The same passphrase again", secret=True)
            area.app.push_screen(again, partial(twice, path, first))

    def placed(text: str | None) -> None:
        if text and text.strip():
            hint = f"At least {SHORTEST} characters; it is kept nowhere. Tell it another way."
            asked = AskText("Passphrase of the page", "", hint, secret=True)
            area.app.push_screen(asked, partial(once, Path(text.strip()).expanduser()))

    hint = "One encrypted HTML file, for a browser on another machine."
    area.app.push_screen(AskText("Write the page to which file?", suggested, hint), placed)


def ask_answers(area: Area, then: Callable[[Path, str], None]) -> None:
    """Ask for the file that a page gave back, and the page's passphrase."""

    def opened(path: Path, passphrase: str | None) -> None:
        if passphrase is not None:
            then(path, passphrase)

    def placed(text: str | None) -> None:
        if text and text.strip():
            asked = AskText("Passphrase of the page", secret=True)
            area.app.push_screen(asked, partial(opened, Path(text.strip()).expanduser()))

    hint = "Taking the same file in twice changes nothing."
    area.app.push_screen(AskText("Which file did the page give back?", "", hint), placed)


def _words(made: Mapping[str, Any]) -> str:
    """An evaluation in one line: which models, how many patients, and that it is synthetic."""
    against = f" against {made['base']}" if made["base"] else ""
    synthetic = " SYNTHETIC" if made["synthetic"] else ""
    return f"{made['id']}  {made['patients']}{synthetic} patients, {made['tuned']}{against}"
