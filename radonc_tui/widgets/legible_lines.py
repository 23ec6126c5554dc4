"""The last look at a line before the terminal gets it: nothing in it is obeyed.

Text of files and models is made legible where it comes in. Should some have got past that, or be
pasted or typed, this shows it as signs on every screen alike, and no line gets longer by it.
"""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from store.legible import OBEYED, legible


class LegibleLines(LineFilter):
    """A sign for each character that a terminal would obey; see ``store.legible``."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The line of the same width; what a sign takes up goes at the end."""
        if not any(OBEYED.search(segment.text) for segment in segments if not segment.control):
            return segments
        width = sum(segment.cell_length for segment in segments)
        shown = [
            segment if segment.control else Segment(legible(segment.text), segment.style)
            for segment in segments
        ]
        return list(Strip(shown).crop(0, width))
