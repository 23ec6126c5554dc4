"""``radonc demo``, ``doctor`` and ``pack``."""

from pathlib import Path

import click
from rich.console import Console

from radonc_tui.actions.demo import DemoResult, demo as demo_action
from radonc_tui.actions.doctor import doctor as doctor_action
from radonc_tui.actions.pack import PackRequest, pack as pack_action
from radonc_tui.cli.cases import print_funnel
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from radonc_tui.cli.results import print_evaluation, print_predictions


@click.command()
@click.option("--quick", is_flag=True, help="Few steps, few patients; claims no p-value.")
@json_option
@click.pass_context
def demo(context: click.Context, quick: bool, as_json: bool) -> None:
    """Do the whole job on embedded defaults: cases, training, export, evaluation."""
    home = session_home(context)
    result = drive(demo_action(home, quick))
    document = {
        "evaluation": result.evaluation,
        "funnel": result.funnel,
        "model": result.model,
        "predictions": result.predictions,
        "references": result.references,
        "seconds": result.seconds,
    }
    emit(document, as_json, lambda console: _print_demo(console, result))


def _print_demo(console: Console, result: DemoResult) -> None:
    console.rule("cases (synthetic)")
    print_funnel(console, result.funnel)
    console.rule("evaluation")
    print_evaluation(console, result.evaluation)
    console.rule("three test diagnoses")
    print_predictions(console, result.predictions)
    references = [tuple(case.values()) for case in result.references]
    console.print(table(("reference regimen", "modality", "code"), references))
    spent = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in result.seconds.items())
    console.print(f"\n{spent}; {sum(result.seconds.values()) / 60:.1f} minutes in all.")
    console.print("Next:")
    for command, meaning in (
        ("radonc report latest --md report.md", "the evaluation, to read"),
        (f'radonc predict "..." --model {result.model}', "ask the model"),
        ("radonc cases import FILE --dry-run", "begin with your own cases"),
    ):
        console.print(f"  {command}   ({meaning})", markup=False, highlight=False)


@click.command()
@json_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Say what this workstation can do, what is missing, and the command that adds it."""
    findings = drive(doctor_action(session_home(context)))

    def human(console: Console) -> None:
        rows = [(f.what, f.state, f.finding) for f in findings]
        console.print(table(("", "", "finding"), rows))
        for finding in findings:
            if finding.command:
                console.print(f"{finding.what}: {finding.command}", markup=False, highlight=False)

    emit(findings, as_json, human)


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def pack(context: click.Context, out: Path, as_json: bool) -> None:
    """Write everything that an offline machine of the same kind needs into the folder OUT."""
    made = drive(pack_action(session_home(context), PackRequest(out)))

    def human(console: Console) -> None:
        console.print(f"{made['wheels']} wheels, {made['bytes'] / 1e9:.1f} GB in {out}")
        console.print(f"On the other machine: sh {out}/install.sh FOLDER")

    emit(made, as_json, human)
