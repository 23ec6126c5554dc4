"""``radonc cases rules list|set``: what the funnel turns away, and what a data set leaves out."""

import click
from rich.console import Console

from radonc_tui.actions import curating as actions
from radonc_tui.actions.cases import show_funnel
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, plain, session_home, table
from store.reasons import REASONS


@click.group()
def rules() -> None:
    """The rules of curation: those of an import are fixed, those of a data set can be set."""


@rules.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List every rule with its value and how many records or cases it leaves out."""
    home = session_home(context)
    chosen = drive(actions.list_rules(home))
    rejected = drive(show_funnel(home))["by_reason"]
    fixed = [
        {"key": key, "step": reason.step, "sentence": reason.text, "left_out": rejected.get(key, 0)}
        for key, reason in REASONS.items()
    ]

    def human(console: Console) -> None:
        console.print("Of an import, fixed: a record is rejected where")
        rows = [(rule["key"], rule["left_out"], rule["sentence"]) for rule in fixed]
        console.print(table(("rule", "records", "says"), rows))
        console.print("\nOf a data set, to be set by `radonc cases rules set RULE VALUE`:")
        said = [(r.key, r.value, r.left_out, r.sentence) for r in chosen]
        console.print(table(("rule", "value", "left out", "says"), said))

    emit({"import": fixed, "data set": plain(chosen)}, as_json, human)


@rules.command("set")
@click.argument("rule")
@click.argument("value")
@json_option
@click.pass_context
def set_(context: click.Context, rule: str, value: str, as_json: bool) -> None:
    """Give RULE a VALUE (on, off, a number, or default) for the data sets frozen from now on."""
    now = drive(actions.set_rule(session_home(context), rule, value))
    emit({"key": rule, "value": now}, as_json, lambda console: console.print(f"{rule} is {now}."))
