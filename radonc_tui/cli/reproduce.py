"""``radonc reproduce``: an evaluation made again from its capsule."""

from pathlib import Path

import click
from rich.console import Console

from exports.report.words import counted
from radonc_tui.actions import reproduce as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table

SHOWN = 20


@click.command()
@click.argument("capsule", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def reproduce(context: click.Context, capsule: Path, as_json: bool) -> int:
    """Make the evaluation of a report (`radonc report --json`) again: is each number the same?

    Exits with 1 where one is not. The test patients are read once more, which is counted.
    """
    found = drive(actions.reproduce(session_home(context), capsule))

    def human(console: Console) -> None:
        same = found.values - len(found.differences)
        console.print(
            f"{found.now} against {found.was}: {same:,} of {found.values:,} values are the same; "
            f"these test patients have been read {counted(found.test_reads, 'time')}.",
            highlight=False,
        )
        rows = [(d.path, str(d.was), str(d.now)) for d in found.differences[:SHOWN]]
        if rows:
            console.print(table(("value", "was", "is"), rows))

    emit(found, as_json, human)
    return 1 if found.differences else 0
