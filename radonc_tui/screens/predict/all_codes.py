"""The best of all ICD-10-CM codes, below the answer; drawn from what the search has said."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from radonc_tui.actions.all_codes import proof_line
from radonc_tui.screens.predict.state import Question, cut

TITLE = "All ICD-10-CM codes"
NEW = "+"
"""Marks a code that no training case has."""


class AllCodes(Widget):
    """Five codes with what they mean, and what is proven of all others."""

    def __init__(self) -> None:
        super().__init__(id="all-codes")
        self._question = Question()

    def show(self, question: Question) -> None:
        """Draw what the search has found, or that it goes on; nothing where it was not asked."""
        self._question = question
        self.display = bool(question.searching or question.found)
        self.refresh(layout=True)

    def render(self) -> Text:
        return code_lines(self._question, self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(code_lines(self._question, width).wrap(self.app.console, max(width, 1)))


def code_lines(question: Question, width: int) -> Text:
    """The codes, the best first, each on one line of so many cells; below what is proven."""
    text = Text(TITLE, "bold")
    found = question.found
    if found is None:
        return text.append(f"  {question.searching} …", "not bold italic")
    took: Mapping[str, float] = found["seconds"]
    text.append(f"  {took['search']:.1f} s", "not bold")
    made: list[Mapping[str, Any]] = found["codes"]
    named = max(len(each["code"]) for each in made)
    for place, each in enumerate(made):
        mark = " " if each["in_training"] else NEW
        line = f"{each['code']:<{named}} {each['probability']:<8.2g} {mark} {each['description']}"
        text.append(f"\n{cut(line, width)}", "bold" if place == 0 else "not bold")
    text.append(f"\n{proof_line(found['proof'])}", "not bold")
    if any(not each["in_training"] for each in made):
        text.append(f" {NEW} in no training case.", "not bold")
    return text
