"""``radonc serve``: predictions for other software of the clinic."""

from pathlib import Path

import click

from radonc_tui.actions import serve as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import session_home


@click.command()
@click.option("--model", default="", metavar="MODEL[:QUANT]", help="Else the newest bundle.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535))
@click.option("--study", is_flag=True, help="Serve tasks that are not signed off, for a study.")
@click.option("--token-file", type=click.Path(path_type=Path), help="Else serve-token in the home.")
@click.pass_context
def serve(
    context: click.Context, model: str, port: int, study: bool, token_file: Path | None
) -> None:
    """Answer other programs of this machine, in the words of the OpenAI API, until ctrl+c.

    Only on the loopback, only with the token, and only for tasks that the model is signed off for.
    """
    request = actions.ServeRequest(model, port, study, token_file)
    drive(actions.serve(session_home(context), request))
