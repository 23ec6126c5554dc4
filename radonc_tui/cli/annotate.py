"""``radonc annotate``: assign, list, next, answer, agreement, adjudicate."""

from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import annotate as actions
from radonc_tui.cli.case_edits import changes_of, set_option
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.annotations import ANSWERS

batch_argument = click.argument("batch", default="latest")
annotator_option = click.option(
    "--annotator", default="", metavar="NAME", help="Else the only one, or who is logged in."
)


@click.group()
def annotate() -> None:
    """Annotation by one or two people, blind to each other and to the import."""


@annotate.command()
@click.option("--to", "people", multiple=True, required=True, metavar="NAME", help="Once for each.")
@click.option(
    "--cases", default=actions.CASES, show_default=True, type=click.IntRange(min=1),
    help="Drawn among those not yet annotated; all of them where there are fewer.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), help="Of the drawing; else one is chosen.")
@json_option
@click.pass_context
def assign(
    context: click.Context, people: tuple[str, ...], cases: int, seed: int | None, as_json: bool
) -> None:
    """Give cases to one or more annotators."""
    request = actions.AssignRequest(people, cases, seed)
    made = drive(actions.assign(session_home(context), request))
    emit(made, as_json, lambda console: _print_progress(console, [made]))


@annotate.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List what was assigned, and how far each annotator is."""
    found = drive(actions.list_batches(session_home(context)))
    emit(found, as_json, lambda console: _print_progress(console, found))


@annotate.command("next")
@batch_argument
@annotator_option
@json_option
@click.pass_context
def next_(context: click.Context, batch: str, annotator: str, as_json: bool) -> None:
    """Show the annotator's next case: the diagnosis, and the record as the source had it."""
    shown = drive(actions.next_case(session_home(context), batch, annotator))
    emit(shown, as_json, lambda console: _print_case(console, shown))


@annotate.command()
@click.argument("batch")
@click.argument("case_id", metavar="CASE")
@set_option(ANSWERS)
@annotator_option
@json_option
@click.pass_context
def answer(
    context: click.Context,
    batch: str,
    case_id: str,
    pairs: tuple[str, ...],
    annotator: str,
    as_json: bool,
) -> None:
    """Annotate CASE with all three answers, and show the next."""
    action = actions.answer(session_home(context), batch, case_id, changes_of(pairs), annotator)
    shown = drive(action)
    emit(shown, as_json, lambda console: _print_case(console, shown))


@annotate.command()
@batch_argument
@json_option
@click.pass_context
def agreement(context: click.Context, batch: str, as_json: bool) -> None:
    """Say how far the annotators agree, and list the cases on which they differ."""
    found = drive(actions.agreement(session_home(context), batch))
    emit(found, as_json, lambda console: _print_agreement(console, found))


@annotate.command()
@click.argument("batch")
@click.argument("case_id", metavar="CASE")
@set_option(ANSWERS)
@click.option("--reason", default="", help="Why; kept in the case's history.")
@json_option
@click.pass_context
def adjudicate(
    context: click.Context,
    batch: str,
    case_id: str,
    pairs: tuple[str, ...],
    reason: str,
    as_json: bool,
) -> None:
    """Decide CASE, on which the annotators differ."""
    action = actions.adjudicate(session_home(context), batch, case_id, changes_of(pairs), reason)
    made = drive(action)
    emit(made, as_json, lambda console: _print_progress(console, [made]))


def _print_progress(console: Console, found: list[dict[str, Any]]) -> None:
    rows = [
        (
            one["batch"],
            one["cases"],
            ", ".join(f"{who} {count}" for who, count in one["answered"].items()),
            *(one[name] for name in ("agreed", "differing", "adjudicated")),
        )
        for one in found
    ]
    columns = ("annotation", "cases", "answered", "agreed", "differing", "adjudicated")
    console.print(table(columns, rows))


def _print_case(console: Console, shown: dict[str, Any]) -> None:
    who, case = shown["annotator"], shown["case"]
    console.print(f"{shown['batch']}, {who}: {shown['answered'][who]} of {shown['cases']} answered")
    if case is None:
        console.print(f"Nothing is left. Next: radonc annotate agreement {shown['batch']}")
        return
    told = {name: value for name, value in case.items() if name not in ("kept", "synthetic")}
    console.print(table(("case", "value"), [(n, v) for n, v in told.items() if v]))
    console.print(table(("source", "as it was"), case["kept"].items()))
    asked = " ".join(f"--set {name}=..." for name in ANSWERS)
    console.print(
        f"radonc annotate answer {shown['batch']} {case['case_id']} {asked}", markup=False
    )


def _print_agreement(console: Console, found: dict[str, Any]) -> None:
    _print_progress(console, [found])
    rows = [
        (name, field["n"], field["equal"], _number(field["kappa"]), _number(field["alpha"]))
        for name, field in found["fields"].items()
    ]
    columns = ("field", "answered by two", "equal", "Cohen's kappa", "Krippendorff's alpha")
    console.print(table(columns, rows))
    for case in found["differ"]:
        state = " (decided)" if case["decided"] else ""
        console.print(f"{case['case_id']}{state}", markup=False)
        for who, given in case["answers"].items():
            said = "; ".join(f"{name} {given[name]}" for name in case["fields"])
            console.print(f"  {who}: {said}", markup=False)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"
