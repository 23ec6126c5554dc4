"""``radonc store``: backup and restore, encrypt, decrypt and rekey."""

from pathlib import Path

import click
from rich.console import Console

from radonc_tui.actions import store_keeping as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import Session, emit, json_option, session_home
from radonc_tui.cli.store_keys import decrypt, encrypt, rekey, status
from radonc_tui.cli.unlocking import open_keys


@click.group()
def store() -> None:
    """The store kept safe: copied, brought back, encrypted."""


for command in (status, encrypt, decrypt, rekey):
    store.add_command(command)


@store.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--with-key", is_flag=True, help="Put the home's secret and its key box in as well.")
@json_option
@click.pass_context
def backup(context: click.Context, out: Path, with_key: bool, as_json: bool) -> None:
    """Write the store and everything made with it into the new folder OUT."""
    made = drive(actions.back_up_store(session_home(context), out, with_key))
    found = {"out": str(out), "files": len(made.files), "bytes": made.size, "audit": made.audit}

    def human(console: Console) -> None:
        console.print(f"{found['files']} files, {made.size / 1e6:.1f} MB, in {out}.", markup=False)
        for name in made.skipped:
            console.print(f"{name} is still going on and was left out.", markup=False)
        if not with_key:
            console.print("The home's key is not in it: keep that apart, it is needed to restore.")

    emit({**found, "with_key": with_key, "skipped": list(made.skipped)}, as_json, human)


@store.command()
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def restore(context: click.Context, source: Path, as_json: bool) -> None:
    """Bring the backup FROM into a home that has no store, each file checked by its hash."""
    home = session_home(context)
    offered = drive(actions.look_at_backup(source)).backup
    click.echo(f"{len(offered.files)} files of {offered.made[:16]} are brought back.", err=True)
    kept = drive(actions.restore_store(home, source))
    # a key that came with the backup opens the home only now
    open_keys(home, context.find_object(Session).secret)  # type: ignore[union-attr]
    drive(actions.check_restored(home, source))
    found = {"from": str(source), "files": len(kept.files), "bytes": kept.size, "made": kept.made}

    def human(console: Console) -> None:
        console.print(
            f"{found['files']} files of {kept.made[:16]} are in {home.path}, all as they were.",
            markup=False,
        )

    emit(found, as_json, human)
