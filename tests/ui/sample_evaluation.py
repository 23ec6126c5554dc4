"""The evaluation of a sample home: real metrics over answers of real predictors, no model file."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from exports.bundle import base_file_or_wanted, find_model
from exports.evaluation.answering import Asked
from exports.evaluation.baselines import BASELINES, fit
from exports.evaluation.evaluate import evaluate
from exports.evaluation.facts import write_facts
from exports.evaluation.job import _evaluation_spec, _prediction_records  # the form is theirs
from exports.inference.predictor import Prediction
from radonc_tui.actions.evaluate import EvaluateRequest, _spec
from radonc_tui.actions.models import bundle_of
from store import work
from store.home import Home
from store.lines import write_json, write_lines
from store.work import Reporter, Work, seal_manifest
from tests.ui.sample_work import finish_work
from trainer.bases import Base
from trainer.pairs import case_pairs, write_pairs
from trainer.tasks import Pair, Task

SECONDS = {"tuned": 41.0, "base": 40.0, "baselines": 1.5, "statistics": 0.5}
STAND_INS = {"tuned": "tfidf_lr", "base": "majority"}


def make_evaluation(
    home: Home,
    evaluation_id: str,
    bundle_id: str,
    base: Base,
    dataset: dict[str, Any],
    began: float,
) -> Work:
    """An evaluation whose models are stand-ins: see ``STAND_INS``."""
    tuned = find_model(home, bundle_id)
    bundle = bundle_of(home, tuned)
    against = base_file_or_wanted(home, f"{base.name}:{tuned.quant}")
    request = EvaluateRequest(bundle_id)
    spec = _spec(home, request, tuned, against, bundle, evaluation_id, 1)
    made = work.create(home, "eval", evaluation_id, spec)
    pairs = {
        part: [pair for case in cases for pair in case_pairs(case)]
        for part, cases in dataset["cases_of"].items()
    }
    files = {"test": "test", "train": "train", "validation": "held"}
    for part, name in files.items():
        write_pairs(made.path / f"{name}.jsonl", pairs[part])
    write_pairs(made.path / "against.jsonl", [])
    write_facts(made.path / "test-facts.jsonl", dataset["cases_of"]["test"])
    job = partial(_evaluate, test=pairs["test"], train=pairs["train"])
    finish_work(made, job, began, seconds=6.0)
    return made


def _evaluate(made: Work, reporter: Reporter, test: Sequence[Pair], train: Sequence[Pair]) -> None:
    spec = made.spec
    test = sorted(test, key=lambda pair: pair.case_id)
    with warnings.catch_warnings():
        # so few cases have nearly as many codes, which scikit-learn finds worth a word
        warnings.simplefilter("ignore", UserWarning)
        baselines = {name: list(fit(name, train).predict(test)) for name in BASELINES}
    answers = {who: [_as_model(p) for p in baselines[name]] for who, name in STAND_INS.items()}
    for who in answers:
        reporter.progress(f"predict {who}", len(test), len(test), "answers")
    asked = {who: Asked([], [], {}, 0, "cpu") for who in answers}
    found = replace(_evaluation_spec(made.id, spec, asked, 0), resamples=1000)
    result = evaluate(test, answers["base"], answers["tuned"], baselines, found)
    reporter.progress("statistics", 1, 1)
    predictions, evaluation = made.path / "predictions.jsonl", made.path / "evaluation.json"
    write_lines(predictions, _prediction_records(test, answers | baselines, synthetic=True))
    write_json(evaluation, {**result, "seconds": SECONDS})
    seal_manifest(made, [predictions, evaluation], seconds=SECONDS)


def _as_model(prediction: Prediction) -> Prediction:
    """The answer as a model gives it: a regimen has no closed list, a label is also written."""
    if prediction.task is Task.REGIMEN:
        return replace(prediction, probabilities={})
    return replace(prediction, free_text=prediction.text)
