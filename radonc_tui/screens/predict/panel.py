"""The answer to one diagnosis: the regimen as it is written, and the closed lists as bars."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from radonc_tui.screens.predict.all_codes import AllCodes
from radonc_tui.screens.predict.state import Question, bar_lines, regimen_lines


class Closed(Widget):
    """The probabilities of one closed list."""

    def __init__(self, title: str, id: str) -> None:
        super().__init__(id=id)
        self.title = title
        self._made: Mapping[str, Any] | None = None
        self._words: Mapping[str, str] = {}

    def show(self, made: Mapping[str, Any] | None, words: Mapping[str, str]) -> None:
        """Draw this answer; ``words`` says what its labels mean."""
        self._made, self._words = made, words
        self.refresh(layout=True)

    def render(self) -> Text:
        return bar_lines(self.title, self._made, self.content_size.width, self._words)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        lines = bar_lines(self.title, self._made, width, self._words)
        return lines.plain.count("\n") + 1


class AnswerPanel(VerticalScroll, can_focus=True):
    """One answer, and the keys for what can be done beside typing."""

    HELP = (
        "**The answer.** The regimen is written word by word; its *model score* says how sure the "
        "model was of its words, not how often it is right. Modality and code are chosen from the "
        "labels of the training cases, so each has a probability. `a` looks among all billable "
        "ICD-10-CM codes instead: the five best with what any other can have at most, proven."
    )
    BINDINGS = [
        Binding("e,slash", "screen.edit", "Diagnosis", id="predict.edit", key_display="e"),
        Binding("n", "screen.new", "New", id="predict.new", tooltip="Begin with an empty text"),
        Binding("c", "screen.copy", "Copy", id="predict.copy", tooltip="The whole answer"),
        Binding("m", "screen.choose_model", "Model", id="predict.model"),
        Binding(
            "a",
            "screen.all_codes",
            "All codes",
            show=False,
            id="predict.all_codes",
            tooltip="The best of all ICD-10-CM codes, exactly",
        ),
        Binding("f", "screen.file", "File", id="predict.file", tooltip="A table in, a file out"),
        Binding("x", "screen.stop", "Stop", id="predict.stop", tooltip="The answer, or the file"),
    ]

    def compose(self) -> ComposeResult:
        yield Static(id="regimen", markup=False)
        with Container(id="closed"):
            yield Closed("Modality", id="modality")
            yield Closed("ICD-10 code", id="icd10")
        yield AllCodes()

    def show(self, question: Question, before: str) -> None:
        """Draw what is known of the question's answer so far; ``before`` is said without one."""
        model = question.result["model"] if question.result else None
        of = (
            f" of {model['name']}:{model['quant']}, on the {model['device'].upper()}"
            if model
            else ""
        )
        self.border_title = f"Answer{of}"
        self.border_subtitle = "suggestion, not a prescription" if question.answers else ""
        asked = question.busy or bool(question.regimen or question.answers)
        searched = bool(question.searching or question.found)
        regimen = self.query_one("#regimen", Static)
        regimen.update(regimen_lines(question) if asked else before)
        regimen.display = asked or not searched
        self.query_one(AllCodes).show(question)
        self.query_one("#closed").display = asked
        for task, words in (("modality", {}), ("icd10", question.words)):
            self.query_one(f"#{task}", Closed).show(question.answers.get(task), words)
