"""The evaluation that a worker does: predict, compare, and leave it all in the work's directory.

Imported inside ``exports.worker`` only. What is asked was frozen into ``spec.json`` before; the
store is never opened here, and events carry counts, never an answer.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from exports.bundle import base_again, ensure_base_gguf
from exports.evaluation.baselines import BASELINES, fit
from exports.evaluation.evaluate import RESAMPLES, EvaluationSpec, ModelFile, evaluate
from exports.evaluation.family import FAMILY
from exports.evaluation.unseen_text import texts_of
from exports.inference.engine import Engine
from exports.inference.predictor import ModelPredictor, Prediction, Question
from exports.report.words import counted
from store.accelerator import accelerator
from store.errors import Refused
from store.home import Home
from store.lines import write_json, write_lines
from store.work import Reporter, Work, seal_manifest
from trainer.pairs import read_pairs
from trainer.tasks import Pair, Task, completion

QUICK_RESAMPLES = 1000


def evaluate_work(work: Work, reporter: Reporter) -> None:
    """Predict with both models and the baselines, evaluate, write the files, seal the manifest.

    Reads of the spec: ``home``, ``test_file`` and ``train_file`` (pairs), ``tuned`` and ``base``
    (name, path, sha256, quant; ``base`` may be null, and with an empty sha256 its file is made
    first), ``labels`` by task, and optionally ``seen_files`` (pairs besides ``train_file`` that a
    model has seen), ``dataset``, ``synthetic``, ``test_reads``, ``family``, ``seed``, ``quick``,
    ``threads``. Leaves ``predictions.jsonl`` and ``evaluation.json``.

    Raises:
        Refused: a model has seen a test patient.
        RadoncError: a file is absent or damaged, or a model cannot answer.
    """
    spec = work.spec
    test, train = read_pairs(Path(spec["test_file"])), read_pairs(Path(spec["train_file"]))
    seen = [train, *(read_pairs(Path(path)) for path in spec.get("seen_files", []))]
    leaked, seen_texts = _leaked(test, seen), texts_of(pair for pairs in seen for pair in pairs)
    # a case's tasks side by side: the engine computes what they share once
    test = sorted(test, key=lambda pair: pair.case_id)
    questions = [Question(pair.case_id, pair.diagnosis, pair.task) for pair in test]
    seconds: dict[str, float] = {}
    with accelerator(Home(Path(spec["home"])), reporter):
        spec["base"] = _base_model(spec, train, reporter)
        answers: dict[str, Sequence[Prediction]] = {}
        too_long: dict[str, int] = {}
        device = ""
        for role in ("tuned", "base"):
            if spec.get(role):
                started = time.monotonic()
                answers[role], too_long[role], device = _ask(
                    spec[role], role, questions, spec, reporter
                )
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
        replace(_evaluation_spec(work.id, spec, device, leaked, too_long), seen_texts=seen_texts),
    )
    seconds["statistics"] = round(time.monotonic() - started, 1)
    predictions, evaluation = work.path / "predictions.jsonl", work.path / "evaluation.json"
    write_lines(predictions, _prediction_records(test, answers, bool(spec.get("synthetic"))))
    write_json(evaluation, {**result, "seconds": seconds})
    reporter.progress("statistics", 1, 1)
    seal_manifest(work, [predictions, evaluation], seconds=seconds)


def _base_model(
    spec: Mapping[str, Any], train: Sequence[Pair], reporter: Reporter
) -> Mapping[str, Any] | None:
    """The base of the spec; where its file was still to be made (no sha256), it is made now."""
    model = spec.get("base")
    if not model or model["sha256"]:
        return model
    home = Home(Path(spec["home"]))
    base = base_again(home, model["name"], reporter.progress)
    texts = [p.prompt + completion(p.answer) for p in train]
    made = ensure_base_gguf(home, base, model["quant"], reporter.progress, texts)
    return {**model, "path": str(made.path), "sha256": made.sha256}


def _ask(
    model: Mapping[str, Any],
    role: str,
    questions: Sequence[Question],
    spec: Mapping[str, Any],
    reporter: Reporter,
) -> tuple[list[Prediction], int, str]:
    """One model's predictions, how many questions were too long, and the device.

    A question without room in the context has an empty answer, so that it counts as wrong.
    """

    def report(done: int, total: int) -> None:
        reporter.progress(f"predict {role}", done, total, "answers")

    labels = {Task(name): found for name, found in spec["labels"].items()}
    with Engine.open(Path(model["path"]), model["sha256"], threads=spec.get("threads")) as engine:
        predictor = ModelPredictor(engine, labels, free_running=True, name=model["name"])
        fits = [predictor.fits(question) for question in questions]
        asked = [question for question, fit in zip(questions, fits, strict=True) if fit]
        long = [question for question, fit in zip(questions, fits, strict=True) if not fit]
        answers = list(predictor.predict(asked, report))
        answers += [Prediction(question.case_id, question.task, "") for question in long]
        return answers, len(long), engine.info().device


def _evaluation_spec(
    evaluation_id: str,
    spec: Mapping[str, Any],
    device: str,
    leaked: int,
    too_long: Mapping[str, int],
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
        leaked_patients=leaked,
        too_long=too_long,
        family=tuple(spec.get("family") or FAMILY),
        seed=int(spec.get("seed", 0)),
        resamples=QUICK_RESAMPLES if quick else RESAMPLES,
        quick=quick,
    )


def _model_file(model: Mapping[str, Any]) -> ModelFile:
    return ModelFile(model["name"], Path(model["path"]).name, model["sha256"], model["quant"])


def _leaked(test: Sequence[Pair], seen: Sequence[Sequence[Pair]]) -> int:
    """How many test patients a model has seen, counted from the files that are really used.

    Raises:
        Refused: it is not zero.
    """
    known = {pair.patient for pairs in seen for pair in pairs}
    leaked = len({pair.patient for pair in test} & known)
    if leaked:
        raise Refused(
            f"{counted(leaked, 'test patient')} can be found in what a model was trained on or "
            "chosen by.",
            "Compare models of one data set, or freeze another.",
        )
    return leaked


def _prediction_records(
    test: Sequence[Pair], answers: Mapping[str, Sequence[Prediction]], synthetic: bool
) -> Iterator[dict[str, Any]]:
    """One object an answer, with what every metric can be computed from again."""
    pairs = {(pair.case_id, pair.task): pair for pair in test}
    for by, predictions in answers.items():
        for prediction in predictions:
            pair = pairs[prediction.case_id, prediction.task]
            yield {
                "by": by,
                "synthetic": synthetic,
                "case_id": pair.case_id,
                "patient": pair.patient,
                "task": pair.task.value,
                "reference": pair.answer,
                "text": prediction.text,
                "free_text": prediction.free_text,
                "score": prediction.score,
                "probabilities": dict(prediction.probabilities),
            }
