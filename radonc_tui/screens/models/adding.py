"""The question for a new base model: which folder, and under which name."""

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Label

from radonc_tui.widgets.dialogs import Dialog
from radonc_tui.widgets.paths import PathInput
from trainer.bases import FAMILY_NAMES


class AskFolder(Dialog[tuple[Path, str] | None]):
    """A folder and a name; ``enter`` goes from the first to the second, and then answers."""

    HELP = (
        f"**Add a base model.** A Hugging Face folder of a {FAMILY_NAMES} model "
        "with safetensors weights, or the GGUF file of SmolLM2. It is linked or copied into the "
        "home, and hashed."
    )
    AUTO_FOCUS = "#source"

    def __init__(self, source: str = "", name: str = "") -> None:
        super().__init__()
        self.source, self.chosen = source, name

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Label(f"A folder of {FAMILY_NAMES} weights", markup=False)
            yield PathInput(self.source, "/models/Mistral-7B-v0.3", id="source")
            yield Label("What it is called here", markup=False)
            yield Input(self.chosen, placeholder="mistral-7b-v0.3", id="name")
            yield Label("Small letters, digits, dots and dashes.", classes="hint", markup=False)

    @on(Input.Submitted, "#source")
    def go_on(self) -> None:
        source, name = self.query_one("#source", PathInput), self.query_one("#name", Input)
        if not name.value and source.value.strip():
            name.value = source.path.name.removesuffix(".gguf").casefold()
        name.focus()

    @on(Input.Submitted, "#name")
    def answer(self) -> None:
        source, name = self.query_one("#source", PathInput), self.query_one("#name", Input)
        if not source.value.strip():
            source.focus()
        elif name.value.strip():
            self.dismiss((source.path, name.value.strip()))
