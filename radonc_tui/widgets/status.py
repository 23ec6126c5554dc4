"""The line that says where one is: home, model, what runs, device, offline, synthetic data.

It is told everything and looks at nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget


@dataclass(frozen=True)
class Told:
    """What the line says, in words; ``running`` holds one text for each work that goes on."""

    home: str = ""
    cases: str = ""
    synthetic: bool = False
    model: str = ""
    running: tuple[str, ...] = ()
    device: str = ""


def fit(told: Told, width: int) -> str:
    """The parts that fit into ``width`` cells: what runs and what is synthetic stay longest."""
    running = told.running[0] if told.running else ""
    if len(told.running) > 1:
        running += f" (+{len(told.running) - 1})"
    parts = [
        (2, told.home),
        (4, told.cases),
        (1, "SYNTHETIC" if told.synthetic else ""),
        (5, told.model or "no model yet"),
        (0, f"▶ {running}" if running else ""),
        (3, told.device),
        (6, "offline"),
    ]
    shown = [part for part in parts if part[1]]
    while len(shown) > 1 and len(_line(shown)) > width:
        shown.remove(max(shown))
    return _line(shown)


def _line(parts: Sequence[tuple[int, str]]) -> str:
    return " · ".join(text for _, text in parts)


class Status(Widget):
    """One line above the keys."""

    HELP: ClassVar[str | None] = "The status line: home, cases, model, what runs, device."
    DEFAULT_CSS = """
    Status { height: 1; background: $panel; color: $text; padding: 0 1; }
    """
    told: reactive[Told] = reactive(Told())

    def render(self) -> Text:
        return Text(fit(self.told, self.content_size.width), no_wrap=True, overflow="ellipsis")
