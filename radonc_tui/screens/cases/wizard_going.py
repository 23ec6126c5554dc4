"""How far the wizard is: its steps on one line, and the bar of whatever runs."""

import time
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from radonc_tui.actions.progress import Progress
from radonc_tui.screens.cases.wizard_state import NAMES, Pace

WIDEST_BAR = 50


class Steps(Widget):
    """The steps in one line: done, here, to come."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"steps--here"}
    DEFAULT_CSS = """
    Steps {
        & > .steps--here { color: $text-primary; text-style: bold; }
        &:nocolor > .steps--here { text-style: bold reverse; }
    }
    """
    here: reactive[int] = reactive(0)

    def render(self) -> Text:
        style = self.get_component_rich_style("steps--here")
        if self.content_size.width < 60:
            return Text(f"Import {self.here + 1}/{len(NAMES)}: {NAMES[self.here]}", style)
        text = Text("Import  ", no_wrap=True)
        for number, name in enumerate(NAMES):
            sign = "✓" if number < self.here else "▶" if number == self.here else "·"
            text.append(f" {sign} {name} ", style if number == self.here else "")
        return text


class Going(Vertical):
    """What runs now: its title, a bar and a line with the time to go."""

    def compose(self) -> ComposeResult:
        yield Static(id="going-title", markup=False)
        yield Static(id="going-bar", markup=False)
        yield Static(id="going-line", markup=False)
        yield Static(id="going-hint", markup=False)

    def begin(self, title: str, hint: str) -> None:
        """Something new runs."""
        self.pace = Pace()
        self._say("title", title)
        self._say("hint", hint)
        self._say("bar", "")
        self._say("line", "Starting ...")

    def tell(self, progress: Progress) -> None:
        """How far it is."""
        now = time.monotonic()
        self.pace = self.pace.follow(progress, now)
        self._say("line", self.pace.line(progress, now))
        room = max(min(self.screen.size.width - 10, WIDEST_BAR), 5)
        self._say("bar", bar(progress, room))

    def tell_stopping(self) -> None:
        """It was asked to stop and is not over yet."""
        self._say("line", "Stopping ...")

    def _say(self, part: str, text: str) -> None:
        self.query_one(f"#going-{part}", Static).update(text)


def bar(progress: Progress, room: int) -> str:
    """A bar of ``room`` cells with its per cent; empty where the whole is not known."""
    if not progress.total:
        return ""
    share = min(progress.done / progress.total, 1.0)
    full = int(room * share)
    return f"{'█' * full}{'░' * (room - full)} {share:4.0%}"
