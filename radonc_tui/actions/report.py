"""Reports of evaluations that were made."""

from dataclasses import dataclass
from typing import Any

from exports.report.markdown import markdown
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import opened
from store import work
from store.errors import BadUsage
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
    done = [made for made in work.everything(home, "eval") if made.manifest]
    if evaluation_id == "latest" and done:
        chosen = done[-1]
    else:
        chosen = work.find(home, "eval", evaluation_id)
    if chosen.manifest is None:
        raise BadUsage(f"{chosen.id} is {chosen.state()}: it has no result.", "Evaluate again.")
    with opened(home):
        evaluation = read_json(chosen.path / "evaluation.json")
    return Report(evaluation, markdown(evaluation))
