"""``radonc cases columns`` and ``profiles``: what files are taken for, before they are imported."""

from pathlib import Path

import click
from rich.console import Console

from radonc_tui.actions.importing import add_profile, known_profiles, preview_import
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.errors import BadUsage
from store.importing.mapping import kind_of, parse_map_options

profile_option = click.option(
    "--profile", default="", metavar="NAME", help="What the files are: see `cases profiles list`."
)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@profile_option
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
    fixed = not seen.known.mapped
    chosen = {**seen.known.columns, **chosen}
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
            fields = {column: kind_of(field) for field, column in one["mapping"].items()}
            console.print(f"{one['file']}: {one['form']}", highlight=False, markup=False)
            rows = [(column, fields.get(column)) for column in one["columns"]]
            same = [("(every row)", f"{f}: {c[1:]}") for c, f in fields.items() if c[0] == "@"]
            console.print(table(("column", "is the"), [*rows, *same]))
            if one["missing"]:
                console.print(f"No column is the {' or the '.join(one['missing'])}.")
            if one["absent"]:
                console.print(f"There is no column {', '.join(one['absent'])}.", markup=False)

    emit(found, as_json, human)


@click.group()
def profiles() -> None:
    """Profiles: what a kind of export is read by, and what its columns are called."""


@profiles.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List the built-in profiles and the home's own."""
    found = drive(known_profiles(session_home(context)))
    rows = [(one.name, "built in" if one.built_in else "own", one.about) for one in found]
    names = ("name", "built_in", "about")
    plain = [{name: getattr(one, name) for name in names} for one in found]
    emit(plain, as_json, lambda console: console.print(table(("profile", "", "for"), rows)))


@profiles.command()
@click.argument("name")
@json_option
@click.pass_context
def show(context: click.Context, name: str, as_json: bool) -> None:
    """Print the profile NAME as TOML, to be changed and shared."""
    found = drive(known_profiles(session_home(context)))
    one = next((one for one in found if one.name == name), None)
    if one is None:
        listed = ", ".join(one.name for one in found)
        raise BadUsage(f"There is no profile {name!r}.", f"There are {listed}.")
    emit(one, as_json, lambda _: click.echo(one.toml, nl=False))


@profiles.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def add(context: click.Context, file: Path, as_json: bool) -> None:
    """Take the profile FILE (TOML) into the home, under the file's name."""
    found = drive(add_profile(session_home(context), file))
    said = f"{found.name} is a profile now: radonc cases import FILE --profile {found.name}"
    plain = {"name": found.name, "about": found.about}
    emit(plain, as_json, lambda console: console.print(said, markup=False, highlight=False))
