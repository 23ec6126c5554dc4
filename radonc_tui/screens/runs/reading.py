"""A report in Markdown as text for a terminal: prose in its width, tables as wide as they are.

A widget for each cell of each table would take seconds to make; this is made in a thread.
"""

from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from radonc_tui.actions.progress import Action
from radonc_tui.actions.report import report, report_card, report_page
from store.errors import BadUsage
from store.home import Home

WIDEST = 240
"""Cells that a table may take; the reader scrolls."""


def read_report(home: Home, evaluation_id: str, width: int) -> Action[Text]:
    """The report of an evaluation, its prose ``width`` cells wide."""
    made = yield from report(home, evaluation_id)
    return laid_out(made.text, width)


def write_page(home: Home, evaluation_id: str, path: Path) -> Action[Path]:
    """The report of an evaluation as an HTML page in a new file; returns its path.

    Raises:
        BadUsage: there is a file already, or it cannot be written.
    """
    return _written(path, (yield from report_page(home, evaluation_id)))


def write_card(home: Home, evaluation_id: str, path: Path) -> Action[Path]:
    """The evaluated bundle's model card with the evaluation's numbers; as ``write_page``."""
    return _written(path, (yield from report_card(home, evaluation_id)))


def _written(path: Path, text: str) -> Path:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise BadUsage(f"There is {path} already.", "Name another file.") from error
    except OSError as error:
        raise BadUsage(f"{path} cannot be written ({error.strerror}).", "Name another.") from error
    return path


def laid_out(markdown: str, width: int) -> Text:
    """Markdown as text that is not to be wrapped again."""
    found = Text(no_wrap=True)
    for part in markdown.strip().split("\n\n"):
        if part.startswith("|"):
            found.append(_table(part))
        else:
            # a first heading would be set in the middle
            found.append_text(_prose(f"#{part}" if part.startswith("# ") else part, width))
        found.append("\n")
    return found


def _prose(part: str, width: int) -> Text:
    found = Text()
    for segment in Console(width=width, file=StringIO()).render(Markdown(part)):
        found.append(segment.text, "bold" if segment.style and segment.style.bold else "")
    return found


def _table(part: str) -> str:
    console = Console(width=WIDEST, file=StringIO())
    with console.capture() as capture:
        console.print(Markdown(part))
    lines = [line.rstrip() for line in capture.get().splitlines()]
    return "\n".join(line for line in lines if line) + "\n"
