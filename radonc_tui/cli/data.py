"""``radonc data``: freeze, list, show, split."""

from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import data as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.splits import WAYS, SplitRules


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
    """Show a data set's rules, counts and test reads."""
    found = drive(actions.show_dataset(session_home(context), dataset))

    def human(console: Console) -> None:
        console.print(f"{found['dataset_id']}, SHA-256 {found['sha256'][:12]}")
        _print_card(console, found["card"])
        console.print(f"test metrics read {found['test_reads']} times")

    emit(found, as_json, human)


def origin(card: dict[str, Any]) -> str:
    """The number of cases, and loudly whether they were made up."""
    return f"{card['cases']} synthetic" if card["synthetic"] else str(card["cases"])


def _print_card(console: Console, card: dict[str, Any]) -> None:
    parts = [(part, count, card["patients"][part]) for part, count in card["parts"].items()]
    console.print(table(("part", "cases", "patients"), parts))
    console.print(table(("modality", "cases"), card["modality"].items()))
    console.print(f"{len(card['icd10'])} codes, {len(card['site'])} sites")
    if card["synthetic"]:
        console.print(f"{card['synthetic']} of the cases are synthetic.")
