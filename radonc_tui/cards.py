"""The card of a data set in words, as the command line and the screens say it.

Of what the card holds (``store.dataset_card``) this says what a person decides by; the rest is in
its JSON. A card of an older version may lack a part, and then nothing is said of it.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from textwrap import fill
from typing import Any

from rich.text import Text

from radonc_tui.actions.run_cases import RunCases
from store.dataset_card import UNKNOWN
from store.import_rules import rules_line
from store.splits import PARTS

MOST = 2
"""Reasons, strata and codes that are named in a line."""


def card_words(card: Mapping[str, Any]) -> str:
    """A data set's card in a few lines: cases and patients by part, and what is left out."""
    lines = [
        f"{part:<12}{card['parts'][part]:>9,} cases {card['patients'][part]:>9,} patients"
        for part in PARTS
    ]
    said = f"{card['cases']:,} cases"
    if card["synthetic"]:
        said += " (synthetic)" if card["synthetic"] == card["cases"] else " (some synthetic)"
    said += f", {_many(len(card['icd10']), 'code')}, {_many(len(card['site']), 'site')}"
    if card["excluded"]:
        said += f"; {card['excluded']:,} excluded by hand are left out"
    return "\n".join((*lines, said, *card_notes(card)))


def card_notes(card: Mapping[str, Any]) -> list[str]:
    """What is rare, what is missing on a side, and whom the funnel removed, a line each."""
    notes: list[str] = []
    rare = card.get("rare_codes", {})
    if rare.get("codes"):
        below = f"{_many(rare['codes'], 'code')} with fewer than {rare['below']} training cases"
        notes.append(f"rare: {below} ({rare['cases']:,} in all)")
    if rare.get("test_cases_without"):
        many = _many(rare["test_cases_without"], "test case")
        notes.append(f"{many} with a code that training lacks: {_named(rare['only_in_test'])}")
    strata = card.get("strata", {})
    notes += [
        f"modality and site not in {part}: {_named(strata[f'without_{part}'])}"
        for part in ("train", "test")
        if strata.get(f"without_{part}")
    ]
    if left_out := card.get("left_out"):
        said = [f"{n:,} {key}" for key, n in left_out.items()]
        notes.append(f"left out by the rules of selection: {_named(said)}")
    funnel = card.get("funnel", {})
    for name, values in funnel.get("import_rules", {}).items():
        notes.append(f"{name} went by rules other than the default: {rules_line(values)}")
    if funnel.get("rejects"):
        reasons = [f"{n:,} {key}" for key, n in card["removed"]["by_reason"].items()]
        notes.append(
            f"of {funnel['read']:,} read {funnel['rejects']:,} rejected: {_named(reasons)}"
        )
    return notes


def card_tables(card: Mapping[str, Any]) -> list[tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
    """Tables of a card as (columns, rows): counts by value, then whom the funnel removed."""
    tables: list[tuple[tuple[str, ...], list[tuple[Any, ...]]]] = []
    for name in ("modality", "intent", "site", "year", "source", "attending"):
        if counts := card.get(name):
            tables.append(((name, "cases"), list(counts.items())))
    removed = card.get("removed", {})
    if card.get("funnel", {}).get("rejects"):
        tables.append((("rejected for", "records"), list(removed["by_reason"].items())))
        for group in ("age", "sex", "site"):
            rows = [(value, n["cases"], n["rejects"]) for value, n in removed[group].items()]
            if any(value != UNKNOWN and rejected for value, _, rejected in rows):
                tables.append(((group, "cases", "rejected"), rows))
    return tables


def seen_line(found: RunCases) -> str:
    """How many cases a run saw of which data set."""
    return (
        f"{found.run} learned from {found.count('train'):,} cases and was chosen by "
        f"{found.count('validation'):,} of {found.dataset} (SHA-256 {found.sha256[:12]}); "
        f"{_many(found.held_out, 'test case')} held out."
    )


def seen_text(found: RunCases, width: int = 80) -> Text:
    """The cases of a run by id, of training and then of validation, in lines of ``width`` cells."""
    fold = partial(fill, width=width, break_long_words=False, break_on_hyphens=False)
    text = Text(f"{fold(seen_line(found))}\n")
    for part in PARTS:
        ids = [case.case_id for case in found.cases if case.part == part]
        if ids:
            text.append(f"\n{part}\n", "bold").append(fold("  ".join(ids)) + "\n")
    return text


def _named(values: Sequence[str]) -> str:
    more = len(values) - MOST
    return ", ".join(values[:MOST]) + (f" and {more:,} more" if more > 0 else "")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
