"""What every command shares: the home, ``--json``, and how a result is printed."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from store.home import Home, open_home
from store.legible import OBEYED, legible

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
limit_option = click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(min=1), help="At most so many."
)


@dataclasses.dataclass
class Session:
    """The global options of one call."""

    path: str | None
    wait: float
    secret: bytes | None = None

    def home(self) -> Home:
        from radonc_tui.cli.unlocking import environment_secret, open_keys

        home = open_home(self.path)
        self.secret = environment_secret() or self.secret
        open_keys(home, self.secret)
        if self.wait:
            # the store is not needed to paint a screen, so it is imported when somebody waits
            from radonc_tui.actions.stored import lease

            lease(home).wait = self.wait
        return home


def session_home(context: click.Context) -> Home:
    return context.find_object(Session).home()  # type: ignore[union-attr]  # set by the group


def emit(result: Any, as_json: bool, human: Callable[[Console], None]) -> None:
    """Print the result: as one JSON document, or by ``human`` for a person."""
    if as_json:
        text = json.dumps(plain(result), ensure_ascii=False, indent=1, allow_nan=False)
        # what a terminal would obey is escaped, so that the document says the same
        click.echo(OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
    else:
        human(PlainConsole())


class PlainConsole(Console):
    """A console on which no text is markup, and none is obeyed by the terminal."""

    def __init__(self) -> None:
        super().__init__(markup=False, emoji=False, highlight=False)

    def print(self, *objects: Any, **settings: Any) -> None:
        """As rich does, but for what ``legible`` makes of texts."""
        super().print(*map(_legible, objects), **settings)


def _legible(item: Any) -> Any:
    if isinstance(item, Text):
        shown = item.copy()
        shown.plain = legible(item.plain)
        return shown
    return legible(item) if isinstance(item, str) else item


def plain(value: Any) -> Any:
    """Dataclasses, tuples and dates as what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return str(value)


LONG = 24


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], clip: bool = False) -> Table:
    """A table whose cells are shown as text, whatever they hold; ``clip``: one line a row.

    Columns of short cells are never cut: an id is of no use without its end.
    """
    cells = [["" if cell is None else legible(str(cell)) for cell in row] for row in rows]
    made = Table(box=None, pad_edge=False, expand=clip)
    for number, column in enumerate(columns):
        width = max((len(row[number]) for row in cells), default=0)
        short = width <= LONG
        made.add_column(
            column,
            no_wrap=clip or short,
            overflow="ellipsis" if clip else "fold",
            width=max(width, len(column)) if short else None,
            ratio=None if short else 1,
        )
    for row in cells:
        made.add_row(*map(Text, row))
    return made
