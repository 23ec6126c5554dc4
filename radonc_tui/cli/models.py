"""``radonc models``: list, add, verify."""

from pathlib import Path

import click
from rich.console import Console

from radonc_tui.actions import models as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table


@click.group()
def models() -> None:
    """Base models and bundles."""


@models.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List base models and bundles."""
    found = drive(actions.list_models(session_home(context)))

    def human(console: Console) -> None:
        rows = [
            (
                m["name"],
                "synthetic bundle" if m.get("synthetic") else m["kind"],
                m.get("family") or m.get("base"),
                " ".join(m["quants"]),
            )
            for m in found
        ]
        console.print(table(("name", "kind", "family or base", "files"), rows))

    emit(found, as_json, human)


@models.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--name", default="", help="What to call it; else the folder's name.")
@json_option
@click.pass_context
def add(context: click.Context, source: Path, name: str, as_json: bool) -> None:
    """Add a local Llama, Mistral or Qwen folder, or a GGUF file, as a base model."""
    chosen = name or source.resolve().stem.casefold()
    made = drive(actions.add_model(session_home(context), source, chosen))
    emit(made, as_json, lambda console: console.print(f"Added {made['name']} ({made['family']})."))


@models.command()
@click.argument("names", nargs=-1)
@json_option
@click.pass_context
def verify(context: click.Context, names: tuple[str, ...], as_json: bool) -> int:
    """Hash every file again; without NAMES, those of all models. Exit 1 on a mismatch."""
    found = drive(actions.verify_models(session_home(context), names))

    def human(console: Console) -> None:
        rows = [(m["name"], "ok" if m["ok"] else "; ".join(m["mismatches"])) for m in found]
        console.print(table(("model", "files"), rows))

    emit(found, as_json, human)
    return 0 if all(m["ok"] for m in found) else 1
