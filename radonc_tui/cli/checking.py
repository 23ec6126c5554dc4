"""``radonc cases check|accept``: what leaks or does not fit, and what is right as it is."""

import click
from rich.console import Console

from radonc_tui.actions import curating as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, plain, session_home, table
from store.errors import BadUsage
from store.inconsistencies import RULES
from store.inconsistency_list import KEYS, Checked


@click.command()
@click.option("--rule", default="", metavar="RULE", help=f"Only one of: {', '.join(KEYS)}.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1))
@json_option
@click.pass_context
def check(context: click.Context, rule: str, limit: int, as_json: bool) -> None:
    """List included cases that leak their answers or contradict themselves."""
    if rule and rule not in KEYS:
        raise BadUsage(f"There is no rule {rule!r}.", f"Rules: {', '.join(KEYS)}.")
    found = drive(actions.check_cases(session_home(context)))
    chosen = [finding for finding in found.findings if rule in ("", finding.key)]

    def human(console: Console) -> None:
        if chosen:
            rows = [(f.case_id, f.key, f.detail) for f in chosen[:limit]]
            console.print(table(("case", "rule", "what was found"), rows))
        if len(chosen) > limit:
            console.print(f"and {len(chosen) - limit:,} more; --limit or --json shows them")
        for key in dict.fromkeys(finding.key for finding in chosen):
            console.print(f"{key}: {KEYS[key]} {reason(key)}".strip(), highlight=False)
        console.print(checked_line(found), highlight=False)

    emit({**plain(found), "findings": plain(chosen), "counts": found.counts}, as_json, human)


@click.command()
@click.argument("case_id", metavar="CASE")
@click.option("--rule", required=True, type=click.Choice(list(RULES)), help="What was found.")
@click.option("--reason", required=True, help="Why it is right as it is.")
@json_option
@click.pass_context
def accept(context: click.Context, case_id: str, rule: str, reason: str, as_json: bool) -> None:
    """Say that what `cases check` found of CASE is right, so that it is not listed again."""
    home = session_home(context)
    found = drive(actions.check_cases(home)).findings
    chosen = [finding for finding in found if (finding.case_id, finding.key) == (case_id, rule)]
    if not chosen:
        raise BadUsage(f"{rule} finds nothing in {case_id}.", "`radonc cases check` lists all.")
    done = [drive(actions.accept_finding(home, finding, reason)) for finding in chosen]
    emit(done, as_json, lambda console: console.print(f"{case_id}: {rule} is accepted."))


def reason(key: str) -> str:
    """Why a rule holds; "" for the rules of leakage, whose sentence says it."""
    return RULES[key].reason if key in RULES else ""


def checked_line(found: Checked) -> str:
    """How much was found, in a sentence."""
    said = ", ".join(f"{count:,} {key}" for key, count in found.counts.items())
    accepted = f"; {found.accepted:,} accepted before" if found.accepted else ""
    return f"{found.cases:,} cases: {said or 'nothing to look at'}{accepted}."
