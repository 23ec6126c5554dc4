"""What all modes have in common, above what every page has: the strip, and asking again.

An area shows and asks; what is done is done by actions, through ``perform``.
"""

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widget import Widget

from radonc_tui.screens.page import Page

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp

STRIP = (
    ("cases", "Cases"),
    ("train", "Train"),
    ("runs", "Runs"),
    ("review", "Review"),
    ("predict", "Predict"),
    ("models", "Models"),
)


class Strip(Widget):
    """The modes in one line, each a click or its digit away."""

    DEFAULT_CSS = """
    Strip {
        height: 1; dock: top; background: $panel; color: $text-muted; padding: 0 1;
        & > .strip--here {
            background: $primary; color: $block-cursor-foreground; text-style: bold;
        }
        &:nocolor > .strip--here { text-style: bold reverse; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"strip--here"}
    here: reactive[str] = reactive("")

    def render(self) -> Text:
        wide = self.content_size.width >= 70
        text = Text(no_wrap=True, end="")
        for number, (mode, name) in enumerate(STRIP, 1):
            here = mode == self.here
            label = f" {number} {name if wide or here else name[:2]} "
            style = self.get_component_rich_style("strip--here") if here else ""
            text.append(label, style)
        if wide:
            spare = self.content_size.width - text.cell_len - 14
            text.append(" " * max(spare, 1) + "? help  radonc")
        return text

    def on_click(self, event: events.Click) -> None:
        x = 1
        wide = self.content_size.width >= 70
        for mode, name in STRIP:
            x += len(name if wide or mode == self.here else name[:2]) + 4
            if event.x < x:
                cast("RadoncApp", self.app).action_go(mode)
                return


class Area(Page[None]):
    """One mode of the program."""

    DEFAULT_CSS = """
    Area {
        & > #body { height: 1fr; }
        & > #notice { max-height: 3; }
    }
    """
    BINDINGS = [Binding("escape", "back", "Back", show=False, id="area.back")]

    def __init__(self) -> None:
        super().__init__()
        self._version = -1

    @property
    def mode(self) -> str:
        """The name of the mode, from the class's own folder."""
        return type(self).__module__.split(".")[2]

    def compose(self) -> ComposeResult:
        strip = Strip()
        strip.set_reactive(Strip.here, self.mode)
        yield strip
        with Vertical(id="body"):
            yield from self.compose_body()
        yield from self.compose_foot()

    def compose_body(self) -> ComposeResult:
        """The widgets between the strip and the notice."""
        yield from ()

    def reload(self) -> None:
        """Ask for everything that is shown; called when what is in the home has changed."""

    def on_mount(self) -> None:
        self._renew()

    def on_screen_resume(self) -> None:
        self._renew()

    def home_changed(self) -> None:
        """Something in the home is other than before; asks again if this is in sight."""
        if self.is_current:
            self._renew()

    def _renew(self) -> None:
        if self._version != self.radonc.version:
            self._version = self.radonc.version
            self.reload()

    def action_back(self) -> None:
        """Out of a text field to what it belongs to; else the notice goes."""
        # imported here: neither is needed to paint the first screen
        from textual.widgets import Input, TextArea

        if isinstance(self.focused, Input | TextArea):
            self.focus_next()
        else:
            self.say("")
