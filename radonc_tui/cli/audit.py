"""``radonc audit``: list and verify."""

from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import audit as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.audit_pages import AuditFilter


@click.group()
def audit() -> None:
    """The log of who did what, when, with what was there before and after."""


@audit.command("list")
@click.option("--kind", default="", help="Only entries of this kind, or that begin so: case.")
@click.option("--subject", default="", metavar="ID", help="Only entries about this id.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(min=0), help="0 is all."
)
@click.option("--words", default="", help="Only entries in which all of these words occur.")
@click.option("--values", is_flag=True, help="Show what was there before and after as well.")
@json_option
@click.pass_context
def list_(
    context: click.Context,
    kind: str,
    subject: str,
    limit: int,
    words: str,
    values: bool,
    as_json: bool,
) -> None:
    """List the newest entries, oldest first."""
    chosen = AuditFilter(kind, subject, words)
    page = drive(actions.list_audit(session_home(context), chosen, limit))
    found = page.entries[::-1]

    def human(console: Console) -> None:
        rows = [
            (e["number"], e["made"][:16].replace("T", " "), e["who"], e["kind"], e["subject"])
            for e in found
        ]
        console.print(table(("entry", "when", "who", "what", "of"), rows))
        if len(rows) < page.total:
            console.print(f"The newest {len(rows):,} of {page.total:,}; --limit 0 shows all.")
        changed = [(e["number"], *line) for e in found for line in _changed(e)] if values else []
        if changed:
            console.print(table(("entry", "value", "before", "after"), changed))

    emit(found, as_json, human)


def _changed(entry: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """(name, before, after) of every value that an entry has."""
    before, after = entry["before"], entry["after"]
    if before is None or after is None:
        return [("(forgotten)", None, None)]
    return [(name, before.get(name), after.get(name)) for name in sorted({*before, *after})]


@audit.command()
@json_option
@click.pass_context
def verify(context: click.Context, as_json: bool) -> int:
    """Check that no entry was changed, taken out, moved or cut off; exit code 1 where one was."""
    found = drive(actions.verify_audit(session_home(context)))

    def human(console: Console) -> None:
        console.print(actions.verdict(found), markup=False, highlight=False)
        console.print(f"head {found.head}", markup=False, highlight=False)

    emit(found, as_json, human)
    return 0 if found.whole else 1
