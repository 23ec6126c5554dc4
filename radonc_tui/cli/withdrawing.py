"""``radonc cases find|forget``: the way to the chart and back, and a person's withdrawal.

A record number is asked for on the terminal, so that it stands in no history of commands.
"""

import sys

import click
from rich.console import Console

from radonc_tui.actions import withdrawing as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home
from store.errors import BadUsage
from store.forgetting import Forgotten, Traces

case_argument = click.argument("case_id", metavar="[CASE]", required=False, default="")
mrn_option = click.option("--mrn", is_flag=True, help="Ask for a record number on the terminal.")


@click.command()
@case_argument
@mrn_option
@json_option
@click.pass_context
def find(context: click.Context, case_id: str, mrn: bool, as_json: bool) -> None:
    """Show the record number of CASE, or with --mrn the cases of a record number; audited."""
    home = session_home(context)
    if _by_number(case_id, mrn):
        ids = drive(actions.look_up_cases(home, ask_number()))
        emit({"cases": ids}, as_json, lambda console: console.print("\n".join(ids) or "No case."))
        return
    number = drive(actions.look_up_chart(home, case_id))
    emit(
        {"case": case_id, "mrn": number},
        as_json,
        lambda console: console.print(number, markup=False, highlight=False),
    )


@click.command()
@case_argument
@mrn_option
@click.option("--reason", required=True, help="Why; kept in the audit log.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@json_option
@click.pass_context
def forget(
    context: click.Context, case_id: str, mrn: bool, reason: str, yes: bool, as_json: bool
) -> None:
    """Take everything of a patient out of the home, and name what was trained on them."""
    home = session_home(context)
    number = ask_number() if _by_number(case_id, mrn) else ""
    if not yes:
        _print_traces(drive(actions.trace_person(home, case_id, number)))
        click.confirm("This cannot be undone. Forget this patient?", abort=True, err=True)
    gone = drive(actions.forget_person(home, case_id, number, reason))
    emit(gone, as_json, lambda console: _print_gone(console, gone))


def _by_number(case_id: str, mrn: bool) -> bool:
    if bool(case_id) == mrn:
        raise BadUsage("It is one case, or one record number.", "Give CASE or --mrn.")
    return mrn


def ask_number() -> str:
    """The record number as it is typed, or the first line of standard input."""
    if sys.stdin.isatty():
        number = str(click.prompt("Record number", hide_input=True, err=True))
    else:
        number = sys.stdin.readline()
    if not number.strip():
        raise BadUsage("There is no record number.", "Type it, or pipe it in.")
    return number


def _print_traces(found: Traces) -> None:
    """What would go and what was made with it, on stderr, before anybody says yes."""
    click.echo(
        f"{len(found.cases)} cases and {found.rejects} rejects of this person are in the home, and"
        f" they are in {len(found.datasets)} data sets.",
        err=True,
    )
    for line in actions.made_with(found):
        click.echo(line, err=True)


def _print_gone(console: Console, gone: Forgotten) -> None:
    console.print(
        f"{len(gone.cases)} cases and {gone.rejects} rejects are gone, and {gone.lines} lines of"
        f" files; {len(gone.datasets)} data sets are without them."
    )
    for line in actions.made_with(gone):
        console.print(line, markup=False)
