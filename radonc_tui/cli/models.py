"""``radonc models``: list, add, verify, remove."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import models as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.errors import BadUsage
from trainer.bases import FAMILY_NAMES

MEANING = (
    "* is what the model's name alone means. Top token: how often the file's is the trained "
    "model's; KL in nats."
)


@click.group()
def models() -> None:
    """Base models and bundles."""


@models.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List base models and bundles, and what was measured of their files."""
    found = drive(actions.list_models(session_home(context)))

    def human(console: Console) -> None:
        rows = [row for model in found for row in _rows(model)]
        console.print(table(("model", "kind", "size", "file", "top token", "KL"), rows))
        console.print(MEANING, highlight=False)

    emit(found, as_json, human)


def _rows(model: dict[str, Any]) -> list[tuple[str, ...]]:
    """A row for the model, then one for each of its files."""
    kind = "synthetic bundle" if model.get("synthetic") else model["kind"]
    of = f"\n  of {model['base']}" if "base" in model else ""
    of += f"\n  {model['notice']}" if model.get("notice") else ""
    first = (model["name"] + of, kind, f"{model['bytes'] / 1e6:.0f} MB", "", "", "")
    return [first, *(_file_row(file) for file in model["files"])]


def _file_row(file: dict[str, Any]) -> tuple[str, ...]:
    name = f"{file['quant']}{'*' if file['recommended'] else ''}"
    size = "missing" if file["missing"] else f"{file['bytes'] / 1e6:.0f} MB"
    same = "" if file["top_token"] is None else f"{file['top_token']:.1%}"
    kl = "" if file["mean_kl"] is None else f"{file['mean_kl']:.4f}"
    return ("", "", size, name, same, kl)


@models.command(help=f"Add a local {FAMILY_NAMES} folder, or a GGUF file, as a base model.")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--name", default="", help="What to call it; else the folder's name.")
@json_option
@click.pass_context
def add(context: click.Context, source: Path, name: str, as_json: bool) -> None:
    chosen = name or source.resolve().stem.casefold()
    made = drive(actions.add_model(session_home(context), source, chosen))
    emit(made, as_json, lambda console: console.print(f"Added {made['name']} ({made['family']})."))


@models.command()
@click.argument("names", nargs=-1)
@json_option
@click.pass_context
def verify(context: click.Context, names: tuple[str, ...], as_json: bool) -> int:
    """Hash every file again; without NAMES, those of all models. Exit 1 on a mismatch.

    A name with a slash is a bundle's folder, wherever it lies.
    """
    found = drive(actions.verify_models(session_home(context), names))

    def human(console: Console) -> None:
        rows = [(m["name"], "ok" if m["ok"] else "; ".join(m["mismatches"])) for m in found]
        console.print(table(("model", "files"), rows))

    emit(found, as_json, human)
    return 0 if all(m["ok"] for m in found) else 1


@models.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def remove(context: click.Context, name: str, yes: bool, as_json: bool) -> None:
    """Remove a base model or a bundle, with all its files."""
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise BadUsage(f"{name} was not removed: nobody can be asked here.", "Give --yes.")
        click.confirm(f"Remove {name} and all its files?", abort=True)
    gone = drive(actions.remove_model(session_home(context), name))
    emit(gone, as_json, lambda c: c.print(f"Removed {name} ({gone['bytes'] / 1e6:.0f} MB)."))
