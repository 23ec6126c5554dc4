"""Reports of evaluations that were made: without the text of any case, unless it is asked for."""

from dataclasses import dataclass
from typing import Any

from exports.bundle import list_bundles
from exports.card import card_text
from exports.evaluation.answers import top_dose
from exports.evaluation.drift_limit import limit_of
from exports.report.capsule import capsule
from exports.report.cases import text_of_cases
from exports.report.markdown import markdown
from radonc_tui.actions.evaluations import done_evaluation
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import end_of_log, opened
from radonc_tui.actions.sweep import looks_of
from radonc_tui.actions.train import run_metrics
from store import audit, datasets, work
from store.errors import BadUsage
from store.home import Home
from store.lines import read_json, read_lines
from store.policy import read_policy
from trainer.pairs import read_pairs
from trainer.tasks import Task


@dataclass(frozen=True)
class Report:
    """An evaluation with its capsule, ``cases`` where their text was asked for, and Markdown."""

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
    evaluation = _whole(home, chosen, with_text)
    return Report(evaluation, markdown(evaluation))


def report_page(home: Home, evaluation_id: str, with_text: bool = False) -> Action[str]:
    """The report as one self-contained HTML page; as ``report`` otherwise."""
    yield from ()
    # drawing and templates are heavy, and only a page needs them
    from exports.report.origin_part import Origin
    from exports.report.page import html

    chosen = done_evaluation(home, evaluation_id)
    evaluation = _whole(home, chosen, with_text)
    bundle, run = _bundle(home, evaluation)
    origin = Origin(
        bundle=bundle,
        metrics=run_metrics(run) if run else {},
        dataset=_dataset(home, evaluation) or {},
        capsule=evaluation["capsule"],
        doses=_doses(chosen),
        limit=limit_of(read_policy(home)),
    )
    return html(evaluation, origin)


def report_card(home: Home, evaluation_id: str) -> Action[str]:
    """The model card of the evaluated bundle with the evaluation's numbers.

    Raises:
        BadUsage: there is none of this id, it is not done, or its bundle has been removed.
    """
    yield from ()
    chosen = done_evaluation(home, evaluation_id)
    evaluation = read_json(chosen.path / "evaluation.json")
    bundle, _ = _bundle(home, evaluation)
    if not bundle:
        name = evaluation["tuned"]["name"]
        raise BadUsage(f"{name}, which {chosen.id} evaluated, is gone.", "A card is of a bundle.")
    return card_text(bundle, evaluation)


def _whole(home: Home, chosen: work.Work, with_text: bool) -> dict[str, Any]:
    """The evaluation with its reviews, the trainings beside it and its capsule.

    And with the text of its cases where that was asked for.
    """
    evaluation = read_json(chosen.path / "evaluation.json")
    if with_text:
        answers = read_lines(chosen.path / "predictions.jsonl")
        cases = text_of_cases(read_pairs(chosen.path / "test.jsonl"), answers)
        with opened(home) as connection:
            audit.record(connection, "report with text", chosen.id, after={"cases": len(cases)})
        evaluation["cases"] = cases
    evaluation["audit"] = end_of_log(home)
    evaluation["reviews"] = _reviews(home, chosen.id)
    evaluation["trainings"] = _trainings(home, chosen)
    bundle, run = _bundle(home, evaluation)
    evaluation["capsule"] = capsule(
        evaluation,
        chosen.spec,
        bundle,
        {**run.spec, **looks_of(home, run)} if run else None,
        _dataset(home, evaluation),
        evaluation["audit"],
    )
    return evaluation


def _reviews(home: Home, evaluation_id: str) -> list[dict[str, Any]]:
    from exports.evaluation.review_results import review_results

    with opened(home) as connection:
        return review_results(connection, evaluation_id)


def _trainings(home: Home, chosen: work.Work) -> dict[str, Any]:
    from exports.evaluation.home_trainings import trainings_beside
    from exports.evaluation.trainings import several

    return several(trainings_beside(home, chosen))


def _bundle(home: Home, evaluation: dict[str, Any]) -> tuple[dict[str, Any], work.Work | None]:
    """The manifest of the bundle that was evaluated and its run; what is gone is empty."""
    name = evaluation["tuned"]["name"]
    found = [bundle.manifest for bundle in list_bundles(home) if bundle.id == name]
    if not found:
        return {}, None
    runs = [run for run in work.everything(home, "run") if run.id == found[0]["run"]]
    return found[0], runs[0] if runs else None


def _dataset(home: Home, evaluation: dict[str, Any]) -> dict[str, Any] | None:
    if not evaluation.get("dataset"):
        return None
    try:
        with opened(home) as connection:
            return datasets.show_dataset(connection, evaluation["dataset"])
    except BadUsage:
        # an evaluation outlives a data set that a restored store no longer has
        return None


def _doses(chosen: work.Work) -> tuple[tuple[float, float], ...]:
    """(reference, predicted) top dose in Gy of the tuned model's answers that can be read."""
    found: list[tuple[float, float]] = []
    for record in read_lines(chosen.path / "predictions.jsonl"):
        if record["by"] == "tuned" and record["task"] == Task.REGIMEN:
            pair = top_dose(record["reference"]), top_dose(record["text"])
            if pair[0] is not None and pair[1] is not None:
                found.append((pair[0], pair[1]))
    return tuple(found)
