"""``radonc cases columns``: what is guessed of a file's columns, before it is imported."""

from pathlib import Path

import click
from rich.console import Console

from radonc_tui.actions.importing import preview_import
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.importing.mapping import parse_map_options


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--profile", default="", help="A named source format: tcga.")
@click.option("--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Name a column.")
@json_option
@click.pass_context
def columns(
    context: click.Context,
    paths: tuple[Path, ...],
    profile: str,
    pairs: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show which column of FILES is taken for which field, and what is missing.

    Only the beginning of a file is read, and of that nothing but the names of columns is printed.
    """
    chosen = parse_map_options(pairs)
    seen = drive(preview_import(session_home(context), paths, profile))
    fixed = seen.profile == "tcga"
    found = [
        {
            "file": str(file.path),
            "form": file.form,
            "profile": seen.profile,
            "columns": list(file.columns),
            "mapping": dict(file.guess if fixed else file.mapping(chosen)),
            "missing": [] if fixed else file.missing(chosen),
            "absent": [] if fixed else file.absent(chosen),
        }
        for file in seen.files
    ]

    def human(console: Console) -> None:
        for one in found:
            fields = {column: field for field, column in one["mapping"].items()}
            console.print(f"{one['file']}: {one['form']}", highlight=False, markup=False)
            rows = [(column, fields.get(column)) for column in one["columns"]]
            same = [("(every row)", f"{f}: {c[1:]}") for c, f in fields.items() if c[0] == "@"]
            console.print(table(("column", "is the"), [*rows, *same]))
            if one["missing"]:
                console.print(f"No column is the {' or the '.join(one['missing'])}.")
            if one["absent"]:
                console.print(f"There is no column {', '.join(one['absent'])}.", markup=False)

    emit(found, as_json, human)
