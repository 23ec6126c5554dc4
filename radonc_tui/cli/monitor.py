"""``radonc monitor``: a model at work, watched."""

from typing import Any

import click
from rich.console import Console

from exports.report.words import NONE, counted, interval, number, task_name
from radonc_tui.actions import monitor as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table


@click.command()
@click.argument("model", metavar="MODEL[:QUANT]", default="")
@click.option("--since", default="", metavar="YYYY-MM-DD", help="Else since its sign-off.")
@click.option("--earlier", is_flag=True, help="Ask nothing; list the looks that were made.")
@json_option
@click.pass_context
def monitor(context: click.Context, model: str, since: str, earlier: bool, as_json: bool) -> None:
    """Ask a model about the cases that arrived after its sign-off: drift and accuracy by year."""
    if earlier:
        looks = drive(actions.list_monitors(session_home(context)))
        rows = [
            (look["id"], f"{look['model']['name']}:{look['quant']}", look["since"], look["cases"])
            for look in looks
        ]
        columns = ("look", "model", "since", "cases")
        emit(looks, as_json, lambda console: console.print(table(columns, rows)))
        return
    request = actions.MonitorRequest(model, since)
    found = drive(actions.monitor(session_home(context), request))
    emit(found, as_json, lambda console: print_monitoring(console, found))


def print_monitoring(console: Console, found: dict[str, Any]) -> None:
    """Inputs against training, accuracy by year, regimens that are no longer prescribed."""
    console.print(
        f"{found['id']}: {counted(found['cases'], 'case')} since {found['since']}, against "
        f"{counted(found['known'], 'training case')}.",
        highlight=False,
    )
    if not found["cases"]:
        console.print("No new case has arrived, so there is nothing to compare.")
        return
    if found["synthetic"]:
        console.print("SYNTHETIC cases.")
    columns = ("year", "cases", "sites", "codes", "modality", "by chance", "new words")
    console.print(table(columns, [_input_row(y, i) for y, i in found["inputs"].items()]))
    console.print("Distance from training: 0 the same mix, 1 nothing in common; by chance: sites.")
    rows = [
        (task_name(task), year, f"{s['right']}/{s['n']}", number(s["share"]), interval(s["ci95"]))
        for task, years in found["accuracy"].items()
        for year, s in years.items()
    ]
    console.print(table(("task", "year", "right", "share", "95 % CI"), rows))
    for row in found["stale"]:
        last = row["last_year"] or "never here"
        console.print(
            f"no longer prescribed (last: {last}): {row['regimen']}, answered {row['answered']}x",
            markup=False,
            highlight=False,
        )


def _input_row(year: str, found: dict[str, Any]) -> tuple[str, ...]:
    distances = [found[key]["distance"] for key in ("site", "code", "modality")]
    fresh = found["vocabulary"]["new_words"]
    return (
        year,
        str(found["n"]),
        *(number(distance, 2) for distance in distances),
        number(found["site"]["chance"], 2),
        NONE if fresh is None else f"{fresh:.1%}",
    )
