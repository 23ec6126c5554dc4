"""The command ``radonc``: its groups, its global options, and how it ends.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a gate, 130 interrupted. An error is
one sentence; a traceback only with ``--debug``.
"""

import json
import sys
import traceback
from collections.abc import Sequence

import click

from radonc_tui.cli.cases import cases
from radonc_tui.cli.data import data
from radonc_tui.cli.demo import demo, doctor, pack
from radonc_tui.cli.models import models
from radonc_tui.cli.output import Session
from radonc_tui.cli.results import evaluate, export, predict, report
from radonc_tui.cli.training import runs, train
from store.errors import BadUsage, RadoncError

SAFETY = (
    "For retrospective study and research; not cleared or approved as a medical device anywhere; "
    "not for deciding or entering a prescription; whether local clinical use is allowed is for "
    "the institution to determine."
)


@click.group(invoke_without_command=True, epilog=SAFETY)
@click.option("--home", metavar="FOLDER", help="The home; else RADONC_HOME or the data folder.")
@click.option("--wait", metavar="SECONDS", default=0.0, help="Wait for a store in use elsewhere.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="radonc-tui")
@click.pass_context
def radonc(context: click.Context, home: str | None, wait: float, debug: bool) -> None:
    """Fine-tune a language model on a clinic's own cases, and know how good it is."""
    del debug  # read from the arguments by run(), which must know it for any error
    context.obj = Session(home, wait)
    if context.invoked_subcommand is None:
        click.echo("The screens are not built yet; every action is a command.\n")
        click.echo(context.get_help())


for command in (
    *(demo, doctor, pack, cases, data, models),
    *(train, runs, export, evaluate, report, predict),
):
    radonc.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    as_json, debug = "--json" in arguments, "--debug" in arguments
    try:
        code = radonc.main(list(arguments), prog_name="radonc", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.UsageError as error:
        if not as_json and error.ctx:
            click.echo(error.ctx.get_usage(), err=True)
        return _say(BadUsage(error.format_message()), as_json)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        # the reader of our output went away, as `radonc cases list | head` does
        sys.stderr.close()
        return 0
    except RadoncError as error:
        if debug:
            traceback.print_exc()
        return _say(error, as_json)
    except Exception as error:
        if debug:
            traceback.print_exc()
        sentence = f"{type(error).__name__}: {error}".splitlines()[0]
        return _say(RadoncError(sentence, "Give --debug to see where it happened."), as_json)


def _say(error: RadoncError, as_json: bool) -> int:
    if as_json:
        record = {"kind": error.kind, "message": error.message, "hint": error.hint}
        click.echo(json.dumps({"error": record}, ensure_ascii=False))
    else:
        click.echo(f"radonc: {error}", err=True)
    return error.exit_code
