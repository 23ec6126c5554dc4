"""``radonc signoff`` and ``radonc signoffs``: two people let a model be used for one task."""

from typing import Any

import click

from radonc_tui.actions import signoff as actions
from radonc_tui.cli.asking import ask_passphrase
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.errors import BadUsage
from store.signatories import ROLES
from trainer.tasks import Task


@click.command()
@click.argument("model", metavar="MODEL[:QUANT]")
@click.option(
    "--task", required=True, type=click.Choice([task.value for task in Task]), help="For which."
)
@click.option("--physicist", default="", metavar="NAME")
@click.option("--physician", default="", metavar="NAME")
@click.option("--use", default="", metavar="TEXT", help="The intended use, in a sentence.")
@click.option("--population", default="", metavar="TEXT", help="Whose cases it may be asked of.")
@click.option("--evaluation", default="", metavar="EVALUATION", help="Else the newest of the file.")
@click.option("--override", default="", metavar="REASON", help="Pass what is missing; it is kept.")
@click.option("--check", is_flag=True, help="Only say what is missing.")
@json_option
@click.pass_context
def signoff(
    context: click.Context,
    model: str,
    task: str,
    physicist: str,
    physician: str,
    use: str,
    population: str,
    evaluation: str,
    override: str,
    check: bool,
    as_json: bool,
) -> None:
    """Sign a model file off for a task: a physicist and a physician, each with a passphrase."""
    home = session_home(context)
    if check:
        found = drive(actions.standing(home, model, task, evaluation))
        lines = [*found.never, *found.missing] or ["Nothing is missing; two people may sign."]
        emit(found, as_json, lambda console: console.print("\n".join(lines), markup=False))
        return
    request = actions.SignRequest(
        model, task, physicist, physician, use, population, evaluation, override
    )
    made = drive(actions.sign_off(home, request, _passphrase))
    said = (
        f"{made['model']} ({made['sha256'][:12]}) is signed off for {made['task']} until "
        f"{made['ends']}: {made['signoff_id']}, audit log {made['audit_head']}."
    )
    emit(made, as_json, lambda console: console.print(said, markup=False, highlight=False))


@click.group()
def signoffs() -> None:
    """Sign-offs that were made, who may sign, and the department's policy."""


@signoffs.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List sign-offs, oldest first."""
    found = drive(actions.list_signoffs(session_home(context)))
    columns = ("sign-off", "model", "task", "state", "ends", "physicist", "physician")
    keys = ("signoff_id", "model", "task", "state", "ends", "physicist", "physician")
    rows = [tuple(made[key] for key in keys) for made in found]
    emit(found, as_json, lambda console: console.print(table(columns, rows)))


@signoffs.command()
@click.argument("signoff_id", metavar="SIGNOFF")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept.")
@json_option
@click.pass_context
def revoke(context: click.Context, signoff_id: str, reason: str, as_json: bool) -> None:
    """End a sign-off now."""
    gone = drive(actions.revoke_signoff(session_home(context), signoff_id, reason))
    emit({"revoked": gone}, as_json, lambda console: console.print(f"{gone} is revoked."))


@signoffs.command()
@json_option
@click.pass_context
def people(context: click.Context, as_json: bool) -> None:
    """List who may sign."""
    found = drive(actions.list_signatories(session_home(context)))
    people = [{"name": name, "role": role} for name, role in found]
    emit(people, as_json, lambda console: console.print(table(("name", "role"), found)))


@signoffs.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(ROLES))
@json_option
@click.pass_context
def add(context: click.Context, name: str, role: str, as_json: bool) -> None:
    """Let a person sign in a role; they type a passphrase of their own, twice."""
    passphrase = _passphrase(name, confirm=True)
    kept = drive(actions.name_signatory(session_home(context), name, role, passphrase))
    emit({"name": kept, "role": role}, as_json, lambda c: c.print(f"{kept} may sign as {role}."))


@signoffs.command()
@click.argument("name")
@json_option
@click.pass_context
def remove(context: click.Context, name: str, as_json: bool) -> None:
    """Let a person sign no more; what they signed stands."""
    gone = drive(actions.drop_signatory(session_home(context), name))
    emit({"removed": gone}, as_json, lambda console: console.print(f"{gone} signs no more."))


@signoffs.command()
@json_option
@click.pass_context
def policy(context: click.Context, as_json: bool) -> None:
    """Show the department's policy, whole; a copy of it at the path named changes it."""
    found: dict[str, Any] = drive(actions.show_policy(session_home(context)))
    where = "from" if found["own"] else "defaults; to change them, put this at"
    text = f"{found['text']}# {where} {found['path']}"
    emit(found, as_json, lambda console: console.print(text, markup=False, highlight=False))


def _passphrase(name: str, confirm: bool = False) -> str:
    """What this person types, unseen; in a pipe, the next line."""
    if not name.strip():
        raise BadUsage("A sign-off needs two people.", "Name them: --physicist and --physician.")
    return ask_passphrase(f"Passphrase of {name}", confirm)
