"""Curating: what leaks, what does not fit together, and which cases a run saw.

The looking takes as long as there are cases, so the store is let go of before it begins.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.stored import opened
from store import audit, case_table, datasets, import_rules, inconsistency_list, selection
from store.clinical.icd10 import load_codes
from store.errors import BadUsage
from store.home import Home
from store.inconsistencies import Finding
from store.inconsistency_list import Checked
from store.keys import home_secret
from store.leakage import Leakage, find_leakage, refuse
from store.splits import PARTS, SplitRules

T = TypeVar("T")
Frozen = tuple[Sequence[Mapping[str, Any]], Mapping[str, str]]


def find_leaks(home: Home, dataset_id: str, rules: SplitRules) -> Action[Leakage]:
    """What leaks in a data set; without an id, in the one that ``rules`` would make now.

    Raises:
        BadUsage: there is no such data set.
    """
    if dataset_id:
        cases, parts = _frozen(home, dataset_id)
    else:
        with opened(home) as connection:
            drafted = datasets.draft(connection, rules, home_secret(home))
        cases, parts = drafted.cases, drafted.parts
    return (yield from counted("leakage", find_leakage(cases, parts)))


def pass_leakage_gate(home: Home, dataset_id: str) -> Action[None]:
    """The gate before training.

    Raises:
        Refused: a case of the data set leaks; the sentence counts by rule.
    """
    found = yield from find_leaks(home, dataset_id, SplitRules())
    way_out = f"`radonc data leakage {dataset_id}` lists them: edit or exclude each, freeze again."
    refuse(found, dataset_id, way_out)


def check_cases(home: Home) -> Action[Checked]:
    """What leaks, and what does not go together, in each included case: a list to work through."""
    with opened(home) as connection:
        cases = inconsistency_list.cases_to_check(connection)
        accepted = inconsistency_list.accepted_findings(connection)
    codes = load_codes(home)

    def describe(code: str) -> str:
        return codes.cm.get(code) or codes.who.get(code, "")

    checking = inconsistency_list.check_cases(cases, accepted, describe)
    return (yield from counted("check", checking, "cases"))


def accept_finding(home: Home, finding: Finding, reason: str) -> Action[Finding]:
    """Say that what was found is right as it is, for a reason; it is not listed again.

    Raises:
        BadUsage: a leak, which is edited or excluded instead, or no reason.
    """
    yield from ()
    with opened(home) as connection:
        inconsistency_list.accept(connection, finding, reason, audit.login())
    return finding


IMPORT, DATA_SET = "import", "data set"
KINDS = (IMPORT, DATA_SET)
"""What rules are of: the records of an import, or the cases of a data set."""


@dataclass(frozen=True)
class RuleNow:
    """One rule that can be set: its value in words, and how many records or cases it leaves out.

    ``choices`` are the words that it can be; without any it is a number.
    """

    key: str
    sentence: str
    value: str
    is_default: bool
    left_out: int
    of: str = DATA_SET
    choices: tuple[str, ...] = ()


def list_rules(home: Home) -> Action[list[RuleNow]]:
    """The rules that can be set, as they are now: those of an import, then those of a data set."""
    yield from ()
    with opened(home) as connection:
        rejected = case_table.reject_counts(connection)
        rules = import_rules.current(connection)
        values = selection.current(connection)
        left_out = selection.left_out(connection)
    of_import = [
        RuleNow(
            *(key, rule.sentence, rule.words(getattr(rules, key)), key not in rules.changed),
            *(rejected.get(rule.reason, 0), IMPORT, rule.choices),
        )
        for key, rule in import_rules.RULES.items()
    ]
    of_set = [
        RuleNow(
            *(key, rule.sentence, rule.words(values[key]), values[key] == rule.default),
            *(left_out.get(key, 0), DATA_SET, tuple(selection.WORDS) if rule.switch else ()),
        )
        for key, rule in selection.RULES.items()
    ]
    return of_import + of_set


@dataclass(frozen=True)
class RuleSet:
    """A rule that was set: its value in words, and what it is of."""

    key: str
    value: str
    of: str


def set_rule(home: Home, key: str, value: str) -> Action[RuleSet]:
    """Give a rule another value, for the imports, or the data sets frozen, from now on.

    Raises:
        BadUsage: no such rule, or no value of it.
    """
    yield from ()
    with opened(home) as connection:
        if key in import_rules.RULES:
            return RuleSet(key, import_rules.set_rule(connection, key, value), IMPORT)
        if key not in selection.RULES:
            known = ", ".join((*import_rules.RULES, *selection.RULES))
            raise BadUsage(f"There is no rule {key!r}.", f"Rules: {known}.")
        now = selection.set_rule(connection, key, value)
    return RuleSet(key, selection.RULES[key].words(now), DATA_SET)


def counted(
    stage: str, work: Generator[tuple[int, int], None, T], unit: str = "texts"
) -> Action[T]:
    """Work that counts what it has done, as an action of one stage."""
    while True:
        try:
            done, total = next(work)
        except StopIteration as end:
            return end.value
        yield Progress(stage, done, total, unit)


def _frozen(home: Home, dataset_id: str) -> Frozen:
    with opened(home) as connection:
        whole = str(datasets.show_dataset(connection, dataset_id)["dataset_id"])
        by_part = {part: datasets.dataset_part(connection, whole, part) for part in PARTS}
    parts = {str(case["case_id"]): part for part, cases in by_part.items() for case in cases}
    return [case for cases in by_part.values() for case in cases], parts
