"""A report as parts, before it has a form: headings, sentences, tables, pictures.

So that what is said stands in one place, and how it looks in another (``page.html.j2``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Words:
    """One paragraph; ``strong`` where nobody may miss it."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under headings; the first column is text, the others are numbers, in ``prose`` text."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    prose: bool = False


@dataclass(frozen=True)
class Picture:
    """A drawing, made only where a page wants it: ``draw()`` is SVG text.

    ``points`` are what a terminal draws in its place, over axes of these names; none where only
    a page can show it.
    """

    draw: Callable[[], str]
    caption: str
    points: Sequence[tuple[float, float]] = ()
    axes: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Source:
    """Text that is to be copied letter by letter, such as a capsule."""

    text: str


Part: TypeAlias = Words | Table | Picture | Source


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    parts: list[Part] = field(default_factory=list[Part])

    def say(self, text: str, strong: bool = False) -> None:
        """Add a paragraph; "" adds none."""
        if text:
            self.parts.append(Words(text, strong))

    def table(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        caption: str = "",
        prose: bool = False,
    ) -> None:
        """Add a table; one without rows is not added."""
        if rows:
            self.parts.append(Table(headings, rows, caption, prose))
