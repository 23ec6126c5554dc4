"""The report's pictures, as SVG text that stands inside the page.

Numbers in, pictures out: nothing here reads an evaluation. matplotlib draws; text stays text, so
that it can be read aloud and searched, and the same numbers give the same bytes. Each picture
carries its meaning as a sentence, since not everybody sees it.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any, cast

INK, SOFT, STRONG = "#222222", "#9aa5b1", "#1f5fa8"
_RC: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "radonc",
    "font.size": 9,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
}


@contextmanager
def _figure(width: float, height: float) -> Iterator[tuple[Any, Any, list[str]]]:
    """(figure, axes, place for the SVG); the picture is written when the block ends."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    made: list[str] = []
    with mpl.rc_context(cast(Any, _RC)):
        figure = Figure(figsize=(width, height))
        yield figure, figure.subplots(), made
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        made.append(out.getvalue())


def _spoken(svg: str, sentence: str) -> str:
    """The drawing without its XML head, with what it shows as a sentence for who cannot see it."""
    start = svg.index("<svg")
    head = f'<svg role="img" aria-label="{escape(sentence, quote=True)}" '
    body = svg[start + len("<svg") :]
    # the page decides how wide a picture is
    body = re.sub(r' (?:width|height)="[\d.]+pt"', "", body, count=2)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    return head + body.lstrip()


def intervals(
    rows: Sequence[tuple[str, float, float, float]], zero: bool = False, unit: str = "share right"
) -> str:
    """A line for each (label, value, low, high); ``zero`` draws the line of no difference."""
    with _figure(6.4, 0.6 + 0.28 * len(rows)) as (_, axes, made):
        for place, (_label, value, low, high) in enumerate(reversed(rows)):
            axes.plot([low, high], [place, place], color=STRONG, linewidth=1.6)
            axes.plot([value], [place], "o", color=INK, markersize=4)
        axes.set_yticks(range(len(rows)), [row[0] for row in reversed(rows)])
        axes.set_xlabel(f"{unit}, 95 % interval")
        if zero:
            axes.axvline(0, color=SOFT, linewidth=1)
        else:
            axes.set_xlim(-0.02, 1.02)
    said = "; ".join(f"{label} {v:.3f} ({low:.3f} to {high:.3f})" for label, v, low, high in rows)
    return _spoken(made[0], f"Intervals: {said}.")


def confusion(
    reference: Sequence[str], answered: Sequence[str], counts: Sequence[Sequence[int]]
) -> str:
    """The confusion matrix: reference down, answer across, counts in the cells."""
    size = 1.2 + 0.55 * max(len(reference), len(answered))
    with _figure(size + 0.8, size) as (_, axes, made):
        most = max((n for row in counts for n in row), default=0) or 1
        axes.imshow(counts, cmap="Blues", vmin=0, vmax=most * 1.4)
        for down, row in enumerate(counts):
            for across, n in enumerate(row):
                axes.text(across, down, str(n), ha="center", va="center", color=INK)
        axes.set_xticks(range(len(answered)), answered, rotation=30, ha="right")
        axes.set_yticks(range(len(reference)), reference)
        axes.set_xlabel("answer")
        axes.set_ylabel("reference")
    said = "; ".join(
        f"{true}: " + ", ".join(f"{n} {said}" for n, said in zip(row, answered, strict=True) if n)
        for true, row in zip(reference, counts, strict=True)
    )
    return _spoken(made[0], f"Confusion matrix. {said}.")


def reliability(bins: Sequence[tuple[float, float, int]]) -> str:
    """Mean score against share right of each bin (mean score, share right, cases)."""
    with _figure(3.4, 3.2) as (_, axes, made):
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle="--")
        xs, ys = [b[0] for b in bins], [b[1] for b in bins]
        axes.plot(xs, ys, "o-", color=STRONG, markersize=4)
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("mean score of the bin")
        axes.set_ylabel("share right")
    said = "; ".join(f"score {x:.2f}: {y:.2f} right of {n}" for x, y, n in bins)
    return _spoken(made[0], f"Reliability diagram: {said}.")


def risk_coverage(points: Sequence[tuple[float, float]]) -> str:
    """Share wrong against share answered."""
    with _figure(3.4, 3.2) as (_, axes, made):
        axes.plot([p[0] for p in points], [p[1] for p in points], color=STRONG)
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, max([0.05, *(p[1] for p in points)]) * 1.1)
        axes.set_xlabel("share answered, the surest first")
        axes.set_ylabel("share wrong of those")
    ends = f"{points[-1][1]:.3f} wrong where all are answered" if points else "no point"
    return _spoken(made[0], f"Risk against coverage: {ends}.")


def learning_curve(
    training: Sequence[tuple[int, float]], validation: Sequence[tuple[int, float]]
) -> str:
    """Loss by step, of training and of validation."""
    with _figure(6.4, 2.6) as (_, axes, made):
        if training:
            axes.plot(*zip(*training, strict=True), color=SOFT, linewidth=1, label="training")
        if validation:
            axes.plot(*zip(*validation, strict=True), "o-", color=STRONG, label="validation")
        axes.set_xlabel("step")
        axes.set_ylabel("loss (nats a pair)")
        axes.legend(frameon=False)
    last = f"last validation loss {validation[-1][1]:.3f}" if validation else "no validation loss"
    return _spoken(made[0], f"Learning curve: {last}.")


def by_size(lines: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Share right by training cases, a line for each name."""
    with _figure(6.4, 2.8) as (_, axes, made):
        for (name, points), marker in zip(lines.items(), "osD^v", strict=False):
            axes.plot(*zip(*points, strict=True), marker=marker, markersize=4, label=name)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("training cases")
        axes.set_ylabel("share right")
        axes.legend(frameon=False)
    said = "; ".join(
        f"{name}: " + ", ".join(f"{y:.3f} of {x} cases" for x, y in points)
        for name, points in lines.items()
    )
    return _spoken(made[0], f"Learning curve by training cases. {said}.")


def doses(points: Sequence[tuple[float, float]]) -> str:
    """Predicted against reference dose in Gy, highest level of the first phase."""
    with _figure(3.6, 3.4) as (_, axes, made):
        most = max((max(point) for point in points), default=1.0) * 1.05
        axes.plot([0, most], [0, most], color=SOFT, linewidth=1, linestyle="--")
        axes.plot(
            [p[0] for p in points], [p[1] for p in points], "o", color=STRONG, alpha=0.45,
            markersize=4,
        )  # fmt: skip
        axes.set_xlim(0, most)
        axes.set_ylim(0, most)
        axes.set_xlabel("reference (Gy)")
        axes.set_ylabel("predicted (Gy)")
    equal = sum(abs(a - b) < 0.01 for a, b in points)
    return _spoken(made[0], f"Dose: {equal} of {len(points)} predicted doses are the reference's.")


def funnel(steps: Sequence[tuple[str, int]]) -> str:
    """How many records are left after each step of curation."""
    with _figure(6.4, 0.5 + 0.3 * len(steps)) as (_, axes, made):
        names, counts = [s[0] for s in reversed(steps)], [s[1] for s in reversed(steps)]
        axes.barh(range(len(steps)), counts, color=STRONG, height=0.6)
        axes.set_yticks(range(len(steps)), names)
        for place, n in enumerate(counts):
            axes.text(n, place, f" {n:,}", va="center", color=INK)
        axes.set_xlim(0, max([1, *counts]) * 1.15)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
    said = ", ".join(f"{name} {n}" for name, n in steps)
    return _spoken(made[0], f"Curation funnel: {said}.")
