"""A file of diagnoses: which table goes in, where the answers go, and how far they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Input, Label

from radonc_tui.actions.predict import PredictFileRequest, predict_file
from radonc_tui.widgets.dialogs import Confirm, Dialog
from radonc_tui.widgets.going import Going
from radonc_tui.widgets.paths import PathInput
from store.errors import RadoncError

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp

INTO = "-predictions.jsonl"


class AskFiles(Dialog[tuple[Path, Path] | None]):
    """Two paths; ``enter`` goes from the first to the second, and then answers."""

    HELP = (
        "**A file in, a file out.** The table needs a column of diagnoses (CSV, Excel, Parquet, "
        "JSONL). The answers are one JSON object a row, in the order of the rows; a row that "
        "cannot be asked says why."
    )
    AUTO_FOCUS = "#source"

    def __init__(self, source: str = "", out: str = "") -> None:
        super().__init__()
        self.source, self.out = source, out

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label("A table with a column of diagnoses", markup=False)
            yield PathInput(self.source, "table.csv", id="source")
            yield Label("The answers go to", markup=False)
            yield PathInput(self.out, f"table{INTO}", id="out")
            yield Label("One JSON object a row; right completes.", classes="hint", markup=False)

    @on(Input.Submitted, "#source")
    def go_on(self) -> None:
        out = self.query_one("#out", PathInput)
        source = self.query_one("#source", PathInput).value.strip()
        if not out.value and source:
            out.value = f"{Path(source).with_suffix('')}{INTO}"
        out.focus()

    @on(Input.Submitted, "#out")
    def answer(self) -> None:
        source, out = self.query_one("#source", PathInput), self.query_one("#out", PathInput)
        if not source.value.strip():
            source.focus()
        elif out.value.strip():
            self.dismiss((source.path, out.path))


class FileLine(Going):
    """One file at a time, from the question to its end; shown while it is being answered."""

    class Said(Message):
        """A sentence for the person."""

        def __init__(self, text: str, bad: bool = False) -> None:
            super().__init__()
            self.text, self.bad = text, bad

    _paths = ("", "")

    def ask(self, model: str) -> None:
        """Ask for the two paths, then begin; ``model`` answers."""
        if self.busy:
            self._say("One file at a time; x stops this one.")
            return

        def answered(paths: tuple[Path, Path] | None) -> None:
            if paths:
                # a mistake in one of them need not be typed again
                self._paths = (str(paths[0]), str(paths[1]))
                self._check(PredictFileRequest(*paths, model=model))

        self.app.push_screen(AskFiles(*self._paths), answered)

    def _check(self, request: PredictFileRequest) -> None:
        if not request.out.is_file():
            self._begin(request)
            return

        def sure(yes: bool | None) -> None:
            if yes:
                self._begin(request)

        question = f"{request.out} is there already."
        hint = "What it holds is lost once the answers are whole."
        self.app.push_screen(Confirm(question, "replace it", hint, "keep it"), sure)

    def _begin(self, request: PredictFileRequest) -> None:
        home = cast("RadoncApp", self.app).home
        title = f"predict {request.source.name}"
        self._say("")
        self.begin(title, lambda: predict_file(home, request), self._done, self._failed)

    def _done(self, done: dict[str, Any]) -> None:
        left = f", {done['errors']} could not be asked and say why" if done["errors"] else ""
        self._say(f"{done['answered']} of {done['rows']} rows answered{left}: {done['out']}")

    def _failed(self, error: RadoncError) -> None:
        self._say(f"! {error}", bad=True)

    def _say(self, text: str, bad: bool = False) -> None:
        self.post_message(self.Said(text, bad))
