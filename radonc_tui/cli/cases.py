"""``radonc cases``: import, synth, list, show, search, funnel, rejects, and the edits."""

from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import cases as actions
from radonc_tui.actions.importing import keep_profile
from radonc_tui.cli.case_edits import annotate, codes, edit, exclude, include, print_case, undo
from radonc_tui.cli.checking import accept, check
from radonc_tui.cli.drive import drive
from radonc_tui.cli.importing import columns, profile_option, profiles
from radonc_tui.cli.output import emit, json_option, limit_option, session_home, table
from radonc_tui.cli.rejects import rejects
from radonc_tui.cli.rules import rules
from radonc_tui.cli.withdrawing import find, forget
from store.case_filter import FILTERS, CaseFilter
from store.errors import BadUsage
from store.import_rules import from_record, rules_line
from store.importing.mapping import parse_map_options

where_option = click.option(
    "--where", multiple=True, metavar="FIELD=VALUE", help=f"One of {', '.join(FILTERS)}."
)


@click.group()
def cases() -> None:
    """Cases: taken in, listed, searched, counted, put right."""


for command in (
    *(columns, profiles, codes, edit, annotate, exclude, include, undo, check, accept, rules),
    *(rejects, find, forget),
):
    cases.add_command(command)


@cases.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@profile_option
@click.option("--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Name a column.")
@click.option("--save-profile", default="", metavar="NAME", help="Save the mapping as a profile.")
@click.option("--dry-run", is_flag=True, help="Show the funnel, take nothing in.")
@json_option
@click.pass_context
def import_(
    context: click.Context,
    paths: tuple[Path, ...],
    profile: str,
    pairs: tuple[str, ...],
    save_profile: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take in CSV, TSV, XLSX, Parquet or JSONL files, or folders of a profile."""
    request = actions.ImportRequest(paths, profile, parse_map_options(pairs), dry_run)
    if save_profile:
        home = session_home(context)
        drive(keep_profile(home, save_profile, paths, request.mapping, profile))
    result = drive(actions.import_cases(session_home(context), request))
    emit(result.funnel, as_json, partial(_print_import, result=result, dry_run=dry_run))


@cases.command()
@click.argument("count", type=int)
@click.option("--seed", default=0, show_default=True)
@click.option("--mix", default="demo", show_default=True, type=click.Choice(actions.MIXES))
@json_option
@click.pass_context
def synth(context: click.Context, count: int, seed: int, mix: str, as_json: bool) -> None:
    """Make about COUNT synthetic cases; whatever is made from them says *synthetic*."""
    request = actions.SynthRequest(count, seed, mix)
    result = drive(actions.synth_cases(session_home(context), request))
    emit(result.funnel, as_json, partial(_print_import, result=result, synthetic=True))


def _print_import(
    console: Console, result: actions.ImportResult, dry_run: bool = False, synthetic: bool = False
) -> None:
    """The funnel, and what comes next: the text of real cases is first looked at by a person."""
    print_funnel(console, result.funnel)
    changed = from_record(result.funnel["rules"]).changed
    if changed:
        console.print(f"By rules other than the default: {rules_line(changed)}.")
    if result.funnel["duplicates"]:
        console.print(f"{result.funnel['duplicates']} of the cases were in the store already.")
    if dry_run:
        console.print("A dry run: nothing was taken in.")
    elif result.funnel["cases"]:
        console.print(f"Next: radonc {'data freeze' if synthetic else 'privacy review'}")


def print_funnel(console: Console, funnel: dict[str, Any]) -> None:
    """The curation funnel as bars, and the rejects by reason."""
    most = max(funnel["read"], 1)
    steps = [
        (step["step"], step["count"], "#" * round(40 * step["count"] / most))
        for step in funnel["steps"]
    ]
    console.print(table(("step", "records", ""), steps))
    console.print(f"read {funnel['read']} = {funnel['cases']} cases + {funnel['rejects']} rejects")
    if funnel.get("excluded"):
        console.print(f"{funnel['excluded']} of the cases are excluded by hand.")
    for name, changed in funnel.get("import_rules", {}).items():
        console.print(f"{name} went by rules other than the default: {rules_line(changed)}.")
    if funnel["by_reason"]:
        console.print(table(("rejected for", "records"), funnel["by_reason"].items()))


@cases.command("list")
@where_option
@limit_option
@json_option
@click.pass_context
def list_(context: click.Context, where: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List cases."""
    _list(context, CaseFilter("", _equal(where)), limit, as_json)


@cases.command()
@click.argument("words", nargs=-1, required=True)
@where_option
@limit_option
@json_option
@click.pass_context
def search(
    context: click.Context,
    words: tuple[str, ...],
    where: tuple[str, ...],
    limit: int,
    as_json: bool,
) -> None:
    """List the cases in which all WORDS occur."""
    _list(context, CaseFilter(" ".join(words), _equal(where)), limit, as_json)


@cases.command()
@click.argument("field", metavar="FIELD", type=click.Choice(list(FILTERS)))
@where_option
@json_option
@click.pass_context
def values(context: click.Context, field: str, where: tuple[str, ...], as_json: bool) -> None:
    """Count the values of FIELD among the cases otherwise chosen."""
    chosen = CaseFilter("", _equal(where))
    counted = dict(drive(actions.filter_values(session_home(context), field, chosen)))
    emit(counted, as_json, lambda console: console.print(table((field, "cases"), counted.items())))


def _equal(where: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = tuple(tuple(item.split("=", 1)) for item in where)
    if any(len(pair) != 2 for pair in pairs):
        raise BadUsage("A filter is FIELD=VALUE.", f"Fields: {', '.join(FILTERS)}.")
    return pairs  # type: ignore[return-value]  # checked above


def _list(context: click.Context, chosen: CaseFilter, limit: int, as_json: bool) -> None:
    page = drive(actions.list_cases(session_home(context), chosen, limit))

    def human(console: Console) -> None:
        columns = ("case", "status", "code", "modality", "regimen", "diagnosis")
        names = ("case_id", "status", "icd10", "modality", "regimen", "diagnosis")
        rows = [tuple(case[name] for name in names) for case in page.cases]
        console.print(table(columns, rows, clip=True))
        made_up = sum(case["synthetic"] for case in page.cases)
        said = f", {made_up} of these synthetic" if made_up else ""
        console.print(f"{len(page.cases)} of {page.total} cases{said}")

    emit({"total": page.total, "cases": page.cases}, as_json, human)


@cases.command()
@click.argument("case_id")
@json_option
@click.pass_context
def show(context: click.Context, case_id: str, as_json: bool) -> None:
    """Show one case, its kept source columns, its repairs and its history."""
    case = drive(actions.show_case(session_home(context), case_id))
    emit(case, as_json, lambda console: print_case(console, case))


@cases.command()
@json_option
@click.pass_context
def funnel(context: click.Context, as_json: bool) -> None:
    """Show the curation funnel over everything in the store."""
    counted = drive(actions.show_funnel(session_home(context)))
    emit(counted, as_json, lambda console: print_funnel(console, counted))
