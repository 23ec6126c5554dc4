"""Reports of evaluations that were made."""

from dataclasses import dataclass
from typing import Any

from exports.report.markdown import markdown
from radonc_tui.actions.evaluations import done_evaluation
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import audit
from store.home import Home
from store.lines import read_json


@dataclass(frozen=True)
class Report:
    """An evaluation, and its text in Markdown."""

    evaluation: dict[str, Any]
    text: str


def report(home: Home, evaluation_id: str) -> Action[Report]:
    """The report of an evaluation; ``latest`` is the newest that is done.

    Raises:
        BadUsage: there is none of this id, or it is not done.
    """
    yield from ()
    chosen = done_evaluation(home, evaluation_id)
    with opened(home) as connection:
        # where a reader can compare it, the end of the audit log cannot be put back unseen
        head = audit.end_of_log(connection)
        evaluation = {**read_json(chosen.path / "evaluation.json"), "audit": str(head)}
    return Report(evaluation, markdown(evaluation))
