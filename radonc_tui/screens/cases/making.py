"""What is made from the cases screen: the demo's cases, and data sets.

Both go on while the person looks elsewhere, so the app runs them.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

from radonc_tui.actions import cases, data
from radonc_tui.performing import perform
from radonc_tui.screens.welcome import CASES
from store.case_filter import CaseFilter
from store.splits import SplitRules

if TYPE_CHECKING:
    from radonc_tui.screens.cases.area import CasesArea

INCLUDED = CaseFilter("", (("status", "included"),))
SYNTHETIC = "synthetic"


def load_demo(area: "CasesArea") -> None:
    """Make the demo's cases and take them in; the same ones again change nothing."""

    def made(result: cases.ImportResult) -> None:
        taken = result.funnel["cases"] - result.funnel["duplicates"]
        there = " (they were there already)" if not taken else ""
        area.say(f"{taken:,} synthetic cases are new{there}. z freezes a data set.")

    request = cases.SynthRequest(CASES)
    area.say("Making the demo cases…")
    area.radonc.launch("demo cases", partial(cases.synth_cases, area.radonc.home, request), made)


def ask_freeze(area: "CasesArea") -> None:
    """Show how the included cases would be divided, and freeze them if that is right."""
    make = partial(cases.filter_values, area.radonc.home, "source", INCLUDED)
    perform(area, make, partial(_ask_rules, area), group="freeze")


def _ask_rules(area: "CasesArea", counted: list[tuple[str, int]]) -> None:
    from radonc_tui.screens.cases.freeze import FreezeDialog

    sources = [source for source, _ in counted]
    if not sources:
        area.say("! There is no included case to freeze. d loads the demo cases, i imports.", True)
        return
    mixed = SYNTHETIC in sources and len(sources) > 1
    real_first = sorted(sources, key=lambda source: source == SYNTHETIC)
    dialog = FreezeDialog(area.radonc.home, real_first, mixed)
    area.app.push_screen(dialog, partial(_freeze, area))


def _freeze(area: "CasesArea", rules: SplitRules | None) -> None:
    if rules is None:
        return

    def frozen(made: dict[str, Any]) -> None:
        parts = ", ".join(f"{count:,} {part}" for part, count in made["card"]["parts"].items())
        area.say(f"{made['dataset_id']} is frozen: {parts}. Next: 2 trains on it.")

    area.radonc.launch("freeze", partial(data.freeze, area.radonc.home, rules), frozen)
