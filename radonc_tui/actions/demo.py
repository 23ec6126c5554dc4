"""The whole job on embedded defaults: cases, training, export, evaluation, predictions.

Composed of the other actions, so that the demo shows what a clinic will do and nothing else.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from radonc_tui.actions.cases import ImportResult, SynthRequest, synth_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.evaluate import EvaluateRequest, evaluate
from radonc_tui.actions.export import ExportRequest, export
from radonc_tui.actions.predict import PredictRequest, predict
from radonc_tui.actions.progress import Action, Progress, end
from radonc_tui.actions.stored import opened
from radonc_tui.actions.train import TrainRequest, train
from store import datasets, work
from store.home import Home
from store.splits import SplitRules
from store.synthetic import synthetic_name

QUANTS = ("Q8_0", "Q4_K_M")


@dataclass(frozen=True)
class Scale:
    """How much the demo does: cases made, training settings, test and validation patients."""

    cases: int
    settings: tuple[str, ...]
    patients: int
    held: int


FULL = Scale(
    cases=1200,
    settings=(
        *("steps=240", "batch_cases=4", "learning_rate=2e-3"),
        *("evaluations=3", "validation_cases=32"),
    ),
    patients=80,
    held=20,
)
QUICK = Scale(
    cases=240,
    settings=(
        *("steps=8", "batch_cases=4", "learning_rate=2e-3"),
        *("evaluations=1", "validation_cases=8"),
    ),
    patients=12,
    held=4,
)


@dataclass(frozen=True)
class DemoResult:
    """What the demo made, and the seconds that each stage took."""

    funnel: dict[str, Any]
    dataset: str
    run: str
    model: str
    evaluation: dict[str, Any]
    predictions: dict[str, Any]
    references: list[dict[str, str]]
    seconds: dict[str, float] = field(default_factory=dict[str, float])


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = time.monotonic()

    def stage(self, name: str) -> None:
        now = time.monotonic()
        self.seconds[name] = round(now - self.last, 1)
        self.last = now


def demo(home: Home, quick: bool = False) -> Action[DemoResult]:
    """Do the main job once; ``quick`` does the same with few steps and few patients.

    Closing it ends whatever it started.
    """
    scale = QUICK if quick else FULL
    clock = Clock()
    taken: ImportResult = yield from synth_cases(home, SynthRequest(scale.cases))
    # its own cases alone, whatever else is in the home
    rules = SplitRules(source="synthetic", file=synthetic_name("demo", 0))
    dataset = (yield from freeze(home, rules))["dataset_id"]
    yield Progress("cases", 1, 1, note=funnel_line(taken.funnel))
    clock.stage("cases")
    request = TrainRequest(dataset=dataset, settings=scale.settings)
    run = yield from _train(home, request)
    clock.stage("train")
    bundle = yield from export(home, ExportRequest(run, QUANTS, scale.held))
    clock.stage("export")
    model = f"{bundle.bundle_id}:{QUANTS[0]}"
    # choosing a prompt for the base would take as long as all else that is evaluated
    asked = EvaluateRequest(
        model,
        limit=scale.patients,
        quick=quick,
        validation_patients=scale.held,
        prompt_patients=0,
    )
    evaluated = yield from evaluate(home, asked)
    clock.stage("evaluate")
    shown = _three_test_cases(home, dataset)
    texts = tuple(case["diagnosis"] for case in shown)
    predictions = yield from predict(home, PredictRequest(texts, model))
    clock.stage("predict")
    return DemoResult(
        funnel=taken.funnel,
        dataset=dataset,
        run=run,
        model=model,
        evaluation=evaluated.evaluation,
        predictions=predictions,
        references=[{name: str(case[name]) for name in _SHOWN} for case in shown],
        seconds=clock.seconds,
    )


_SHOWN = ("regimen", "modality", "icd10")


def funnel_line(funnel: Mapping[str, Any]) -> str:
    """The curation funnel in one line."""
    return " > ".join(f"{step['count']} {step['step']}" for step in funnel["steps"])


def _train(home: Home, request: TrainRequest) -> Action[str]:
    """Train, and end the run if the demo is closed: nobody would look for it."""
    before = {run.id for run in work.everything(home, "run")}
    try:
        return (yield from train(home, request)).run_id
    except (GeneratorExit, KeyboardInterrupt):
        for run in work.everything(home, "run"):
            if run.id not in before:
                end(run)
        raise


def _three_test_cases(home: Home, dataset: str) -> list[dict[str, Any]]:
    """Three test cases, of different modalities where there are."""
    with opened(home) as connection:
        test = datasets.dataset_part(connection, dataset, "test")
    first = {case["modality"]: case for case in reversed(test)}
    chosen = list(first.values())[:3]
    rest = [case for case in test if case not in chosen]
    return [*chosen, *rest][:3]
