"""``radonc report``: an evaluation to read, to print, to compute with."""

from pathlib import Path

import click

from exports.report.flat import flat_csv
from radonc_tui.actions import report as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home

OUT = click.Path(path_type=Path)


@click.command()
@click.argument("evaluation", default="latest")
@click.option("--html", "page", type=OUT, help="Write one page here, to read or print.")
@click.option("--md", type=OUT, help="Write Markdown here.")
@click.option("--csv", "flat", type=OUT, help="Write every number here, a row each.")
@click.option("--card", type=OUT, help="Write the bundle's model card with these numbers here.")
@click.option("--with-text", is_flag=True, help="Add the test cases with their text; audited.")
@json_option
@click.pass_context
def report(
    context: click.Context,
    evaluation: str,
    page: Path | None,
    md: Path | None,
    flat: Path | None,
    card: Path | None,
    with_text: bool,
    as_json: bool,
) -> None:
    """Report an evaluation: a page, Markdown, CSV, JSON or card; without any case's text.

    Without a file Markdown goes to standard output.
    """
    home = session_home(context)
    if page:
        _write(page, drive(actions.report_page(home, evaluation, with_text)), with_text)
    if card:
        _write(card, drive(actions.report_card(home, evaluation)), with_text=False)
    if (page or card) and not (md or flat or as_json):
        return
    made = drive(actions.report(home, evaluation, with_text))
    if md:
        _write(md, made.text, with_text)
    if flat:
        _write(flat, flat_csv(made.evaluation), with_text)
    if as_json or not (page or card or md or flat):
        emit({"evaluation": made.evaluation}, as_json, lambda _: click.echo(made.text))


def _write(path: Path, text: str, with_text: bool) -> None:
    if with_text:
        path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {path}", err=True)
