"""``radonc cases rules list|set``: what the funnel turns away, and what a data set leaves out."""

from collections.abc import Sequence

import click
from rich.console import Console

from radonc_tui.actions import curating as actions
from radonc_tui.actions.cases import show_funnel
from radonc_tui.actions.curating import RuleNow
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, plain, session_home, table
from store.reasons import REASONS


@click.group()
def rules() -> None:
    """The rules of curation: those of an import, of which some can be set, and of a data set."""


@rules.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List every rule with its value and how many records or cases it leaves out."""
    home = session_home(context)
    found = drive(actions.list_rules(home))
    of_import, of_set = ([rule for rule in found if rule.of == one] for one in actions.KINDS)
    rejected = drive(show_funnel(home))["by_reason"]
    reasons = [
        {"key": key, "step": reason.step, "sentence": reason.text, "left_out": rejected.get(key, 0)}
        for key, reason in REASONS.items()
    ]

    def human(console: Console) -> None:
        console.print("Of an import: a record is rejected where")
        rows = [(rule["key"], rule["left_out"], rule["sentence"]) for rule in reasons]
        console.print(table(("reason", "records", "says"), rows))
        console.print("\nOf these can be set, by `radonc cases rules set RULE VALUE`:")
        _print_rules(console, of_import, "rejected")
        console.print("\nOf a data set, set in the same way:")
        _print_rules(console, of_set, "left out")

    told = {"import": reasons, "import rules": plain(of_import), "data set": plain(of_set)}
    emit(told, as_json, human)


def _print_rules(console: Console, rules: Sequence[RuleNow], count: str) -> None:
    said = [(rule.key, rule.value, rule.left_out, rule.sentence) for rule in rules]
    console.print(table(("rule", "value", count, "says"), said))


@rules.command("set")
@click.argument("rule")
@click.argument("value")
@json_option
@click.pass_context
def set_(context: click.Context, rule: str, value: str, as_json: bool) -> None:
    """Give RULE a VALUE (on, off, a word, a number, or default) from now on."""
    now = drive(actions.set_rule(session_home(context), rule, value))
    said = f"{rule} is {now.value}, for the {now.of}s from now on."
    emit({"key": rule, "value": now.value}, as_json, lambda console: console.print(said))
