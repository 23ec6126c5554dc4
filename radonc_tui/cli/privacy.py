"""``radonc privacy``: review, redact and confirm."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import privacy as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.home import Home


@click.group()
def privacy() -> None:
    """Look at what was left of patients' text, redact it, and confirm a source."""


@privacy.command()
@click.argument("source", default="")
@json_option
@click.pass_context
def review(context: click.Context, source: str, as_json: bool) -> None:
    """Show every doubtful case of SOURCE and a sample; without one, what waits."""
    home = session_home(context)
    if not source:
        found = drive(actions.privacy_sources(home))
        emit(found, as_json, lambda console: _print_sources(console, found))
        return
    pages = _pages(home, source)
    if as_json:
        emit(_whole(pages), True, lambda _: None)
    else:
        emit(None, False, lambda console: _print_review(console, source, pages))


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
    """Confirm that the text of SOURCE, as `privacy review` showed it, identifies nobody."""
    asked = [actions.parse_redaction(text) for text in redactions]
    made = drive(actions.confirm_privacy(session_home(context), source, asked))

    def human(console: Console) -> None:
        told = f"{made['cases']} cases of {len(made['imports'])} imports confirmed"
        console.print(f"{source}: {told}, {made['redacted']} redactions.")
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


def _pages(home: Home, source: str) -> Iterator[dict[str, Any]]:
    """What has to be seen of a source, a page at a time, to the last."""
    start = 0
    while True:
        page = drive(actions.review_privacy(home, source, start))
        yield page
        start += len(page["shown"])
        if not page["shown"] or start >= page["to_show"]:
            return


def _whole(pages: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """All pages as one document."""
    page: dict[str, Any] = {}
    shown: list[dict[str, Any]] = []
    for page in pages:
        shown += page["shown"]
    told = {name: page[name] for name in ("source", "cases", "waiting", "doubtful", "confirmed")}
    doubtful = [case for case in shown if case["doubts"]]
    rest = [case for case in shown if not case["doubts"]]
    return {**told, "unseen": page["unseen"], "doubtful_cases": doubtful, "sample": rest}


def _print_review(console: Console, source: str, pages: Iterable[Mapping[str, Any]]) -> None:
    page: Mapping[str, Any] = {}
    counts = {True: 0, False: 0}
    for page in pages:
        for case in page["shown"]:
            counts[bool(case["doubts"])] += 1
            console.print(f"  {case['case_id']}  {case['diagnosis']}  |  {case['regimen']}")
            for name in ("site", "target"):
                if case[name]:
                    console.print(f"    {name}: {case[name]}")
            for text in case["taken_out"]:
                console.print(f"    taken out: {text}")
            for text in case["doubts"]:
                console.print(f"    ? {text}")
    console.print(
        f"{counts[True]} doubtful cases and {counts[False]} of a sample; {page['waiting']} wait."
    )
    if page["waiting"]:
        console.print(f"Next: radonc privacy confirm {source} [--redact CASE:WORDS]")
