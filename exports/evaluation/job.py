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
from exports.drifting import PATIENTS, half
from exports.evaluation.answering import Asked, ask_baselines, ask_model, questions
from exports.evaluation.clinical import clinical_sections
from exports.evaluation.evaluate import RESAMPLES, EvaluationSpec, ModelFile, evaluate
from exports.evaluation.family import FAMILY
from exports.evaluation.unseen_text import texts_of
from exports.inference.predictor import Prediction
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
    choosing, calibrating = _validation(spec)
    labels = {Task(name): found for name, found in spec["labels"].items()}
    seconds: dict[str, float] = {}
    with accelerator(Home(Path(spec["home"])), reporter):
        spec["base"] = _base_model(spec, train, reporter)
        asked: dict[str, Asked] = {}
        for role in ("tuned", "base"):
            if spec.get(role):
                started = time.monotonic()
                asked[role] = ask_model(
                    spec[role],
                    role,
                    questions(test),
                    questions(calibrating if role == "tuned" else ()),
                    labels,
                    reporter,
                    spec.get("threads"),
                )
                seconds[role] = round(time.monotonic() - started, 1)
        started = time.monotonic()
        beside = ask_baselines(train, test, choosing, int(spec.get("seed", 0)), reporter)
        seconds["baselines"] = round(time.monotonic() - started, 1)
    answers: dict[str, Sequence[Prediction]] = {who: made.test for who, made in asked.items()}
    answers |= beside.test
    reporter.progress("statistics", 0, 1)
    started = time.monotonic()
    asked_for = replace(_evaluation_spec(work.id, spec, asked, leaked), seen_texts=seen_texts)
    result = evaluate(test, answers.get("base"), answers["tuned"], beside.test, asked_for)
    result |= clinical_sections(
        work.path,
        Home(Path(spec["home"])),
        answers,
        seed=asked_for.seed,
        resamples=asked_for.resamples,
    )
    seconds["statistics"] = round(time.monotonic() - started, 1)
    predictions, evaluation = work.path / "predictions.jsonl", work.path / "evaluation.json"
    write_lines(predictions, _prediction_records(test, answers, bool(spec.get("synthetic"))))
    write_json(evaluation, {**result, "seconds": seconds})
    reporter.progress("statistics", 1, 1)
    seal_manifest(work, [predictions, evaluation], seconds=seconds)


def _validation(spec: Mapping[str, Any]) -> tuple[list[Pair], list[Pair]]:
    """The pairs of the validation patients who choose and of those who calibrate."""
    if not spec.get("held_file"):
        return [], []
    held = read_pairs(Path(spec["held_file"]))
    most = int(spec.get("validation_patients", PATIENTS))
    return half(spec["dataset"], held, 0, most), half(spec["dataset"], held, 1, most)


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


def _evaluation_spec(
    evaluation_id: str,
    spec: Mapping[str, Any],
    asked: Mapping[str, Asked],
    leaked: int,
) -> EvaluationSpec:
    quick = bool(spec.get("quick", False))
    return EvaluationSpec(
        id=evaluation_id,
        tuned=_model_file(spec["tuned"]),
        base=_model_file(spec["base"]) if spec.get("base") else None,
        labels=spec["labels"],
        dataset=spec.get("dataset", ""),
        device=asked["tuned"].device,
        synthetic=bool(spec.get("synthetic", False)),
        test_reads=int(spec.get("test_reads", 1)),
        leaked_patients=leaked,
        too_long={who: answer.too_long for who, answer in asked.items()},
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
