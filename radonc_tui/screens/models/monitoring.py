"""A model at work: how far new cases are from its training, and how often it is right by year.

It draws what a look found; nothing is counted here.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from exports.report.words import NONE, counted, interval, number, task_name
from radonc_tui.actions.monitor import list_monitors
from radonc_tui.performing import perform
from radonc_tui.screens.page import Page
from radonc_tui.widgets.dialogs import Choose
from radonc_tui.widgets.plots import MARKERS, Curves

INPUTS = (("site", "sites"), ("code", "codes"), ("modality", "modality"))
SIGNS = ("⠒", *MARKERS[1:2], "•", *MARKERS[3:])
"""The markers of the series as a title can show them."""
NOTHING = "Nobody has looked yet: m on a bundle looks."
MEANING = "Distance from training: 0 the same mix, 1 nothing in common; by chance: of sites."


class MonitorScreen(Page[None]):
    """One look, the newest first; earlier ones are a key away."""

    HELP: ClassVar[str | None] = (
        "**Monitoring.** The model was asked about the cases that arrived after its sign-off. "
        "Left, how far the mix of sites, codes and modalities is from that of its training, by "
        "year of treatment; right, how often it was right. Below, the same in numbers with "
        "intervals, and the regimens it answers that nobody prescribed in two years. `l` shows an "
        "earlier look."
    )
    DEFAULT_CSS = """
    MonitorScreen {
        & > #heading { height: auto; background: $panel; padding: 0 1; text-style: bold; }
        & > #plots { height: 2fr; max-height: 16; }
        & > #plots > Curves { width: 1fr; }
        & > #scroll { height: 3fr; padding: 0 1; }
        & #numbers { height: auto; }
    }
    MonitorScreen.-low > #plots, MonitorScreen.-empty > #plots { display: none; }
    """
    AUTO_FOCUS = "#scroll"
    BINDINGS = [
        Binding("l", "look", "Other looks", id="monitoring.look", tooltip="Earlier ones."),
        Binding("escape", "back", "Back", id="monitoring.back"),
    ]

    def __init__(self, look: str = "") -> None:
        """``look`` is the id of the one to be shown; "" is the newest."""
        super().__init__()
        self.wanted = look
        self.looks: list[dict[str, Any]] = []

    def compose(self) -> ComposeResult:
        yield Static("Monitoring …", id="heading", markup=False)
        with Horizontal(id="plots"):
            yield Curves(id="inputs")
            yield Curves(id="accuracy")
        with VerticalScroll(id="scroll"):
            yield Static(id="numbers")
        yield from self.compose_foot()

    def on_mount(self) -> None:
        make = partial(list_monitors, self.radonc.home)
        perform(self, make, self._listed, failed=self.fail, group="looks")

    def _listed(self, looks: list[dict[str, Any]]) -> None:
        self.looks = looks[::-1]
        self._show()
        self.refresh_bindings()

    def _show(self) -> None:
        found = next((look for look in self.looks if look["id"] == self.wanted), None)
        found = found or next(iter(self.looks), None)
        self.set_class(not (found and found["cases"]), "-empty")
        heading = look_line(found) if found else NOTHING
        self.query_one("#heading", Static).update(heading)
        self.query_one("#numbers", Static).update(numbers(found) if found else "")
        if found and found["cases"]:
            # a plot that has no size yet is drawn when it has one
            self.call_after_refresh(self._draw, found)

    def _draw(self, found: Mapping[str, Any]) -> None:
        inputs = {name: distances(found["inputs"], key) for key, name in INPUTS}
        right = {task_name(task): shares(years) for task, years in found["accuracy"].items()}
        for id, series, what in (
            ("inputs", inputs, "drift"),
            ("accuracy", right, "right"),
        ):
            # no longer than half of a narrow terminal, or plotext leaves it out
            named = zip(SIGNS, series, strict=False)
            title = f"{what}: {' '.join(f'{sign} {name}' for sign, name in named)}"
            curves = self.query_one(f"#{id}", Curves)
            curves.show(series, title=title, legend=False)
            years = sorted({year for points in series.values() for year, _ in points})
            curves.plt.ylim(0, 1)
            curves.plt.yticks([0, 0.5, 1])
            curves.plt.xticks(years, [f"{year:.0f}" for year in years])

    def action_look(self) -> None:
        """Choose one of the looks that were made."""

        def chosen(look: str | None) -> None:
            if look:
                self.wanted = look
                self._show()

        options = [(look["id"], look_line(look)) for look in self.looks]
        self.app.push_screen(Choose("Which look?", options), chosen)

    def action_back(self) -> None:
        """Back to the models."""
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "look" or bool(self.looks)


def _years(found: Mapping[str, Any]) -> list[str]:
    """The periods that are a year; not all together, nor the cases without one."""
    return [period for period in found if period.isdecimal()]


def distances(inputs: Mapping[str, Any], key: str) -> Sequence[tuple[float, float]]:
    """(year, distance from training) of one mix."""
    return [(float(year), inputs[year][key]["distance"]) for year in _years(inputs)]


def shares(accuracy: Mapping[str, Any]) -> Sequence[tuple[float, float]]:
    """(year, share of right answers) of one task."""
    return [(float(year), accuracy[year]["share"]) for year in _years(accuracy)]


def look_line(found: Mapping[str, Any]) -> str:
    """Which look, at which file, at how many cases."""
    synthetic = "  SYNTHETIC" if found["synthetic"] else ""
    return (
        f"{found['id']}: {found['model']['name']}:{found['quant']}, "
        f"{counted(found['cases'], 'case')} since {found['since']}, "
        f"{counted(found['known'], 'training case')}{synthetic}"
    )


def numbers(found: Mapping[str, Any]) -> Group | Text:
    """Inputs and accuracy by year in numbers, and regimens that are no longer prescribed."""
    if not found["cases"]:
        return Text("No new case has arrived, so there is nothing to compare.")
    inputs = _table("year", "cases", *(name for _, name in INPUTS), "by chance", "new words")
    for year, mix in found["inputs"].items():
        fresh = mix["vocabulary"]["new_words"]
        inputs.add_row(
            year,
            str(mix["n"]),
            *(number(mix[key]["distance"], 2) for key, _ in INPUTS),
            number(mix["site"]["chance"], 2),
            NONE if fresh is None else f"{fresh:.1%}",
        )
    accuracy = _table("right", "year", "count", "share", "95 % interval")
    for task, years in found["accuracy"].items():
        for year, one in years.items():
            count = f"{one['right']}/{one['n']}"
            ends = interval(one["ci95"])
            accuracy.add_row(task_name(task), year, count, number(one["share"]), ends)
    stale = Text("No longer prescribed, but answered", "bold")
    for row in found["stale"]:
        last = f"last in {row['last_year']}" if row["last_year"] else "never prescribed here"
        stale.append(f"\n  {row['regimen']}: {row['answered']}x, {last}", "not bold")
    if not found["stale"]:
        stale = Text("Every regimen that it answers was prescribed in the last two years.")
    return Group(inputs, Text(MEANING, "dim"), Text(), accuracy, Text(), stale)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table
