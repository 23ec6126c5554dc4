"""What every whole screen has in common: a notice, the status line, the keys that work now.

It shows what it is told. A mode is an ``Area``; any other page lies over one until ``esc`` leaves.
"""

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer, Static

from radonc_tui.widgets.status import Status
from store.errors import RadoncError

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp

Answer = TypeVar("Answer")


class Page(Screen[Answer]):
    """A screen that fills the terminal, not a box."""

    HELP: ClassVar[str | None] = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall")]
    DEFAULT_CSS = """
    Page {
        & > #notice { height: auto; max-height: 4; padding: 0 1; display: none; }
        & > #notice.-said { display: block; }
        & > #notice.-bad { color: $text-error; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._notice = ("", False)

    @property
    def radonc(self) -> "RadoncApp":
        """The app, as what it is."""
        return cast("RadoncApp", self.app)

    def compose_foot(self) -> ComposeResult:
        """The last lines of every page."""
        yield Static(id="notice", markup=False)
        yield Status()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.tell_status()
        self.say(*self._notice)

    def on_screen_resume(self) -> None:
        self.tell_status()

    def tell_status(self) -> None:
        """Show the newest status."""
        for status in self.query(Status):
            status.told = self.radonc.told

    def say(self, text: str, bad: bool = False) -> None:
        """The notice line; "" takes it away."""
        self._notice = (text, bad)
        # a screen that is only being mounted shows it when it is
        for notice in self.query("#notice").results(Static):
            notice.update(text)
            notice.set_class(bool(text), "-said")
            notice.set_class(bad, "-bad")

    def fail(self, error: RadoncError) -> None:
        """Say an error with its way out."""
        self.say(f"! {error}", bad=True)
