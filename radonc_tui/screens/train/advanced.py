"""Every setting of a training, with what it means, checked while it is typed."""

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label, Static

from trainer.settings import meanings


class Advanced(Vertical):
    """A line for each setting: its name, its value, and its meaning or what is wrong with it."""

    HELP: ClassVar[str | None] = """\
**Advanced settings.** Every one has a default that the preset chose; what you type goes over it,
and an empty field is the preset's again. `up` and `down` go from line to line.
"""
    DEFAULT_CSS = """
    Advanced {
        height: auto; padding: 0 1; display: none;
        &.-on { display: block; }
        & Horizontal { height: auto; }
        & Label { width: 17; }
        & Input { width: 12; height: 1; border: none; padding: 0 1; background: $panel; }
        & Input:focus { background: $block-cursor-background; color: $block-cursor-foreground; }
        & Input:nocolor:focus { text-style: reverse; }
        & .meaning { width: 1fr; height: auto; padding-left: 1; color: $text-muted; }
        & .-wrong .meaning { color: $text-error; text-style: bold; }
    }
    """
    BINDINGS = [
        Binding("up", "app.focus_previous", "Up", show=False, id="advanced.up"),
        Binding("down,enter", "app.focus_next", "Down", show=False, id="advanced.down"),
    ]

    class Typed(Message):
        """A setting was changed."""

        def __init__(self, name: str, text: str) -> None:
            super().__init__()
            self.name, self.text = name, text

    def compose(self) -> ComposeResult:
        for name, meaning in meanings().items():
            with Horizontal(id=f"row-{name}"):
                yield Label(name)
                yield Input(id=f"set-{name}", select_on_focus=False, compact=True)
                yield Static(meaning, classes="meaning", markup=False)

    def show(self, texts: Mapping[str, str], wrong: Mapping[str, str]) -> None:
        """The settings as they stand; what is being typed is left alone."""
        for name, meaning in meanings().items():
            field = self.query_one(f"#set-{name}", Input)
            if not field.has_focus and field.value != texts[name]:
                with field.prevent(Input.Changed):
                    field.value = texts[name]
            row = self.query_one(f"#row-{name}")
            row.set_class(name in wrong, "-wrong")
            said = f"! {wrong[name]}" if name in wrong else meaning
            row.query_one(".meaning", Static).update(said)

    @on(Input.Changed)
    def tell(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(str(event.input.id).removeprefix("set-"), event.value))
