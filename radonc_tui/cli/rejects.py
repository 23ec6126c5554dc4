"""``radonc cases rejects``: list, show, fix."""

import click
from rich.console import Console

from radonc_tui.actions import quarantine as actions
from radonc_tui.cli.case_edits import case_printed, changes_of, set_option
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, limit_option, session_home, table
from radonc_tui.cli.withdrawing import ask_number, mrn_option
from store.case_edits import EDITABLE
from store.errors import BadUsage
from store.quarantine import PATIENT

reject_argument = click.argument("reject_id", metavar="REJECT")


@click.group()
def rejects() -> None:
    """Records that are no case, each with its reason."""


@rejects.command("list")
@click.option("--reason", default="", help="Only those rejected for this reason.")
@limit_option
@json_option
@click.pass_context
def list_(context: click.Context, reason: str, limit: int, as_json: bool) -> None:
    """List rejects, and how many there are for each reason."""
    home = session_home(context)
    found = drive(actions.list_rejects(home, reason, limit))

    def human(console: Console) -> None:
        columns = ("reject", "reason", "row", "detail")
        rows = [(r["reject_id"], r["reason"], r["row_number"], r["detail"]) for r in found]
        console.print(table(columns, rows))
        counts = drive(actions.count_rejects(home))
        total = counts.get(reason, 0) if reason else sum(counts.values())
        console.print(f"{len(found)} of {total} rejects")
        if not reason:
            said = [f"{count} {name}" for name, count in counts.items()]
            console.print(", ".join(said), style="dim")

    emit(found, as_json, human)


@rejects.command()
@reject_argument
@json_option
@click.pass_context
def show(context: click.Context, reject_id: str, as_json: bool) -> None:
    """Show one reject: where it comes from, why it is none, and what was kept of its row."""
    reject = drive(actions.show_reject(session_home(context), reject_id))

    def human(console: Console) -> None:
        shown = {n: v for n, v in reject.items() if n not in ("kept", "values")}
        console.print(table(("field", "value"), shown.items()))
        console.print(table(("column", "as it was"), reject["kept"].items()))
        how = "--mrn" if reject["reason"] == "no_patient" else "--set FIELD=VALUE"
        console.print(f"Put it right: radonc cases rejects fix {reject_id} {how}")

    emit(reject, as_json, human)


@rejects.command()
@reject_argument
@set_option(EDITABLE)
@mrn_option
@click.option("--reason", default="", help="Why; kept in the case's history.")
@json_option
@click.pass_context
def fix(
    context: click.Context,
    reject_id: str,
    pairs: tuple[str, ...],
    mrn: bool,
    reason: str,
    as_json: bool,
) -> None:
    """Put REJECT right and take it in, by the rules of an import."""
    changes = changes_of(pairs)
    if PATIENT in changes:
        raise BadUsage(
            "A record number is not for the command line, which others and its history can read.",
            f"Give --mrn in place of --set {PATIENT}=...: it is asked for on the terminal.",
        )
    home = session_home(context)
    if mrn:
        changes[PATIENT] = ask_number()
    case_printed(actions.fix_reject(home, reject_id, changes, reason), as_json)
