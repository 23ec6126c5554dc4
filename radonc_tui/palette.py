"""The command palette over the lists of commands; it finds and runs, and holds none itself."""

from collections.abc import Iterator
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import Screen

from radonc_tui.commands import APP, BESIDE, MODES, Command
from radonc_tui.screens.area import Area
from radonc_tui.screens.page import Page

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp


@cache
def all_commands() -> tuple[Command, ...]:
    """The commands of the app and of every mode, in that order."""
    return APP + tuple(_of_the_modes())


def _of_the_modes() -> Iterator[Command]:
    for mode in (*MODES, *BESIDE):
        yield from import_module(f"radonc_tui.screens.{mode}.commands").COMMANDS


def commands_of(screen: Screen[Any]) -> Iterator[Command]:
    """What can be done now on a page that lies over a mode: what its keys do, under their names."""
    if isinstance(screen, Area) or not isinstance(screen, Page):
        return
    for active in screen.active_bindings.values():
        binding = active.binding
        if active.node is screen and active.enabled and binding.id:
            title = f"{binding.id.partition('.')[0]}: {binding.description.casefold()}"
            help = active.tooltip or binding.tooltip or "On this page."
            yield Command(title, help, "", f"screen.{binding.action}")


class Palette(Provider):
    """Every command, those of the present screen first where nothing is typed."""

    @property
    def _radonc(self) -> "RadoncApp":
        return cast("RadoncApp", self.app)

    def _commands(self) -> list[Command]:
        here = self.app.current_mode
        others = sorted(all_commands(), key=lambda command: command.mode != here)
        return [*commands_of(self.screen), *others]

    async def discover(self) -> Hits:
        for command in self._commands():
            run = partial(self._radonc.run_command, command)
            yield DiscoveryHit(command.title, run, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            score = max(matcher.match(command.title), 0.5 * matcher.match(command.help))
            if score > 0:
                run = partial(self._radonc.run_command, command)
                shown = matcher.highlight(command.title)
                yield Hit(score, shown, run, text=command.title, help=command.help)
