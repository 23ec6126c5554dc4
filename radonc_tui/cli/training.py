"""``radonc train`` and ``radonc runs``."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import (
    chain as chain_actions,
    evaluations as evaluation_actions,
    runs as run_actions,
    sweep as sweep_actions,
    then as then_actions,
    train as train_actions,
)
from radonc_tui.actions.plans import duration
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, plain, session_home, table
from radonc_tui.cli.run_cases import cases
from trainer.bases import DEFAULT
from trainer.settings import PRESETS, STANDARD


@click.command()
@click.option("--base", default=DEFAULT, show_default=True, help="The base model.")
@click.option("--data", "dataset", default="latest", show_default=True, help="The data set.")
@click.option("--task", "tasks", multiple=True, help="regimen, modality, icd10; default: all.")
@click.option(
    "--preset",
    type=click.Choice([preset.name for preset in PRESETS]),
    default=STANDARD,
    show_default=True,
    help=" ".join(f"{preset.name}: {preset.purpose}" for preset in PRESETS),
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting.")
@click.option("--plan", "plan_only", is_flag=True, help="Show what it would do, and stop.")
@click.option("--fit", is_flag=True, help="Make it fit into the memory there is.")
@click.option("--detach", is_flag=True, help="Start it and return.")
@click.option("--then", default="", metavar="STEPS", help="export or export,evaluate.")
@click.option(
    "--sweep",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Compare the settings of a TOML file on validation; the same again goes on.",
)
@json_option
@click.pass_context
def train(
    context: click.Context,
    base: str,
    dataset: str,
    tasks: tuple[str, ...],
    preset: str,
    settings: tuple[str, ...],
    plan_only: bool,
    fit: bool,
    detach: bool,
    then: str,
    sweep: Path | None,
    as_json: bool,
) -> None:
    """Train an adapter; leaving (Ctrl-C) leaves it training."""
    home = session_home(context)
    steps = then_actions.read_chain(then)
    request = train_actions.TrainRequest(base, dataset, tasks, settings, detach, preset, steps, fit)
    if sweep:
        compared = drive(sweep_actions.sweep(home, sweep, request))
        emit(compared, as_json, lambda console: _print_sweep(console, compared))
        return
    plan = drive(train_actions.plan(home, request))
    if plan_only:
        emit(plan, as_json, lambda console: _print_plan(console, plan))
        return
    if not as_json:
        _print_plan(Console(stderr=True), plan)
    # attended, what follows is done here and not by a process of its own
    mine = replace(request, detach=True, then=steps if detach else ())
    started = drive(train_actions.train(home, mine))
    if detach:
        emit(started, as_json, lambda console: _print_started(console, started.run_id))
        return
    try:
        if steps:
            made = drive(chain_actions.follow_chain(home, started.run_id, steps))
            emit(made, as_json, lambda c: c.print(f"{made.bundle_id} {made.evaluation_id}"))
            return
        result = drive(train_actions.finish(home, started))
    except KeyboardInterrupt:
        if steps:
            drive(chain_actions.leave_chain(home, started.run_id, steps))
        _print_started(Console(stderr=True), started.run_id)
        raise

    def human(console: Console) -> None:
        console.print(f"{result.run_id} is {result.state}")
        if result.state == "done":
            console.print(f"Next: radonc export {result.run_id}")

    emit(result, as_json, human)


def _print_started(console: Console, run_id: str) -> None:
    console.print(f"{run_id} trains by itself: radonc runs watch {run_id}, or radonc runs stop")


def _print_sweep(console: Console, found: Any) -> None:
    rows = [
        (
            *(row["trial"], row["run"], row["state"], _short(row["validation_loss"])),
            " ".join(row["options"]),
        )
        for row in found.trials
    ]
    console.print(table(("trial", "run", "state", "validation loss", "settings"), rows))
    console.print(f"{found.sweep_id} looked at validation {found.looks} times")
    console.print(f"Best: {found.best['run']}. Next: radonc export {found.best['run']}")


def _print_plan(console: Console, plan: Any) -> None:
    console.print(
        f"{plan.cases} cases, {plan.pairs} pairs, {plan.steps} steps of {plan.batch_cases} cases "
        f"({plan.passes} passes), {plan.validation_cases} validation cases"
    )
    parts = [f"{name} {part.cases} ({part.patients})" for name, part in plan.parts.items()]
    console.print(
        f"cases (patients): {', '.join(parts)}; {plan.leaked_patients} patients on both sides"
    )
    found = plan.estimate
    console.print(f"base {plan.base}, licence {plan.licence}", highlight=False)
    console.print(
        f"about {duration(found.seconds)} and {found.memory_mb / 1024:.1f} GiB of "
        f"{found.available_mb / 1024:.1f} GiB on {found.machine}; time {found.basis}",
        highlight=False,
    )
    for caution in plan.cautions:
        console.print(f"! {caution}", highlight=False)


@click.group()
def runs() -> None:
    """Trainings: listed, shown, watched, stopped, resumed."""


runs.add_command(cases)


@runs.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List runs."""
    found = drive(run_actions.list_runs(session_home(context)))

    def human(console: Console) -> None:
        rows = [
            (
                r["id"],
                r["state"],
                f"{r['step']}/{r['steps']}",
                None if r["validation_loss"] is None else f"{r['validation_loss']:.3f}",
                "synthetic" if r["synthetic"] else "",
                r["base"],
            )
            for r in found
        ]
        columns = ("run", "state", "step", "validation loss", "cases", "base")
        console.print(table(columns, rows, clip=True))

    emit(found, as_json, human)


