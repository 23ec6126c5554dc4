"""``radonc runs cases``: exactly which cases a run saw."""

import click
from rich.console import Console

from radonc_tui.actions import run_cases as actions
from radonc_tui.cards import seen_line
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table


@click.command()
@click.argument("run", default="latest")
@json_option
@click.pass_context
def cases(context: click.Context, run: str, as_json: bool) -> None:
    """List the cases that RUN learned from, and those it was chosen by."""
    found = drive(actions.run_cases(session_home(context), run))

    def human(console: Console) -> None:
        console.print(table(("case", "part"), [(case.case_id, case.part) for case in found.cases]))
        console.print(seen_line(found), highlight=False)

    emit(found, as_json, human)
