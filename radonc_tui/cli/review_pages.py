"""``radonc review send`` and ``take``: a review as one encrypted file for another machine."""

from pathlib import Path

import click

from radonc_tui.actions import review_pages as actions
from radonc_tui.cli.asking import ask_passphrase
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home

PROMPT = "Passphrase of the page"


@click.command()
@click.argument("review_id", metavar="REVIEW")
@click.option("--reviewer", default="", metavar="NAME", help="Else whom the review was made for.")
@click.option(
    "--out", required=True, metavar="FILE", type=click.Path(path_type=Path), help="An .html file."
)
@json_option
@click.pass_context
def send(context: click.Context, review_id: str, reviewer: str, out: Path, as_json: bool) -> None:
    """Write a reviewer's cards as one encrypted page that works offline in a browser."""
    home = session_home(context)
    passphrase = ask_passphrase(PROMPT, confirm=True)
    made = drive(
        actions.send_review(home, actions.SendRequest(review_id, out, passphrase, reviewer))
    )
    said = (
        f"{made['path']} has {made['cards']} cards for {made['reviewer']}. Tell them the "
        "passphrase another way.\nWhen the file of answers is back: radonc review take FILE"
    )
    emit(made, as_json, lambda console: console.print(said, markup=False, highlight=False))


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def take(context: click.Context, file: Path, as_json: bool) -> None:
    """Take in the answers that a page gave back; the same file twice changes nothing."""
    home = session_home(context)
    found = drive(actions.take_review(home, file, ask_passphrase(PROMPT)))
    said = (
        f"{found['answers']} new answers of {found['reviewer']} to {found['review']}: "
        f"{found['judged']} cards judged, {found['left']} left"
    )
    emit(found, as_json, lambda console: console.print(said, markup=False, highlight=False))
