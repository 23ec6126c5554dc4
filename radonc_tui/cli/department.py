"""``radonc department``: init, show, check and sign."""

from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import department as actions
from radonc_tui.actions.department import Checked, ShownRow, coverage_line
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, plain, session_home, table
from store.department.rows import COLUMNS
from store.department.signatures import ROLES
from store.errors import BadUsage


@click.group()
def department() -> None:
    """The department's table: which regimens are accepted, for whom, and who says so."""


@department.command()
@json_option
@click.pass_context
def init(context: click.Context, as_json: bool) -> None:
    """Copy the table that comes with the program into the home, to be edited there."""
    path = drive(actions.make_table(session_home(context)))

    def human(console: Console) -> None:
        console.print(f"The table is {path}: edit it, then `radonc department check`.")

    emit({"path": str(path)}, as_json, human)


@department.command()
@click.argument("words", nargs=-1)
@json_option
@click.pass_context
def show(context: click.Context, words: tuple[str, ...], as_json: bool) -> None:
    """Show a row whole, or list the rows that say all WORDS."""
    rows = drive(actions.list_rows(session_home(context)))
    whole = [row for row in rows if len(words) == 1 and row.row.name == words[0]]
    if whole:
        record = _record(whole[0])
        emit(record, as_json, lambda console: _print_row(console, record))
        return
    found = actions.find_rows(rows, " ".join(words))

    def human(console: Console) -> None:
        lines = [(each.row.name, each.state.word, each.row.cells["usual"]) for each in found]
        console.print(table(("row", "state", "usual"), lines))
        signed = sum(shown.state.signed for shown in rows)
        console.print(f"{len(found)} of {len(rows)} rows; {signed} signed by both.")

    emit([_record(shown) for shown in found], as_json, human)


@department.command()
@json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> int:
    """Check the table in force, and how many of the home's cases it covers."""
    found = drive(actions.check_table(session_home(context)))
    record = {**plain(found), "share": found.coverage.share if found.coverage else None}
    emit(record, as_json, lambda console: _print_check(console, found))
    return 1 if found.wrong else 0


@department.command()
@click.argument("rows", nargs=-1, metavar="ROW...")
@click.option("--as", "role", required=True, type=click.Choice(ROLES), help="In which role.")
@click.option("--name", required=True, help="The name of the person who signs.")
@click.option("--all", "everything", is_flag=True, help="Every row of the table.")
@json_option
@click.pass_context
def sign(
    context: click.Context,
    rows: tuple[str, ...],
    role: str,
    name: str,
    everything: bool,
    as_json: bool,
) -> None:
    """Sign rows as they are now; an edit of a row voids its signatures."""
    if bool(rows) is everything:
        raise BadUsage("Either rows are named, or --all is given.", "Name rows, or give --all.")
    signed = drive(actions.sign_rows(session_home(context), rows, role, name))

    def human(console: Console) -> None:
        console.print(f"{name} signed {len(signed)} row{'s' * (len(signed) != 1)} as {role}.")

    emit({"signed": signed, "role": role, "name": name}, as_json, human)


def _record(shown: ShownRow) -> dict[str, Any]:
    """A row as JSON: its cells, its hash, its state, and who signed when."""
    return {
        **{column: shown.row.cells[column] for column in COLUMNS},
        "sha256": shown.row.sha256,
        "state": shown.state.word,
        "physicist": plain(shown.state.physicist),
        "oncologist": plain(shown.state.oncologist),
    }


def _print_row(console: Console, record: dict[str, Any]) -> None:
    lines: list[tuple[str, str]] = []
    for name, value in record.items():
        if name in ("usual", "accepted"):
            parts = str(value).split(" | ") if value else ["none"]
            lines += [(name if number == 0 else "", part) for number, part in enumerate(parts)]
        elif name in ROLES:
            lines.append((name, f"{value['name']}, {value['made']}" if value else "not signed"))
        elif value:
            lines.append((name, str(value)))
    console.print(table(("", record["row"]), lines[1:]))


def _print_check(console: Console, found: Checked) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    say(f"table   {found.path or 'the one that comes with the program'}")
    for sentence in found.wrong:
        say(f"! {sentence}")
    if found.wrong:
        return
    say(f"sha256  {found.sha256}")
    say(f"rows    {found.rows}, {found.signed} signed by a physicist and an oncologist")
    for name in found.edited:
        say(f"! {name} was edited since it was signed.")
    if found.coverage:
        say(f"cases   {coverage_line(found.coverage)}")
