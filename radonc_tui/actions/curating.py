"""Curating: what leaks, what does not fit together, and which cases a run saw.

The looking takes as long as there are cases, so the store is let go of before it begins.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from radonc_tui.actions.progress import Action, Progress
from radonc_tui.actions.stored import opened
from store import audit, datasets, inconsistency_list, selection
from store.clinical.icd10 import load_codes
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


@dataclass(frozen=True)
class RuleNow:
    """One rule of selection: its value in words, and how many included cases it leaves out."""

    key: str
    sentence: str
    value: str
    is_default: bool
    left_out: int


def list_rules(home: Home) -> Action[list[RuleNow]]:
    """The rules by which a data set takes included cases, as they are now."""
    yield from ()
    with opened(home) as connection:
        values = selection.current(connection)
        left_out = selection.left_out(connection)
    return [
        RuleNow(
            key,
            rule.sentence,
            rule.words(values[key]),
            values[key] == rule.default,
            left_out.get(key, 0),
        )
        for key, rule in selection.RULES.items()
    ]


def set_rule(home: Home, key: str, value: str) -> Action[str]:
    """Give a rule of selection another value, for the data sets frozen from now on.

    Returns:
        the value in words.

    Raises:
        BadUsage: no such rule, or no value of it.
    """
    yield from ()
    with opened(home) as connection:
        now = selection.set_rule(connection, key, value)
    return selection.RULES[key].words(now)


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
