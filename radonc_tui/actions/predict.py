"""Predictions: one diagnosis now, or a file of them in a worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports.bundle import find_model, list_bundles
from exports.inference.engine import Engine
from exports.inference.predictor import MOST_CHARACTERS, SUGGESTION, ModelPredictor, Question
from radonc_tui.actions.models import bundle_of
from radonc_tui.actions.progress import Action, Progress, run_work
from store import work
from store.errors import BadUsage
from store.home import Home, new_id
from trainer.tasks import Task


@dataclass(frozen=True)
class PredictRequest:
    """Diagnoses and the model to ask; without one, the newest bundle."""

    diagnoses: tuple[str, ...]
    model: str = ""


@dataclass(frozen=True)
class PredictFileRequest:
    """A table with a diagnosis column in, one JSON object a row out."""

    source: Path
    out: Path
    model: str = ""


def newest_model(home: Home, name: str) -> str:
    """``name``, or the newest bundle where none is named.

    Raises:
        BadUsage: there is no bundle yet.
    """
    bundles = list_bundles(home)
    if not name and not bundles:
        raise BadUsage(
            "There is no model to ask yet.", "Run `radonc demo`, or train and export one."
        )
    return name or bundles[-1].id


def predict(home: Home, request: PredictRequest) -> Action[dict[str, Any]]:
    """Regimen, modality and code for each diagnosis, each with its score.

    Raises:
        BadUsage: an empty or overlong diagnosis, or no such model.
    """
    for text in request.diagnoses:
        _check(text)
    model = find_model(home, newest_model(home, request.model))
    bundle = bundle_of(home, model)
    tasks = [Task(name) for name in bundle.manifest["tasks"]]
    questions = [
        Question(str(index), text, task)
        for index, text in enumerate(request.diagnoses)
        for task in tasks
    ]
    labels = {Task(name): list(known) for name, known in bundle.labels.items()}
    yield Progress("load model")
    answers: dict[str, dict[str, Any]] = {str(i): {} for i in range(len(request.diagnoses))}
    with Engine.open(model.path, model.sha256) as engine:
        predictor = ModelPredictor(engine, labels, free_running=False)
        for done, made in enumerate(predictor.predict(questions), 1):
            answers[made.case_id][made.task.value] = _answer(
                made.text, made.score, made.probabilities
            )
            yield Progress("predict", done, len(questions), "answers")
    return {
        "model": {"name": model.name, "quant": model.quant, "sha256": model.sha256},
        "signed_off": False,
        "synthetic": bundle.synthetic,
        "note": SUGGESTION,
        "predictions": [
            {"diagnosis": text, **answers[str(index)]}
            for index, text in enumerate(request.diagnoses)
        ],
    }


def predict_file(home: Home, request: PredictFileRequest) -> Action[dict[str, Any]]:
    """Predict every row of a table, in order; a bad row gives an error row."""
    if not request.source.is_file():
        raise BadUsage(f"There is no file {request.source}.")
    out = request.out.resolve()
    if out == request.source.resolve() or not out.parent.is_dir():
        raise BadUsage(
            f"The answers cannot go to {request.out}.",
            "Name another file in a folder that exists.",
        )
    model = find_model(home, newest_model(home, request.model))
    bundle = bundle_of(home, model)
    made = work.create(
        home,
        "predict",
        new_id("predict"),
        {
            "home": str(home.path),
            "source": str(request.source.resolve()),
            "out": str(request.out.resolve()),
            "model": {"name": model.name, "path": str(model.path), "sha256": model.sha256},
            "labels": bundle.labels,
            "synthetic": bundle.synthetic,
            "tasks": bundle.manifest["tasks"],
        },
    )
    yield from run_work(made, "exports")
    return {"id": made.id, "out": str(request.out), **(made.manifest or {}).get("counts", {})}


def _check(text: str) -> None:
    if not text.strip():
        raise BadUsage("The diagnosis is empty.", "Give a sentence that describes the disease.")
    if len(text) > MOST_CHARACTERS:
        raise BadUsage(
            f"The diagnosis has {len(text)} characters; at most {MOST_CHARACTERS} are read.",
            "Give the diagnosis alone.",
        )


def _answer(text: str, score: float | None, scores: Any) -> dict[str, Any]:
    """One answer; ``scores`` are the five most probable labels, where labels were scored."""
    best: Sequence[tuple[str, float]] = sorted(scores.items(), key=lambda item: -item[1])[:5]
    rounded = {label: round(value, 4) for label, value in best}
    return {"text": text, "score": None if score is None else round(score, 4), "scores": rounded}
