"""Runs of a sample home: the files of a real run, the numbers of a formula, no training."""

import math
from dataclasses import asdict
from functools import partial
from typing import Any

from store import work
from store.errors import RadoncError
from store.home import Home
from store.lines import write_json, write_lines
from store.work import Reporter, Stopped, Work, seal_manifest
from tests.ui.sample_work import finish_work
from trainer.bases import Base
from trainer.estimate import Estimate
from trainer.numbers import Numbers
from trainer.pairs import case_pairs, write_pairs
from trainer.settings import TrainSettings, parse_settings
from trainer.tasks import Task

STEPS = 40
SECONDS_A_STEP = 4.2
TOKENS_A_STEP = 405
MEMORY_MB = 1460
SETTINGS = (f"steps={STEPS}", "batch_cases=4", "evaluations=4", "validation_cases=8")
MACHINE = "a sample, no machine"
VERSIONS = {"radonc-tui": "0.1.0", "torch": "2.14.1", "unsloth": "2026.10.9"}
ESTIMATE = Estimate(
    seconds=200,
    stages={"load": 30, "train": 150, "validate": 12, "samples": 8},
    memory_mb=1900,
    memory={"process": 1200, "weights": 540, "adapter": 60, "rows": 100},
    available_mb=16000,
    machine=MACHINE,
    tokens=16200,
    tokens_per_second=108.0,
    basis="a number written down for a sample home, no estimate",
    parameters=135_000_000,
    four_bit=False,
    characters=290.0,
)


def loss_at(step: int, held: bool = False) -> float:
    """A formula that falls as losses do, no training: 3.2 e^(-step/8) + 0.3, a ripple of 0.05;
    on validation 0.15 higher and without the ripple."""
    falling = 3.2 * math.exp(-step / 8) + 0.3
    return round(falling + (0.15 if held else 0.05 * math.sin(2.1 * step)), 4)


def make_run(
    home: Home, run_id: str, base: Base, dataset: dict[str, Any], began: float, stop_at: int = 0
) -> Work:
    """A run that is done, or one that was stopped after ``stop_at`` steps with a checkpoint."""
    rate = "2e-3" if stop_at else "1e-3"
    settings = parse_settings((*SETTINGS, f"learning_rate={rate}"))
    train = dataset["cases_of"]["train"]
    spec = {
        "home": str(home.path),
        "base": {"name": base.name, "path": str(base.path), "sha256": base.sha256},
        "dataset": {"id": dataset["dataset_id"], "sha256": dataset["sha256"]},
        "tasks": [task.value for task in Task],
        "preset": "standard",
        "settings": asdict(settings),
        "labels": {
            name: sorted({str(case[name]) for case in train}) for name in ("modality", "icd10")
        },
        "synthetic": True,
        "then": [],
        "estimate": asdict(ESTIMATE),
        "versions": VERSIONS,
    }
    run = work.create(home, "run", run_id, spec)
    (run.path / "dataset").mkdir()
    for part in ("train", "validation"):
        pairs = (pair for case in dataset["cases_of"][part] for pair in case_pairs(case))
        write_pairs(run.path / "dataset" / f"{part}.jsonl", pairs)
    job = partial(_train, settings=settings, dataset=dataset, stop_at=stop_at)
    finish_work(run, job, began, SECONDS_A_STEP / 5)
    return run


def _train(
    run: Work, reporter: Reporter, settings: TrainSettings, dataset: dict[str, Any], stop_at: int
) -> None:
    """What a training writes, in its order."""
    reporter.progress("load model", 0, 1)
    reporter.progress("load model", 1, 1)
    reporter.log("rows: shared prefix (relative difference of loss 7.0e-07)")
    steps = stop_at or settings.steps
    numbers = Numbers(seconds={"load": 30.0, "validate": 12.0, "samples": 8.0})
    samples: list[dict[str, Any]] = []
    for step in range(1, steps + 1):
        numbers.losses.append(loss_at(step))
        reporter.metric("loss", loss_at(step), step=step)
        rate = settings.learning_rate * 0.5 * (1 + math.cos(math.pi * step / settings.steps))
        reporter.metric("learning_rate", rate, step=step)
        reporter.metric("tokens_per_second", round(TOKENS_A_STEP / SECONDS_A_STEP, 1), step=step)
        reporter.metric("memory_mb", MEMORY_MB, step=step)
        reporter.event("progress", stage="train", done=step, total=settings.steps, unit="steps")
        if step % (settings.steps // settings.evaluations) == 0:
            numbers.validation.append({"step": step, "loss": loss_at(step, held=True)})
            reporter.metric("validation_loss", loss_at(step, held=True), step=step)
            samples += _samples(dataset["cases_of"]["validation"][:2], step, settings.steps)
            write_lines(run.path / "samples.jsonl", samples)
            reporter.event("samples", step=step, count=6)
    if stop_at:
        reporter.state("stopping")
    numbers.tokens = numbers.paced = steps * TOKENS_A_STEP
    numbers.paced_seconds = numbers.seconds["train"] = round(steps * SECONDS_A_STEP, 1)
    numbers.samples = len(samples)
    checkpoint = run.path / "checkpoints" / f"checkpoint-{steps}"
    checkpoint.mkdir(parents=True)
    numbers.save(checkpoint)
    weights = _adapter(run)
    metrics = {
        "device": "cpu",
        "rows": "shared prefix",
        "precision": "fp32",
        "cases": len(dataset["cases_of"]["train"]),
        **numbers.record(),
        "memory_mb": MEMORY_MB,
        "settings": asdict(settings),
        "machine": MACHINE,
    }
    write_json(run.path / "metrics.json", metrics)
    if stop_at:
        raise Stopped
    spec = run.spec
    files = [*weights, run.path / "metrics.json"]
    seal_manifest(run, files, base=spec["base"], dataset=spec["dataset"])


def _samples(cases: list[dict[str, Any]], step: int, steps: int) -> list[dict[str, Any]]:
    """Answers to two validation cases: the reference itself from the middle of the run on, the
    first word of it before. Made up, so that a screen has something to show."""
    if not cases:
        raise RadoncError("The sample home has no validation case.", "Make it of more cases.")
    return [
        {
            "case_id": pair.case_id,
            "task": pair.task.value,
            "reference": pair.answer,
            "synthetic": True,
            "step": step,
            "answer": pair.answer if step > steps / 2 else pair.answer.split()[0],
        }
        for case in cases
        for pair in case_pairs(case)
    ]


def _adapter(run: Work) -> list[Any]:
    folder = run.path / "adapter"
    folder.mkdir()
    write_json(folder / "adapter_config.json", {"peft_type": "LORA", "r": 16, "lora_alpha": 32})
    (folder / "adapter_model.safetensors").write_bytes(b"no weights: a sample. " * 100)
    return sorted(folder.glob("*"))
