"""The rules by which an import takes records and a data set cases, changed from the palette.

Functions over the area: a list to choose from, then a value; what is done is said in the notice.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from radonc_tui.actions.curating import IMPORT, RuleNow, RuleSet, list_rules, set_rule
from radonc_tui.performing import perform
from radonc_tui.widgets.dialogs import AskText, Choose

if TYPE_CHECKING:
    from radonc_tui.screens.cases.area import CasesArea


def ask_rule(area: "CasesArea") -> None:
    """Show the rules with their values and what each leaves out; the chosen one is changed."""
    make = partial(list_rules, area.radonc.home)
    perform(area, make, partial(_offer, area), failed=area.fail, group="rules")


def _offer(area: "CasesArea", rules: Sequence[RuleNow]) -> None:
    by_key = {rule.key: rule for rule in rules}

    def chosen(key: str | None) -> None:
        if key:
            _ask_value(area, by_key[key])

    options = [(rule.key, rule_line(rule)) for rule in rules]
    question = "What an import and a data set take; choose to change:"
    area.app.push_screen(Choose(question, options), chosen)


def rule_line(rule: RuleNow) -> str:
    """A rule in one line: its value, its sentence, and how many it leaves out."""
    verb = "rejected" if rule.of == IMPORT else "left out"
    left_out = f" ({rule.left_out:,} {verb})" if rule.left_out else ""
    return f"{rule.of:>8} {rule.value:>6}  {rule.sentence}{left_out}"


def _ask_value(area: "CasesArea", rule: RuleNow) -> None:
    def told(value: str | None) -> None:
        if value:
            make = partial(set_rule, area.radonc.home, rule.key, value)
            perform(area, make, said, failed=area.fail)

    def said(now: RuleSet) -> None:
        area.say(f"{now.key} is {now.value}, for the {now.of}s from now on.")

    if len(rule.choices) == 2:
        told(next(choice for choice in rule.choices if choice != rule.value))
    else:
        area.app.push_screen(AskText(rule.sentence, rule.value), told)
