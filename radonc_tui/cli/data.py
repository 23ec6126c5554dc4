"""``radonc data``: freeze, list, show, split, leakage."""

from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import curating, data as actions
from radonc_tui.cards import card_tables, card_words
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, plain, session_home, table
from store.errors import Refused
from store.leakage import Leakage
from store.splits import WAYS, SplitRules

MOST_LISTED = 50
"""Leaks that are listed for a person; all are in the JSON."""


@click.group()
def data() -> None:
    """Frozen data sets: which cases, in which part, by which rules."""


def _rules(function: Any) -> Any:
    """The options that say how cases are divided."""
    for option in reversed(
        (
            click.option("--source", default="", help="Only cases of this source."),
            click.option("--by", default="patient", show_default=True, type=click.Choice(WAYS)),
            click.option("--seed", default=0, show_default=True, help="Moves train/validation."),
            click.option("--test", default=0.2, show_default=True, help="Share of patients."),
            click.option("--validation", default=0.1, show_default=True, help="Share of patients."),
        )
    ):
        function = option(function)
    return function


@data.command()
@_rules
@json_option
@click.pass_context
def freeze(
    context: click.Context,
    source: str,
    by: str,
    seed: int,
    test: float,
    validation: float,
    as_json: bool,
) -> None:
    """Freeze the present cases into a data set that never changes."""
    made = drive(
        actions.freeze(session_home(context), SplitRules(by, seed, test, validation, source))
    )

    def human(console: Console) -> None:
        console.print(f"{made['dataset_id']}, SHA-256 {made['sha256'][:12]}")
        _print_card(console, made["card"])
        console.print("Next: radonc train")

    emit(made, as_json, human)


@data.command()
@_rules
@json_option
@click.pass_context
def split(
    context: click.Context,
    source: str,
    by: str,
    seed: int,
    test: float,
    validation: float,
    as_json: bool,
) -> None:
    """Show how the present cases would be divided, without freezing them."""
    rules = SplitRules(by, seed, test, validation, source)
    card = drive(actions.preview_split(session_home(context), rules))
    emit(card, as_json, lambda console: _print_card(console, card))


@data.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List data sets."""
    found = drive(actions.list_datasets(session_home(context)))

    def human(console: Console) -> None:
        rows = [
            (d["dataset_id"], *d["card"]["parts"].values(), d["rules"]["by"], origin(d["card"]))
            for d in found
        ]
        console.print(table(("data set", "train", "validation", "test", "by", "cases"), rows))

    emit(found, as_json, human)


@data.command()
@click.argument("dataset", default="latest")
@json_option
@click.pass_context
def show(context: click.Context, dataset: str, as_json: bool) -> None:
    """Show a data set's rules, its card, and how often its test metrics were read."""
    found = drive(actions.show_dataset(session_home(context), dataset))

    def human(console: Console) -> None:
        version = found["card"].get("version")
        said = f", version {version}" if version else ""
        console.print(f"{found['dataset_id']}{said}, SHA-256 {found['sha256'][:12]}")
        rules = found["rules"]
        console.print(
            f"split by {rules['by']}: test {rules['test']}, validation {rules['validation']}, "
            f"seed {rules['seed']}",
            highlight=False,
        )
        _print_card(console, found["card"], whole=True)
        console.print(f"test metrics read {found['test_reads']} times")

    emit(found, as_json, human)


@data.command()
@click.argument("dataset", default="")
@_rules
@json_option
@click.pass_context
def leakage(
    context: click.Context,
    dataset: str,
    source: str,
    by: str,
    seed: int,
    test: float,
    validation: float,
    as_json: bool,
) -> int:
    """Look for leakage in DATASET, or in what would be frozen now; exit code 3 where there is."""
    rules = SplitRules(by, seed, test, validation, source)
    found = drive(curating.find_leaks(session_home(context), dataset, rules))

    def human(console: Console) -> None:
        rows = [(leak.key, leak.case_id, leak.detail) for leak in found.leaks[:MOST_LISTED]]
        if rows:
            console.print(table(("rule", "case", "what was found"), rows))
        more = len(found.leaks) - len(rows)
        console.print(f"and {more:,} more; --json has all" if more else "", end="\n" * bool(more))
        console.print(leakage_line(found), highlight=False)

    emit({**plain(found), "counts": found.counts}, as_json, human)
    return Refused.exit_code if found.leaks else 0


def leakage_line(found: Leakage) -> str:
    """What was found, in a sentence."""
    said = ", ".join(f"{count:,} {key}" for key, count in found.counts.items())
    same = f"{found.same_texts:,} test cases have the very text of a training case (reported only)"
    return f"{found.cases:,} cases: {said or 'nothing leaks'}; {same}."


def origin(card: dict[str, Any]) -> str:
    """The number of cases, and loudly whether they were made up."""
    return f"{card['cases']} synthetic" if card["synthetic"] else str(card["cases"])


def _print_card(console: Console, card: dict[str, Any], whole: bool = False) -> None:
    """The card; ``whole`` with its counts by value and whom the funnel removed."""
    console.print(card_words(card), highlight=False, soft_wrap=True)
    for columns, rows in card_tables(card) if whole else ():
        console.print(table(columns, rows))
