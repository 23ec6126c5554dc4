"""``radonc review``: new, next, answer, undo, summary, list."""

import textwrap
from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import review as actions
from radonc_tui.actions.progress import Action
from radonc_tui.actions.review_view import BlindView
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from store.judgements import Judgement, Reason, Severity

reviewer_option = click.option(
    "--reviewer", default="", metavar="NAME", help="Else the one whom the review was made for."
)


@click.group()
def review() -> None:
    """Blinded clinical review of regimens: reference, tuned and base model, unlabelled."""


@review.command()
@click.argument("evaluation", default="latest")
@click.option(
    "--cases", default=actions.CASES, show_default=True, type=click.IntRange(min=1),
    help="Drawn at random; all of them where there are fewer.",
)  # fmt: skip
@click.option("--reviewer", default="", metavar="NAME", help="Else the name you are logged in as.")
@click.option("--seed", type=click.IntRange(min=0), help="Of the drawing; else one is chosen.")
@json_option
@click.pass_context
def new(
    context: click.Context,
    evaluation: str,
    cases: int,
    reviewer: str,
    seed: int | None,
    as_json: bool,
) -> None:
    """Freeze a review of an evaluation's regimens, and show its first case."""
    request = actions.ReviewRequest(evaluation, cases, reviewer, seed)
    _show(actions.new_review(session_home(context), request), as_json)


@review.command("next")
@click.argument("review_id", metavar="REVIEW", default="latest")
@reviewer_option
@json_option
@click.pass_context
def next_(context: click.Context, review_id: str, reviewer: str, as_json: bool) -> None:
    """Show the case that the reviewer is at."""
    _show(actions.next_card(session_home(context), review_id, reviewer), as_json)


@review.command()
@click.argument("review_id", metavar="REVIEW")
@click.argument("card")
@click.argument("judgement")
@click.option("--reason", default="", metavar="REASON", help=f"{', '.join(Reason)}.")
@click.option("--severity", default="", metavar="SEVERITY", help=f"{', '.join(Severity)}.")
@reviewer_option
@json_option
@click.pass_context
def answer(
    context: click.Context,
    review_id: str,
    card: str,
    judgement: str,
    reason: str,
    severity: str,
    reviewer: str,
    as_json: bool,
) -> None:
    """Judge one card, and show the next: acceptable, with-changes, not-acceptable, cannot-judge."""
    request = actions.AnswerRequest(review_id, card, judgement, reason, severity, reviewer)
    _show(actions.answer_card(session_home(context), request), as_json)


@review.command()
@click.argument("review_id", metavar="REVIEW", default="latest")
@reviewer_option
@json_option
@click.pass_context
def undo(context: click.Context, review_id: str, reviewer: str, as_json: bool) -> None:
    """Take the last answer back, and show its case."""
    _show(actions.undo_answer(session_home(context), review_id, reviewer), as_json)


@review.command()
@click.argument("review_id", metavar="REVIEW", default="latest")
@reviewer_option
@json_option
@click.pass_context
def summary(context: click.Context, review_id: str, reviewer: str, as_json: bool) -> None:
    """Unblind: what was judged of whom. Afterwards the reviewer's answers are final."""
    found = drive(actions.summarise(session_home(context), review_id, reviewer))
    emit(found, as_json, lambda console: _print_summary(console, found))


@review.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List reviews, and how far each reviewer is."""
    found = drive(actions.list_reviews(session_home(context)))

    def human(console: Console) -> None:
        rows = [
            (
                made["review"],
                f"{made['cases']}{' synthetic' if made['synthetic'] else ''}",
                who["reviewer"],
                f"{who['judged']}/{made['cards']}{' unblinded' if who['unblinded'] else ''}",
            )
            for made in found
            for who in made["reviewers"]
        ]
        console.print(table(("review", "cases", "reviewer", "cards judged"), rows))

    emit(found, as_json, human)


def _show(action: Action[BlindView], as_json: bool) -> None:
    view = drive(action)
    emit(view_record(view), as_json, lambda console: _print_view(console, view))


def view_record(view: BlindView) -> dict[str, Any]:
    """The blinded view as one JSON object, and nothing besides."""
    current = view.current
    return {
        "review": view.review,
        "reviewer": view.reviewer,
        "synthetic": view.synthetic,
        "unblinded": view.unblinded,
        "cases": view.cases,
        "judged": view.judged,
        "left": view.left,
        "case": view.number,
        "diagnosis": view.diagnosis,
        "current": current.card if current else None,
        "cards": [
            {
                "card": card.card,
                "text": card.text,
                "judgement": card.answer.judgement if card.answer else None,
                "reason": card.answer.reason if card.answer else None,
                "severity": card.answer.severity if card.answer else None,
            }
            for card in view.cards
        ],
    }


def _print_view(console: Console, view: BlindView) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    synthetic = ", synthetic cases" if view.synthetic else ""
    say(f"{view.review}, {view.reviewer}{synthetic}: {view.judged} cards judged, {view.left} left")
    if not view.number:
        say(f"Every card is judged. Next: radonc review summary {view.review}")
        return
    say(f"\nCase {view.number} of {view.cases}\n{view.diagnosis}\n")
    for card in view.cards:
        mark = ">" if card == view.current else " "
        said = f"  [{card.answer.judgement.words}]" if card.answer else ""
        say(textwrap.indent(card.text, "    ").replace("    ", f"{mark} {card.card}  ", 1) + said)
    say(
        f"\nradonc review answer {view.review} CARD {'|'.join(Judgement)}\n"
        f"  with --reason {'|'.join(Reason)}\n  and --severity {'|'.join(Severity)}\n"
        f"  for {Judgement.WITH_CHANGES} and {Judgement.NOT_ACCEPTABLE}"
    )


def _print_summary(console: Console, found: dict[str, Any]) -> None:
    console.print(f"{found['review']} by {found['reviewer']}, {found['evaluation']}", markup=False)
    if found["synthetic"]:
        console.print("The cases are synthetic.")
    for origin, model in found["models"].items():
        console.print(f"{origin}: {model['name']}:{model['quant']}", markup=False)
    origins = found["origins"]
    rows = [
        (judgement.words, *(_share(o["judgements"][judgement]) for o in origins.values()))
        for judgement in Judgement
    ]
    console.print(table((f"{found['cases']} cases", *origins), rows))
    for name, kind in (("reason", Reason), ("severity", Severity)):
        key = {"reason": "reasons", "severity": "severities"}[name]
        counts = [(word.words, *(o[key][word] for o in origins.values())) for word in kind]
        console.print(table((name, *origins), counts))
    if paired := found["paired"]:
        console.print(
            f"tuned against base: better in {paired['better']}, same in {paired['same']}, worse "
            f"in {paired['worse']}; {paired['left_out']} left out (cannot judge)"
        )
    console.print(f"{found['interval']}; {found['patients']} patients.")
    console.print(f"Audit log: {found['audit']}.", highlight=False)


def _share(entry: dict[str, Any]) -> str:
    low, high = entry["ci95"]
    return f"{entry['count']}  {entry['share']:.0%} [{low:.0%}, {high:.0%}]"
