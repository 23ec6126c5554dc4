"""``radonc privacy``: review, redact and confirm."""

from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import privacy as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table


@click.group()
def privacy() -> None:
    """Look at what was left of patients' text, redact it, and confirm a source."""


@privacy.command()
@click.argument("source", default="")
@json_option
@click.pass_context
def review(context: click.Context, source: str, as_json: bool) -> None:
    """Show a sample and every doubtful case of SOURCE; without one, what waits."""
    home = session_home(context)
    if not source:
        found = drive(actions.privacy_sources(home))
        emit(found, as_json, lambda console: _print_sources(console, found))
        return
    looked = drive(actions.review_privacy(home, source))
    emit(looked, as_json, lambda console: _print_review(console, looked))


@privacy.command()
@click.argument("source")
@click.option(
    "--redact",
    "redactions",
    multiple=True,
    metavar="CASE:WORDS",
    help="Take these words out first.",
)
@json_option
@click.pass_context
def confirm(
    context: click.Context, source: str, redactions: tuple[str, ...], as_json: bool
) -> None:
    """Confirm that the text of SOURCE, as it was taken in so far, identifies nobody."""
    asked = [actions.parse_redaction(text) for text in redactions]
    made = drive(actions.confirm_privacy(session_home(context), source, asked))

    def human(console: Console) -> None:
        imports, redacted = len(made["imports"]), made["redacted"]
        console.print(f"{source}: {imports} imports confirmed, {redacted} redactions.")
        if made["frozen"]:
            console.print(f"Frozen with the words before: {', '.join(made['frozen'])}.")
        console.print("Next: radonc data freeze")

    emit(made, as_json, human)


@privacy.command()
@click.argument("redaction", metavar="CASE:WORDS")
@json_option
@click.pass_context
def redact(context: click.Context, redaction: str, as_json: bool) -> None:
    """Take words that identify somebody out of a case, for good."""
    asked = actions.parse_redaction(redaction)
    frozen = drive(actions.redact_case(session_home(context), asked))

    def human(console: Console) -> None:
        console.print(f"The words were taken out of {asked.case_id}.", markup=False)
        if frozen:
            console.print(f"Frozen with them before: {', '.join(frozen)}.")

    emit({"case_id": asked.case_id, "frozen": frozen}, as_json, human)


def _print_sources(console: Console, found: list[dict[str, Any]]) -> None:
    rows = [
        (s["source"], s["cases"], s["waiting"], s["doubtful"], "yes" if s["confirmed"] else "no")
        for s in found
    ]
    console.print(table(("source", "cases", "waiting", "doubtful", "confirmed"), rows))


def _print_review(console: Console, looked: Mapping[str, Any]) -> None:
    for title, cases in (("sample", looked["sample"]), ("doubtful", looked["doubtful_cases"])):
        console.print(f"{title}: {len(cases)} cases", markup=False)
        for case in cases:
            said = [f"  {case['case_id']}  {case['diagnosis']}  |  {case['regimen']}"]
            said += [f"    taken out: {text}" for text in case["taken_out"]]
            said += [f"    ? {text}" for text in case["doubts"]]
            for line in said:
                console.print(line, markup=False, highlight=False)
    console.print(
        f"{looked['waiting']} cases wait. Next: radonc privacy confirm {looked['source']}"
        " [--redact CASE:WORDS]",
        markup=False,
        highlight=False,
    )
