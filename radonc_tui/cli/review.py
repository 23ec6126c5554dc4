"""``radonc review``: new, next, answer, undo, adjudicate, summary, list, send, take."""

import textwrap
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console

from radonc_tui.actions import review as actions
from radonc_tui.actions.progress import Action
from radonc_tui.actions.review_view import BlindView
from radonc_tui.cli.drive import drive
from radonc_tui.cli.output import emit, json_option, session_home, table
from radonc_tui.cli.review_pages import send, take
from radonc_tui.cli.review_summary import print_summary
from store.judgements import Judgement, Reason, Severity
from store.review_people import ADJUDICATOR

reviewer_option = click.option(
    "--reviewer", default="", metavar="NAME", help="Else the one whom the review was made for."
)
attending_option = click.option(
    "--attending", default="", metavar="CODE",
    help="The code under which they treated cases; these are not given to them.",
)  # fmt: skip


@click.group()
def review() -> None:
    """Blinded clinical review of regimens: reference, tuned and base model, unlabelled."""


review.add_command(send)
review.add_command(take)


@review.command()
@click.argument("evaluation", default="latest")
@click.option(
    "--cases", default=actions.CASES, show_default=True, type=click.IntRange(min=1),
    help="Drawn within strata of site and intent; all of them where there are fewer.",
)  # fmt: skip
@click.option("--reviewer", default="", metavar="NAME", help="Else the name you are logged in as.")
@attending_option
@click.option("--seed", type=click.IntRange(min=0), help="Of the drawing; else one is chosen.")
@json_option
@click.pass_context
def new(
    context: click.Context,
    evaluation: str,
    cases: int,
    reviewer: str,
    attending: str,
    seed: int | None,
    as_json: bool,
) -> None:
    """Freeze a review of an evaluation's regimens, and show its first case."""
    request = actions.ReviewRequest(evaluation, cases, reviewer, seed, attending)
    _show(actions.new_review(session_home(context), request), as_json)


@review.command("next")
@click.argument("review_id", metavar="REVIEW", default="latest")
@reviewer_option
@attending_option
@json_option
@click.pass_context
def next_(
    context: click.Context, review_id: str, reviewer: str, attending: str, as_json: bool
) -> None:
    """Show the case that the reviewer is at."""
    _show(actions.next_card(session_home(context), review_id, reviewer, attending), as_json)


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
@click.option("--by", required=True, metavar="NAME", help="Somebody who is no reviewer of it.")
@attending_option
@json_option
@click.pass_context
def adjudicate(
    context: click.Context, review_id: str, by: str, attending: str, as_json: bool
) -> None:
    """Show a third person the next case on which reviewers differ; they answer as reviewers do."""
    _show(actions.adjudicate(session_home(context), review_id, by, attending), as_json)


@review.command()
@click.argument("review_id", metavar="REVIEW", default="latest")
@reviewer_option
@json_option
@click.pass_context
def summary(context: click.Context, review_id: str, reviewer: str, as_json: bool) -> None:
    """Unblind: what was judged of whom. Afterwards the answers of whoever asks are final."""
    found = drive(actions.summarise(session_home(context), review_id, reviewer))
    emit(found, as_json, lambda console: print_summary(console, found))


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
                f"{who['reviewer']}{' adjudicates' if who['role'] == ADJUDICATOR else ''}",
                f"{who['judged']}/{who['cards']}{' unblinded' if who['unblinded'] else ''}",
                made["undecided"],
            )
            for made in found
            for who in made["reviewers"]
        ]
        console.print(table(("review", "cases", "reviewer", "cards judged", "to adjudicate"), rows))

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
        "adjudicates": view.adjudicates,
        "unblinded": view.unblinded,
        "own": view.own,
        "note": view.note,
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
    role = ", adjudicates" if view.adjudicates else ""
    say(
        f"{view.review}, {view.reviewer}{role}{synthetic}: {view.judged} cards judged, "
        f"{view.left} left"
    )
    if view.own:
        say(f"{view.own} cases are left out because {view.reviewer} treated them.")
    if view.note:
        say(view.note)
    if not view.number:
        _print_end(say, view)
        return
    say(f"\nCase {view.number} of {view.cases}\n{view.diagnosis}\n")
    for card in view.cards:
        mark = ">" if card == view.current else " "
        said = f"  [{card.answer.judgement.words}]" if card.answer else ""
        say(textwrap.indent(card.text, "    ").replace("    ", f"{mark} {card.card}  ", 1) + said)
    whose = f" --reviewer {view.reviewer!r}" if view.adjudicates else ""
    say(
        f"\nradonc review answer {view.review} CARD {'|'.join(Judgement)}{whose}\n"
        f"  with --reason {'|'.join(Reason)}\n  and --severity {'|'.join(Severity)}\n"
        f"  for {Judgement.WITH_CHANGES} and {Judgement.NOT_ACCEPTABLE}"
    )


def _print_end(say: Callable[[str], None], view: BlindView) -> None:
    if view.adjudicates and not view.judged:
        say("There is no card on which the reviewers differ.")
    elif not view.judged:
        say("There is no card to judge.")
    else:
        say(f"Every card is judged. Next: radonc review summary {view.review}")
