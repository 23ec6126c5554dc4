"""The department's policy, whole, and where its file is; it is edited as a file, never here."""

from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from radonc_tui.actions.signoff import show_policy
from radonc_tui.performing import perform
from radonc_tui.screens.page import Page


class PolicyScreen(Page[None]):
    """What a model has to meet before it is signed off."""

    HELP: ClassVar[str | None] = (
        "**The policy.** What the department asks of a model before two people may sign it off. "
        "A TOML file of the home says what differs from the defaults; shares are from 0 to 1. A "
        "sign-off keeps the policy as it was."
    )
    DEFAULT_CSS = """
    PolicyScreen {
        & > #heading { height: auto; background: $panel; padding: 0 1; text-style: bold; }
        & > #scroll { height: 1fr; padding: 0 1; }
        & #text { height: auto; }
    }
    """
    AUTO_FOCUS = "#scroll"
    BINDINGS = [Binding("escape", "back", "Back", id="policy.back")]

    def compose(self) -> ComposeResult:
        yield Static("Policy …", id="heading", markup=False)
        with VerticalScroll(id="scroll"):
            yield Static(id="text", markup=False)
        yield from self.compose_foot()

    def on_mount(self) -> None:
        make = partial(show_policy, self.radonc.home)
        perform(self, make, self._show, failed=self.fail, group="policy")

    def _show(self, found: dict[str, Any]) -> None:
        where = "" if found["own"] else "The defaults; to change them, put this, edited, at "
        self.query_one("#heading", Static).update(f"{where}{found['path']}")
        self.query_one("#text", Static).update(found["text"])

    def action_back(self) -> None:
        """Back to the models."""
        self.dismiss(None)
