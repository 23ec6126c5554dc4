"""The command palette over the lists of commands; it finds and runs, and holds none itself."""

from collections.abc import Iterator
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from radonc_tui.commands import APP, BESIDE, MODES, Command

if TYPE_CHECKING:
    from radonc_tui.app import RadoncApp


@cache
def all_commands() -> tuple[Command, ...]:
    """The commands of the app and of every screen, in that order."""
    return APP + tuple(_of_the_screens())


def _of_the_screens() -> Iterator[Command]:
    for mode in (*MODES, *BESIDE):
        yield from import_module(f"radonc_tui.screens.{mode}.commands").COMMANDS


class Palette(Provider):
    """Every command, those of the present screen first where nothing is typed."""

    @property
    def _radonc(self) -> "RadoncApp":
        return cast("RadoncApp", self.app)

    async def discover(self) -> Hits:
        here = self.app.current_mode
        for command in sorted(all_commands(), key=lambda command: command.mode != here):
            run = partial(self._radonc.run_command, command)
            yield DiscoveryHit(command.title, run, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in all_commands():
            score = max(matcher.match(command.title), 0.5 * matcher.match(command.help))
            if score > 0:
                run = partial(self._radonc.run_command, command)
                shown = matcher.highlight(command.title)
                yield Hit(score, shown, run, text=command.title, help=command.help)
