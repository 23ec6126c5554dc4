"""Reports of evaluations that were made: without the text of any case, unless it is asked for."""

from dataclasses import dataclass
from typing import Any

from exports.report.cases import text_of_cases
from exports.report.markdown import markdown
from radonc_tui.actions.evaluations import done_evaluation
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import end_of_log, opened
from store import audit
from store.home import Home
from store.lines import read_json, read_lines
from trainer.pairs import read_pairs


@dataclass(frozen=True)
class Report:
    """An evaluation, with ``cases`` where their text was asked for, and the same in Markdown."""

    evaluation: dict[str, Any]
    text: str


def report(home: Home, evaluation_id: str, with_text: bool = False) -> Action[Report]:
    """The report of an evaluation; ``latest`` is the newest that is done.

    ``with_text`` adds the test cases with diagnosis, reference and answers, which the audit log
    keeps: what leaves the program in this way is out of its hands.

    Raises:
        BadUsage: there is none of this id, or it is not done.
    """
    yield from ()
    chosen = done_evaluation(home, evaluation_id)
    evaluation = read_json(chosen.path / "evaluation.json")
    if with_text:
        answers = read_lines(chosen.path / "predictions.jsonl")
        cases = text_of_cases(read_pairs(chosen.path / "test.jsonl"), answers)
        with opened(home) as connection:
            audit.record(connection, "report with text", chosen.id, after={"cases": len(cases)})
        evaluation["cases"] = cases
    evaluation["audit"] = end_of_log(home)
    return Report(evaluation, markdown(evaluation))
