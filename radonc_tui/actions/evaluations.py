"""Evaluations that were made: listed, looked at closely; and runs beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exports.bundle import list_bundles
from exports.evaluation.details import (
    Answer,
    CodeCount,
    Confusion,
    JudgedCase,
    Key,
    Metric,
    add_answer,
    code_counts,
    confusions,
    judged_cases,
    metrics,
)
from exports.report.side_by_side import RunFacts, SideBySide, side_by_side
from exports.report.verdict import verdict
from exports.report.words import cautions
from radonc_tui.actions.progress import Action, Progress, follow
from radonc_tui.actions.runs import find_run, summary
from radonc_tui.actions.stored import end_of_log
from radonc_tui.actions.train import run_metrics
from store import work
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.lines import read_json, read_lines
from trainer.pairs import read_pairs

REPORT_EVERY = 500


@dataclass(frozen=True)
class Details:
    """Everything of one evaluation; ``verdict`` is to be read first, then ``cautions``."""

    id: str
    verdict: str
    cautions: tuple[str, ...]
    evaluation: dict[str, Any]
    metrics: tuple[Metric, ...]
    confusions: tuple[Confusion, ...]
    codes: tuple[CodeCount, ...]
    cases: tuple[JudgedCase, ...]


def list_evaluations(home: Home) -> Action[list[dict[str, Any]]]:
    """Every evaluation in one line, oldest first; a running one says how far it is."""
    yield from ()
    return [_line(made) for made in work.everything(home, "eval")]


def _line(made: work.Work) -> dict[str, Any]:
    """One that cannot be read has the state ``damaged`` and its error in place of the verdict."""
    when = datetime.fromtimestamp((made.path / "spec.json").stat().st_mtime, UTC)
    line: dict[str, Any] = {"id": made.id, "made": f"{when:%Y-%m-%d %H:%M}"}
    try:
        return {**line, **_asked(made), **_found(made)}
    except RadoncError as error:
        return {**line, "state": "damaged", "verdict": str(error)}
    except (KeyError, TypeError) as error:
        why = f"{made.id} is not what an evaluation leaves ({error}). Evaluate again."
        return {**line, "state": "damaged", "verdict": why}


def _asked(made: work.Work) -> dict[str, Any]:
    spec = made.spec
    models = {who: f"{m['name']}:{m['quant']}" if (m := spec[who]) else "" for who in _MODELS}
    return {
        **models,
        "dataset": spec["dataset"],
        "synthetic": spec["synthetic"],
        "quick": spec["quick"],
    }


_MODELS = ("tuned", "base")


def _found(made: work.Work) -> dict[str, Any]:
    if made.manifest_exists:
        evaluation = read_json(made.path / "evaluation.json")
        patients = evaluation["test_patients"]
        return {"state": "done", "patients": patients, "verdict": verdict(evaluation)}
    state = made.state()
    if state in ("failed", "died"):
        return {"state": state, "patients": None, "verdict": str(made.failure())}
    steps = [event for event in made.events() if event["kind"] == "progress"]
    far = f"{steps[-1]['stage']} {steps[-1]['done']}/{steps[-1]['total']}" if steps else ""
    return {"state": state, "patients": None, "verdict": far}


def stop_evaluation(home: Home, evaluation_id: str) -> Action[str]:
    """Stop an evaluation that is under way; it leaves no result. Returns the state it ended in.

    Raises:
        BadUsage: there is none of this id, or it has ended.
    """
    made = work.find(home, "eval", evaluation_id)
    state = made.state()
    if state in work.ENDED:
        raise BadUsage(f"{made.id} is not running: it is {state}.")
    work.ask_to_stop(made)
    return (yield from follow(made))


def done_evaluation(home: Home, evaluation_id: str) -> work.Work:
    """The evaluation with this id; ``latest`` is the newest that is done.

    Raises:
        BadUsage: there is none of this id, or it is not done.
    """
    if evaluation_id == "latest":
        done = [made for made in work.everything(home, "eval") if made.manifest_exists]
        if done:
            return done[-1]
    chosen = work.find(home, "eval", evaluation_id)
    if not chosen.manifest_exists:
        raise BadUsage(f"{chosen.id} is {chosen.state()}: it has no result.", "Evaluate again.")
    return chosen


def show_evaluation(home: Home, evaluation_id: str) -> Action[Details]:
    """One evaluation, whole: its metrics, confusions, codes and every test case.

    Raises:
        BadUsage: there is none of this id, or it is not done.
        RadoncError: its files cannot be read.
    """
    made = done_evaluation(home, evaluation_id)
    head = end_of_log(home)  # the reading of test metrics is counted as well
    evaluation = {**read_json(made.path / "evaluation.json"), "audit": head}
    found: dict[Key, dict[str, Answer]] = {}
    for done, record in enumerate(read_lines(made.path / "predictions.jsonl")):
        add_answer(found, record)
        if done % REPORT_EVERY == 0:
            yield Progress("read answers", done, 0, "answers")
    cases = judged_cases(found)
    return Details(
        made.id,
        verdict(evaluation),
        tuple(cautions(evaluation)),
        evaluation,
        metrics(evaluation),
        confusions(cases),
        code_counts(cases),
        cases,
    )


def diagnoses_of(home: Home, evaluation_id: str) -> Action[dict[str, str]]:
    """The diagnosis of each test case, as both models were given it, by the case's id.

    Raises:
        BadUsage: there is no such evaluation, or it is not done.
        RadoncError: its test cases cannot be read.
    """
    yield from ()
    made = done_evaluation(home, evaluation_id)
    return {pair.case_id: pair.diagnosis for pair in read_pairs(made.path / "test.jsonl")}


def compare_runs(home: Home, run_ids: Sequence[str]) -> Action[SideBySide]:
    """Runs beside each other: settings that differ, losses, speed, their newest evaluations.

    Where these are of the same test patients, how far other seeds scatter and what more training
    cases bring.

    Raises:
        BadUsage: fewer than two runs, or one that is not there.
    """
    runs = [find_run(home, run_id) for run_id in dict.fromkeys(run_ids)]
    if len(runs) < 2:
        raise BadUsage("One run cannot be compared with itself.", "Name two or more runs.")
    yield Progress("compare", 0, len(runs), "runs")
    evaluated = _newest_evaluations(home)
    facts = [
        RunFacts(
            run.id, summary(run), run.spec["settings"], run_metrics(run), evaluated.get(run.id)
        )
        for run in runs
    ]
    made = [evaluated[run.id]["id"] for run in runs if run.id in evaluated]
    return side_by_side(facts, _together(home, [work.find(home, "eval", one) for one in made]))


def _together(home: Home, evaluations: Sequence[work.Work]) -> dict[str, Any]:
    # numbers are heavy, and only what is compared needs them
    from exports.evaluation.home_trainings import read_trainings
    from exports.evaluation.trainings import several

    return several(read_trainings(home, evaluations))


def _newest_evaluations(home: Home) -> dict[str, dict[str, Any]]:
    """The newest evaluation of any bundle of each run, by the run's id."""
    run_of = {bundle.id: bundle.manifest["run"] for bundle in list_bundles(home)}
    found: dict[str, dict[str, Any]] = {}
    for made in work.everything(home, "eval"):
        if made.manifest_exists:
            evaluation = read_json(made.path / "evaluation.json")
            run = run_of.get(evaluation["tuned"]["name"])
            if run:
                found[run] = evaluation
    return found
