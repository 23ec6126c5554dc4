"""One thing to choose from a few, in one line: the arrows turn it, ``enter`` shows all."""

from collections.abc import Mapping
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from radonc_tui.screens.train.state import beside
from radonc_tui.widgets.dialogs import Choose

LABEL = 10


class Field(Widget, can_focus=True):
    """A label, what is chosen, and a few words about it; ``options`` maps names to those words."""

    HELP: ClassVar[str | None] = (
        "**A choice.** `left` and `right` take the next one, `enter` shows all of them."
    )
    DEFAULT_CSS = """
    Field {
        height: auto; padding: 0 1;
        &:focus { background: $block-cursor-background; color: $block-cursor-foreground; }
        &:nocolor:focus { text-style: reverse; }
    }
    """
    BINDINGS = [
        Binding("left", "turn(-1)", "Before", show=False, id="field.before"),
        Binding("right,space", "turn(1)", "Next", show=False, id="field.next"),
        Binding("enter", "choose", "Choose", id="field.choose"),
        Binding("up,k", "app.focus_previous", "Up", show=False, id="field.up"),
        Binding("down,j", "app.focus_next", "Down", show=False, id="field.down"),
    ]

    chosen: reactive[str] = reactive("", layout=True)
    options: reactive[Mapping[str, str]] = reactive(dict[str, str], layout=True)

    class Turned(Message):
        """Another option is chosen."""

        def __init__(self, field: "Field", chosen: str) -> None:
            super().__init__()
            self.field, self.chosen = field, chosen

        @property
        def control(self) -> "Field":
            return self.field

    def __init__(self, label: str, options: Mapping[str, str], chosen: str, id: str) -> None:
        super().__init__(id=id)
        self.label = label
        self.set_reactive(Field.options, dict(options))
        self.set_reactive(Field.chosen, chosen)

    def render(self) -> Table:
        line = Table.grid(padding=(0, 2, 0, 0), expand=True)
        line.add_column(width=LABEL, no_wrap=True)
        line.add_column(no_wrap=True, overflow="ellipsis")
        line.add_column(ratio=1)
        about = Text(self.options.get(self.chosen, ""), "dim")
        line.add_row(Text(self.label), Text(f"‹ {self.chosen} ›", "bold"), about)
        return line

    def action_turn(self, by: int) -> None:
        if self.options:
            self._take(beside(tuple(self.options), self.chosen, by))

    def action_choose(self) -> None:
        """All options in a list."""
        labels = [(name, f"{name}  {about}".rstrip()) for name, about in self.options.items()]
        self.app.push_screen(Choose(self.label, labels), self._take)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if self.has_focus:
            self.action_choose()

    def _take(self, chosen: str | None) -> None:
        if chosen and chosen != self.chosen:
            self.chosen = chosen
            self.post_message(self.Turned(self, chosen))
