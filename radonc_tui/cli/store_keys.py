"""``radonc store status|encrypt|decrypt|rekey``: the key of the home, and what it seals."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import store_keys as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import Session, emit, json_option, session_home
from radonc_tui.cli.unlocking import new_lock
from store.home import Home
from store.keybox import Lock, read_box


def key_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What opens the home from then on; without either, a passphrase or RADONC_KEY."""
    for option in (
        click.option("--keyring", is_flag=True, help="Keep a new key in the system's keyring."),
        click.option(
            "--key-file",
            type=click.Path(path_type=Path),
            help="A file outside of the home, made if absent.",
        ),
    ):
        function = option(function)
    return function


@click.command()
@json_option
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Say where the home is, how big, whether it is encrypted, and by what it is opened."""
    home = session_home(context)
    found = drive(actions.key_state(home))
    sizes = drive(actions.home_sizes(home))
    said = f"Encrypted; opened by: {found.how}." if found.encrypted else "Not encrypted."
    if found.changing:
        said += f" A {found.changing} was interrupted; `radonc store {found.changing}` ends it."
    record = {**vars(found), "path": str(home.path), "bytes": sizes}

    def human(console: Console) -> None:
        console.print(f"{home.path}, {sum(sizes.values()) / 1e6:.1f} MB.", markup=False)
        console.print(said)

    emit(record, as_json, human)


@click.command()
@key_options
@json_option
@click.pass_context
def encrypt(context: click.Context, key_file: Path | None, keyring: bool, as_json: bool) -> None:
    """Encrypt the store, and seal every file with text made from cases."""
    home = session_home(context)
    lock, secret = _wanted(context, home, key_file, keyring, replace=False)
    _say(drive(actions.encrypt_store(home, lock, secret)), as_json)


@click.command()
@key_options
@json_option
@click.pass_context
def rekey(context: click.Context, key_file: Path | None, keyring: bool, as_json: bool) -> None:
    """Encrypt everything anew, under a new key and another passphrase, key file or keyring."""
    home = session_home(context)
    lock, secret = _wanted(context, home, key_file, keyring, replace=True)
    _say(drive(actions.rekey_store(home, lock, secret)), as_json)


@click.command()
@json_option
@click.pass_context
def decrypt(context: click.Context, as_json: bool) -> None:
    """Write the store and all files in the clear again; the way back to the charts is dropped."""
    _say(drive(actions.decrypt_store(session_home(context))), as_json)


def _wanted(
    context: click.Context, home: Home, key_file: Path | None, keyring: bool, replace: bool
) -> tuple[Lock, bytes]:
    """The new lock and secret, asked for only where a change begins that needs them."""
    box = read_box(home)
    if (box is None) == replace or (box and box.changing):
        return Lock(), b""
    given = None if replace else context.find_object(Session).secret  # type: ignore[union-attr]
    return new_lock(home, key_file, keyring, given)


def _say(done: str, as_json: bool) -> None:
    emit({"done": done}, as_json, lambda console: console.print(actions.DONE[done]))
