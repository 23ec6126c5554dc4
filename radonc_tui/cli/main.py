"""The command ``radonc``: its groups, its global options, and how it ends.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a gate, 130 interrupted. An error is
one sentence; a traceback only with ``--debug``.
"""

import json
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

import click

from exports.device import DEVICES, choose
from exports.report.words import SAFETY
from radonc_tui.cli.output import Session
from store.errors import BadUsage, RadoncError, in_words

COMMANDS = {
    **dict.fromkeys(("demo", "doctor", "pack"), "demo"),
    "cases": "cases",
    "data": "data",
    "models": "models",
    **dict.fromkeys(("train", "runs"), "training"),
    **dict.fromkeys(("export", "evaluate", "predict"), "results"),
    "serve": "serve",
    "report": "report",
    "evaluations": "evaluations",
    "reproduce": "reproduce",
    "review": "review",
    **dict.fromkeys(("signoff", "signoffs"), "signoff"),
    "monitor": "monitor",
    "privacy": "privacy",
    "annotate": "annotate",
    "department": "department",
    "audit": "audit",
    "store": "store",
}
"""Each command and the module of this folder that has it under the same name."""


class Commands(click.Group):
    """A group that imports a command only when it is asked for: the screens need none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        module = COMMANDS.get(cmd_name)
        return getattr(import_module(f"radonc_tui.cli.{module}"), cmd_name) if module else None


@click.group(cls=Commands, invoke_without_command=True, epilog=SAFETY[0])
@click.option("--home", metavar="FOLDER", help="The home; else RADONC_HOME or the data folder.")
@click.option("--wait", metavar="SECONDS", default=0.0, help="Wait for a store in use elsewhere.")
@click.option(
    "--device", type=click.Choice(DEVICES), help="Where models compute; auto if not said."
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="radonc-tui")
@click.pass_context
def radonc(
    context: click.Context, home: str | None, wait: float, device: str | None, debug: bool
) -> int:
    """Fine-tune a language model on a clinic's own cases, and know how good it is.

    Without a command, the screens open.
    """
    del debug  # read from the arguments by run(), which must know it for any error
    context.obj = Session(home, wait)
    if device:
        choose(device)
    if context.invoked_subcommand is not None:
        return 0
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo("The screens need a terminal; every action is a command.\n")
        click.echo(context.get_help())
        return 0
    from radonc_tui.app import open_app

    return open_app(context.obj.home())


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
    except Exception as error:
        if debug:
            traceback.print_exc()
        return _say(in_words(error), as_json)


def _say(error: RadoncError, as_json: bool) -> int:
    if as_json:
        record = {"kind": error.kind, "message": error.message, "hint": error.hint}
        click.echo(json.dumps({"error": record}, ensure_ascii=False))
    else:
        click.echo(f"radonc: {error}", err=True)
    return error.exit_code
