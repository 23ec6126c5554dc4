"""Sections of the report as a terminal shows them: the same words and rows as the page.

Draws nothing of its own: what is said is ``exports.report``'s.
"""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from exports.report.document import Part, Picture, Section, Table, Words

WIDTH, HEIGHT = 56, 14
"""Columns and lines of a drawing, so that it fits a terminal of 80 columns."""


def drawn_sections(sections: Iterable[Section]) -> Group:
    """The sections under each other; one without parts is left out."""
    parts: list[RenderableType] = []
    for section in sections:
        if section.parts:
            parts.append(Text(section.title, "bold"))
            parts += [shown for part in section.parts if (shown := _drawn(part)) is not None]
            parts.append(Text())
    return Group(*(parts or [Text("This evaluation was made before these numbers were.")]))


def _drawn(part: Part) -> RenderableType | None:
    match part:
        case Words():
            return Text(part.text, "bold" if part.strong else "")
        case Table():
            return _grid(part)
        case Picture() if part.points:
            return Group(_plot(part.points, part.axes), Text(part.caption, "italic"))
        case _:
            return None


def _grid(table: Table) -> RenderableType:
    grid = Grid(box=None, pad_edge=False, show_edge=False, padding=(0, 1))
    for place, heading in enumerate(table.headings):
        grid.add_column(Text(heading), justify="left" if place == 0 else "right")
    for row in table.rows:
        grid.add_row(*(Text(cell) for cell in row))
    return Group(Text(table.caption, "italic"), grid) if table.caption else grid


def _plot(points: Sequence[tuple[float, float]], axes: tuple[str, str]) -> Text:
    """The points over two axes, in characters and without colour."""
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(WIDTH, HEIGHT)
    plotext.plot([x for x, _ in points], [y for _, y in points], marker="braille")
    plotext.xlabel(axes[0])
    plotext.ylabel(axes[1])
    return Text.from_ansi(plotext.build())
