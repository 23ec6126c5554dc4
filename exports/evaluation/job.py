"""The evaluation that a worker does: predict, compare, and leave it all in the work's directory.

Imported inside ``exports.worker`` only. What is asked was frozen into ``spec.json`` before; the
store is never opened here, and events carry counts, never an answer.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from exports.evaluation.baselines import BASELINES, fit
from exports.evaluation.evaluate import RESAMPLES, EvaluationSpec, ModelFile, evaluate
from exports.evaluation.family import FAMILY
from exports.inference.engine import Engine
from exports.inference.predictor import ModelPredictor, Prediction, Question
from store.accelerator import accelerator
from store.home import Home
from store.lines import write_json, write_lines
from store.work import Reporter, Work, seal_manifest
from trainer.pairs import read_pairs
from trainer.tasks import Pair, Task

QUICK_RESAMPLES = 1000


def evaluate_work(work: Work, reporter: Reporter) -> None:
    """Predict with both models and the baselines, evaluate, write the files, seal the manifest.

    Reads of the spec: ``home``, ``test_file`` and ``train_file`` (pairs), ``tuned`` and ``base``
    (name, path, sha256, quant; ``base`` may be null), ``labels`` by task, and optionally
    ``dataset``, ``synthetic``, ``test_reads``, ``leaked_patients``, ``family``, ``seed``,
    ``quick``, ``threads``. Leaves ``predictions.jsonl`` and ``evaluation.json``.

    Raises:
        RadoncError: a file is absent or damaged, or a model cannot answer.
    """
    spec = work.spec
    test, train = read_pairs(Path(spec["test_file"])), read_pairs(Path(spec["train_file"]))
    # a case's tasks side by side: the engine computes what they share once
    test = sorted(test, key=lambda pair: pair.case_id)
    questions = [Question(pair.case_id, pair.diagnosis, pair.task) for pair in test]
    seconds: dict[str, float] = {}
    with accelerator(Home(Path(spec["home"])), reporter):
        answers: dict[str, Sequence[Prediction]] = {}
        device = ""
        for role in ("tuned", "base"):
            if spec.get(role):
                started = time.monotonic()
                answers[role], device = _ask(spec[role], role, questions, spec, reporter)
                seconds[role] = round(time.monotonic() - started, 1)
        started = time.monotonic()
        for done, name in enumerate(BASELINES):
            reporter.progress("baselines", done, len(BASELINES), "baselines")
            answers[name] = list(fit(name, train, seed=spec.get("seed", 0)).predict(questions))
        reporter.progress("baselines", len(BASELINES), len(BASELINES), "baselines")
        seconds["baselines"] = round(time.monotonic() - started, 1)
    reporter.progress("statistics", 0, 1)
    started = time.monotonic()
    result = evaluate(
        test,
        answers.get("base"),
        answers["tuned"],
        {name: answers[name] for name in BASELINES},
        _evaluation_spec(work.id, spec, device, _leaked(train, test)),
    )
    seconds["statistics"] = round(time.monotonic() - started, 1)
    predictions, evaluation = work.path / "predictions.jsonl", work.path / "evaluation.json"
    write_lines(predictions, _prediction_records(test, answers))
    write_json(evaluation, {**result, "seconds": seconds})
    reporter.progress("statistics", 1, 1)
    seal_manifest(work, [predictions, evaluation], seconds=seconds)


def _ask(
    model: Mapping[str, Any],
    role: str,
    questions: Sequence[Question],
    spec: Mapping[str, Any],
    reporter: Reporter,
) -> tuple[list[Prediction], str]:
    """One model's predictions, and the device that made them."""

    def report(done: int, total: int) -> None:
        reporter.progress(f"predict {role}", done, total, "answers")

    labels = {Task(name): found for name, found in spec["labels"].items()}
    with Engine.open(Path(model["path"]), model["sha256"], threads=spec.get("threads")) as engine:
        predictor = ModelPredictor(engine, labels, free_running=True, name=model["name"])
        return list(predictor.predict(questions, report)), engine.info().device


def _evaluation_spec(
    evaluation_id: str, spec: Mapping[str, Any], device: str, leaked: int
) -> EvaluationSpec:
    quick = bool(spec.get("quick", False))
    return EvaluationSpec(
        id=evaluation_id,
        tuned=_model_file(spec["tuned"]),
        base=_model_file(spec["base"]) if spec.get("base") else None,
        labels=spec["labels"],
        dataset=spec.get("dataset", ""),
        device=device,
        synthetic=bool(spec.get("synthetic", False)),
        test_reads=int(spec.get("test_reads", 1)),
        leaked_patients=max(leaked, int(spec.get("leaked_patients", 0))),
        family=tuple(spec.get("family") or FAMILY),
        seed=int(spec.get("seed", 0)),
        resamples=QUICK_RESAMPLES if quick else RESAMPLES,
        quick=quick,
    )


def _model_file(model: Mapping[str, Any]) -> ModelFile:
    return ModelFile(model["name"], Path(model["path"]).name, model["sha256"], model["quant"])


def _leaked(train: Sequence[Pair], test: Sequence[Pair]) -> int:
    """Patients in both parts, counted from the files that are really used."""
    return len({pair.patient for pair in train} & {pair.patient for pair in test})


def _prediction_records(
    test: Sequence[Pair], answers: Mapping[str, Sequence[Prediction]]
) -> Iterator[dict[str, Any]]:
    """One object an answer, with what every metric can be computed from again."""
    pairs = {(pair.case_id, pair.task): pair for pair in test}
    for by, predictions in answers.items():
        for prediction in predictions:
            pair = pairs[prediction.case_id, prediction.task]
            yield {
                "by": by,
                "case_id": pair.case_id,
                "patient": pair.patient,
                "task": pair.task.value,
                "reference": pair.answer,
                "text": prediction.text,
                "free_text": prediction.free_text,
                "score": prediction.score,
                "probabilities": dict(prediction.probabilities),
            }
