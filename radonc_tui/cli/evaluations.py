"""``radonc evaluations list|show``: what was evaluated, and each test case of it."""

from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console

from exports.evaluation.details import CodeCount, Confusion, JudgedCase
from exports.report.words import NONE, baseline_name, counted, task_name
from radonc_tui.actions import evaluations as actions
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from radonc_tui.cli.results import print_evaluation
from store.errors import BadUsage
from trainer.tasks import Task

CHANGES = ("better", "worse", "same", "all")


@click.group()
def evaluations() -> None:
    """Evaluations that were made: listed, and looked at case by case."""


@evaluations.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List evaluations, oldest first."""
    found = drive(actions.list_evaluations(session_home(context)))

    def human(console: Console) -> None:
        rows = [
            (e["id"], e["state"], "synthetic" if e.get("synthetic") else "", e["verdict"])
            for e in found
        ]
        console.print(table(("evaluation", "state", "cases", "verdict"), rows, clip=True))

    emit(found, as_json, human)


@evaluations.command()
@click.argument("evaluation")
@json_option
@click.pass_context
def stop(context: click.Context, evaluation: str, as_json: bool) -> None:
    """Stop an evaluation that is under way; it leaves no result."""
    state = drive(actions.stop_evaluation(session_home(context), evaluation))
    emit(
        {"id": evaluation, "state": state},
        as_json,
        lambda console: console.print(f"{evaluation} is {state}"),
    )


@evaluations.command()
@click.argument("evaluation", default="latest")
@click.option("--task", type=click.Choice([task.value for task in Task]), help="One task only.")
@click.option("--cases", "change", type=click.Choice(CHANGES), help="Test cases, by what changed.")
@click.option("--case", "case_id", default="", metavar="CASE", help="One test case, whole.")
@json_option
@click.pass_context
def show(
    context: click.Context,
    evaluation: str,
    task: str | None,
    change: str | None,
    case_id: str,
    as_json: bool,
) -> None:
    """Show one evaluation: metrics, confusions, codes; with --cases its test cases.

    --json has all of it, whatever is chosen, but for the diagnoses, which --case adds.
    """
    home = session_home(context)
    found = drive(actions.show_evaluation(home, evaluation))
    if case_id:
        cases = [case for case in found.cases if case.case_id == case_id]
        diagnosis = drive(actions.diagnoses_of(home, evaluation)).get(case_id)
        if diagnosis is None:
            raise BadUsage(f"{found.id} has no test case {case_id!r}.", "--cases all lists them.")
        whole = {"case_id": case_id, "diagnosis": diagnosis, "cases": cases}
        emit(whole, as_json, lambda console: _print_case(console, diagnosis, cases))
        return

    def human(console: Console) -> None:
        if change:
            chosen = [
                case
                for case in found.cases
                if task in (None, case.task) and change in ("all", case.change)
            ]
            _print_cases(console, chosen)
            return
        print_evaluation(console, found.evaluation)
        for confusion in found.confusions:
            _print_confusion(console, confusion)
        _print_codes(console, found.codes)
        console.print(f"Next: radonc evaluations show {found.id} --cases worse")

    emit(found, as_json, human)


def _print_confusion(console: Console, confusion: Confusion) -> None:
    console.print(f"\nModality, {confusion.by}: reference down, answer across.", highlight=False)
    rows = [(label, *row) for label, row in zip(confusion.reference, confusion.counts, strict=True)]
    console.print(table(("", *confusion.answered), rows))


def _print_codes(console: Console, codes: Sequence[CodeCount]) -> None:
    if not codes:
        return
    rows = [
        (
            row.code,
            row.cases,
            NONE if row.base is None else row.base,
            row.tuned,
            f"{row.wrong} ({row.times})" if row.wrong else "",
        )
        for row in codes
    ]
    columns = ("ICD-10", "cases", "base right", "tuned right", "commonest wrong answer, tuned")
    console.print(table(columns, rows))


def _print_cases(console: Console, cases: Sequence[JudgedCase]) -> None:
    """A line for the reference and one for each model's answer."""
    rows: list[tuple[Any, ...]] = []
    for case in cases:
        title = f"{task_name(case.task)}{f', {case.change}' if case.change else ''}"
        rows.append((case.case_id, title, "reference", case.reference))
        for who, answer in (("base", case.base), ("tuned", case.tuned)):
            if answer:
                right = "right" if answer.right else "wrong"
                rows.append(("", "", f"{who}, {right}", answer.text))
    console.print(table(("case", "task", "", "answer"), rows))
    console.print(
        counted(len(cases), "pair of a case and a task", "pairs of a case and a task"),
        highlight=False,
    )


def _print_case(console: Console, diagnosis: str, cases: Sequence[JudgedCase]) -> None:
    console.print(f"{diagnosis}\n", markup=False, highlight=False)
    for case in cases:
        named = {"base": case.base, "tuned": case.tuned, **case.baselines}
        rows: list[tuple[Any, ...]] = [("reference", "", case.reference, "")]
        for who, answer in named.items():
            if answer:
                sure = NONE if answer.score is None else f"{answer.score:.2f}"
                right = "right" if answer.right else "wrong"
                rows.append((baseline_name(who), right, answer.text, sure))
        console.print(table((task_name(case.task), "", "answer", "score"), rows))
