"""Curves and bars, drawn by plotext; imported only by the screens that draw.

What is shown is also said in words or numbers: a series has its name and its own marker, a bar
its count, so that no colour is needed to read them.
"""

from collections.abc import Mapping, Sequence

from textual_plotext import PlotextPlot

MARKERS = ("braille", "x", "dot", "+")


class Curves(PlotextPlot):
    """Named series over a common x axis."""

    def show(
        self,
        series: Mapping[str, Sequence[tuple[float, float]]],
        *,
        title: str = "",
        xlabel: str = "",
        ylabel: str = "",
        legend: bool = True,
    ) -> None:
        """Draw the series that have points; the name of each stands in the legend.

        Without ``legend``, which may hide a curve in a small plot, the title has to name them.
        """
        plt = self.plt
        plt.clear_data()
        for (name, points), marker in zip(series.items(), MARKERS, strict=False):
            if points:
                xs, ys = zip(*points, strict=True)
                shown = name if legend else None
                plt.plot(list(xs), list(ys), label=shown, marker=marker)
        plt.title(title)
        plt.xlabel(xlabel)
        plt.ylabel(ylabel)
        self.refresh()


class Bars(PlotextPlot):
    """Horizontal bars with their values written beside their names."""

    def show(self, bars: Sequence[tuple[str, float]], *, title: str = "") -> None:
        """Draw the bars, the first one on top."""
        plt = self.plt
        plt.clear_data()
        if bars:
            names = [f"{name} {value:g}" for name, value in reversed(bars)]
            values = [value for _, value in reversed(bars)]
            # a colour of its own: plotext would take the next one at each redraw
            plt.bar(names, values, orientation="horizontal", width=0.6, color="blue")
        plt.title(title)
        plt.xfrequency(0)
        self.refresh()
