"""The line that names the parts of what is shown, each with its key, the present one marked."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class Panes(Widget):
    """One line; a click is as good as a key. ``panes`` holds a name, a key and a title for each."""

    DEFAULT_CSS = """
    Panes {
        height: 1; color: $text-muted;
        & > .panes--here { color: $text; text-style: bold reverse; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"panes--here"}
    here: reactive[str] = reactive("")

    class Picked(Message):
        """One of the parts was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, panes: Sequence[tuple[str, str, str]], here: str = "") -> None:
        super().__init__()
        self.panes = tuple(panes)
        self.set_reactive(Panes.here, here or self.panes[0][0])

    def render(self) -> Text:
        text = Text(no_wrap=True, end="")
        for name, label in self._labels():
            here = self.get_component_rich_style("panes--here") if name == self.here else ""
            text.append(label, here)
        return text

    def _labels(self) -> list[tuple[str, str]]:
        return [(name, f" {key} {title} ") for name, key, title in self.panes]

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        if at is None:
            return
        end = 0
        for name, label in self._labels():
            end += len(label)
            if at.x < end:
                self.post_message(self.Picked(name))
                return