@runs.command()
@click.argument("run", default="latest")
@json_option
@click.pass_context
def show(context: click.Context, run: str, as_json: bool) -> None:
    """Show one run."""
    found = drive(run_actions.show_run(session_home(context), run))
    shown = {key: value for key, value in found.items() if key != "metrics"}
    for name, told in found["metrics"].get("estimate", {}).items():
        said, was = told["estimated"], told["measured"]
        shown[f"{name} measured"] = f"{was} ({said} estimated, {told['error']:+.0%})"
    emit(found, as_json, lambda console: console.print(table(("", ""), shown.items())))


@runs.command()
@click.argument("run", default="latest")
@json_option
@click.pass_context
def watch(context: click.Context, run: str, as_json: bool) -> None:
    """Follow a run; leaving it leaves it training. With --json, one line an update."""
    home = session_home(context)
    if as_json:
        for progress in run_actions.watch_run(home, run):
            click.echo(json.dumps(plain(progress), allow_nan=False))
        return
    found = drive(run_actions.watch_run(home, run))
    click.echo(f"{found['id']} is {found['state']}")


@runs.command()
@click.argument("run", default="latest")
@json_option
@click.pass_context
def stop(context: click.Context, run: str, as_json: bool) -> None:
    """Stop a run after the step it is at, with a checkpoint."""
    found = drive(run_actions.stop_run(session_home(context), run))
    emit(found, as_json, lambda console: console.print(f"{found['id']} is {found['state']}"))


@runs.command()
@click.argument("run", default="latest")
@click.option("--detach", is_flag=True, help="Start it and return.")
@click.option("--fit", is_flag=True, help="With fewer cases at once where memory is not enough.")
@json_option
@click.pass_context
def resume(context: click.Context, run: str, detach: bool, fit: bool, as_json: bool) -> None:
    """Go on with a stopped, failed or died run from its last checkpoint."""
    found = drive(run_actions.resume_run(session_home(context), run, detach, fit))
    emit(found, as_json, lambda console: console.print(f"{found['id']} is {found['state']}"))


@runs.command()
@click.argument("run", nargs=-1, required=True)
@json_option
@click.pass_context
def compare(context: click.Context, run: tuple[str, ...], as_json: bool) -> None:
    """Runs side by side: settings that differ, losses, speed, their newest evaluations."""
    found = drive(evaluation_actions.compare_runs(session_home(context), run))

    def human(console: Console) -> None:
        rows = [(row.part, row.name, *map(_short, row.values)) for row in found.rows]
        console.print(table(("", "", *found.runs), rows))
        for caution in found.cautions:
            console.print(f"! {caution}", highlight=False)
        for sentence in found.together:
            console.print(sentence, highlight=False)

    emit(found, as_json, human)


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:.4g}" if isinstance(value, float) else value


@runs.command(hidden=True)
@click.argument("run")
@click.argument("steps")
@json_option
@click.pass_context
def then(context: click.Context, run: str, steps: str, as_json: bool) -> None:
    """Follow RUN to its end, then do STEPS."""
    chain = then_actions.read_chain(steps)
    made = drive(chain_actions.follow_chain(session_home(context), run, chain))
    emit(made, as_json, lambda console: console.print(f"{made.bundle_id} {made.evaluation_id}"))
