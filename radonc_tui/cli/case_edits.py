"""``radonc cases edit|annotate|exclude|include|undo``: what a person puts right in a case."""

from typing import Any

import click
from rich.console import Console
from rich.text import Text

from radonc_tui.actions import case_edits as actions
from radonc_tui.actions.progress import Action
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.case_edits import ANNOTATED, EDITABLE
from store.case_events import EXCLUSION_REASONS
from store.errors import BadUsage

case_argument = click.argument("case_id", metavar="CASE")


def set_option(fields: tuple[str, ...]) -> Any:
    return click.option(
        "--set", "pairs", multiple=True, metavar="FIELD=VALUE", help=f"One of {', '.join(fields)}."
    )


@click.command()
@case_argument
@set_option(EDITABLE)
@click.option("--reason", default="", help="Why; kept in the case's history.")
@json_option
@click.pass_context
def edit(
    context: click.Context, case_id: str, pairs: tuple[str, ...], reason: str, as_json: bool
) -> None:
    """Correct values of CASE, by the rules of an import."""
    changes = changes_of(pairs)
    if not changes:
        raise BadUsage("There is nothing to change.", f"Give --set with {', '.join(EDITABLE)}.")
    case_printed(actions.edit_case(session_home(context), case_id, changes, reason), as_json)


@click.command()
@case_argument
@set_option(ANNOTATED)
@click.option("--reason", default="", help="A remark; kept in the case's history.")
@json_option
@click.pass_context
def annotate(
    context: click.Context, case_id: str, pairs: tuple[str, ...], reason: str, as_json: bool
) -> None:
    """Confirm regimen, modality and code of CASE, or set them."""
    home = session_home(context)
    case_printed(actions.annotate_case(home, case_id, changes_of(pairs), reason), as_json)


@click.command()
@case_argument
@click.option("--reason", required=True, help=f"Such as: {', '.join(EXCLUSION_REASONS)}.")
@json_option
@click.pass_context
def exclude(context: click.Context, case_id: str, reason: str, as_json: bool) -> None:
    """Leave CASE out of the data sets that are frozen from now on."""
    case_printed(actions.exclude_case(session_home(context), case_id, reason), as_json)


@click.command()
@case_argument
@click.option("--reason", default="", help="Why; kept in the case's history.")
@json_option
@click.pass_context
def include(context: click.Context, case_id: str, reason: str, as_json: bool) -> None:
    """Take the excluded CASE back in."""
    case_printed(actions.include_case(session_home(context), case_id, reason), as_json)


@click.command()
@case_argument
@json_option
@click.pass_context
def undo(context: click.Context, case_id: str, as_json: bool) -> None:
    """Take back the last change of CASE; again, the one before it."""
    case_printed(actions.undo_case(session_home(context), case_id), as_json)


def changes_of(pairs: tuple[str, ...]) -> dict[str, str]:
    parts = [pair.partition("=") for pair in pairs]
    if any(not separator for _, separator, _ in parts):
        raise BadUsage("What is set is FIELD=VALUE.", f"Fields: {', '.join(EDITABLE)}.")
    return {name.strip(): value for name, _, value in parts}


def case_printed(action: Action[dict[str, Any]], as_json: bool) -> None:
    case = drive(action)
    emit(case, as_json, lambda console: _print_change(console, case))


def _print_change(console: Console, case: dict[str, Any]) -> None:
    last = case["history"][0]
    console.print(Text(f"{case['case_id']}: {event_line(last)}"))
    state = "annotated" if case["annotated"] else "not annotated"
    console.print(f"Now {case['status']}, {state}.")


def print_case(console: Console, case: dict[str, Any]) -> None:
    """One case as a table of fields, and its history below, newest first."""
    fields = {name: value for name, value in case.items() if name != "history"}
    console.print(table(("field", "value"), fields.items()))
    if case["history"]:
        events = [(f"{e['made']:%Y-%m-%d %H:%M}", e["who"], event_line(e)) for e in case["history"]]
        console.print(table(("when", "who", "what"), events))


def event_line(event: dict[str, Any]) -> str:
    """One event in one line: what was done, from which values to which, why."""
    changed = [
        f"{name}: {event['before'][name]} -> {value}" for name, value in event["after"].items()
    ]
    line = " ".join((event["kind"], *filter(None, ["; ".join(changed)])))
    line += f" ({event['reason']})" if event["reason"] else ""
    return f"{line} [undone]" if event["undone"] else line


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1))
@json_option
@click.pass_context
def codes(context: click.Context, words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find ICD-10 codes by their beginning, or by words of what they say."""
    found = drive(actions.search_codes(session_home(context), " ".join(words), limit))

    def human(console: Console) -> None:
        rows = [(code.code, code.system, code.description) for code in found]
        console.print(table(("code", "system", "says"), rows))

    emit(found, as_json, human)
