"""What ``?`` shows: what has the focus, what it is for, and the keys that work now.

The text travels with the widget (``HELP``), the keys with their bindings; nothing is repeated
here, so nothing can be forgotten here.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Markdown, Static

from exports.report.words import SAFETY
from radonc_tui.widgets.dialogs import Dialog


def help_text(screen: Screen[Any]) -> str:
    """The help of what has the focus and of what it is in, from the inside out."""
    node: DOMNode | None = screen.focused or screen
    texts: list[str] = []
    while node is not None:
        text = getattr(type(node), "HELP", None)
        if isinstance(text, str) and text and text not in texts:
            texts.append(text)
        node = node.parent
    return "\n\n".join(texts) or "There is nothing to say about this."


class HelpScreen(Dialog[None]):
    """Help on what was focused when it was asked for; ``esc`` closes it."""

    HELP: ClassVar[str | None] = ""
    AUTO_FOCUS = "#box"
    DEFAULT_CSS = """
    HelpScreen {
        & > #box { width: 78; }
        & Markdown { margin: 0; padding: 0; background: $surface; }
        & #safety { color: $text-muted; margin-top: 1; }
    }
    """
    BINDINGS = [Binding("question_mark,q,f1", "leave", "Back", id="help.back")]

    def __init__(self, text: str, keys: Mapping[str, tuple[str, str]]) -> None:
        super().__init__()
        self.text, self.keys = text, keys

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box"):
            yield Markdown(self.text)
            table = Table(box=None, show_header=False, pad_edge=False)
            table.add_column(no_wrap=True, min_width=10)
            table.add_column()
            for key, (name, tooltip) in self.keys.items():
                table.add_row(Text(key, style="bold"), f"{name}. {tooltip}" if tooltip else name)
            yield Static(table)
            yield Static("\n".join(SAFETY), id="safety", markup=False)


def keys_now(screen: Screen[Any]) -> dict[str, tuple[str, str]]:
    """Key to (name, tooltip), for everything of ours that works now: what has an id."""
    found: dict[str, tuple[str, str]] = {}
    actions: dict[str, str] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if not active.enabled or not binding.description or not binding.id:
            continue
        key = screen.app.get_key_display(binding)
        if binding.action in actions:
            first = actions[binding.action]
            name = found.pop(first)
            key = first if key in first.split() else f"{first} {key}"
            found[key] = name
        else:
            found[key] = (binding.description, active.tooltip or binding.tooltip)
        actions[binding.action] = key
    found["^p"] = ("Every action by name", "")
    return found
