"""The drift of each file of an export, asked of the files themselves in llama.cpp.

Runs inside the export's worker, which holds the accelerator; the 16-bit file that all others
were made of stands for the tuned model at full precision (the export has compared it with the
model as trained). Where llama.cpp has a GPU each file answers there and on the CPU, because their
sums are rounded differently; elsewhere on the CPU alone.
"""

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exports.evaluation.drift import drift
from exports.inference.engine import Engine
from exports.inference.predictor import ModelPredictor, Prediction, Question
from store.halves import halves
from store.lines import sha256_file
from trainer.bases import Report
from trainer.tasks import Pair, Task

CPU, VISIBLE = "cpu", "CUDA_VISIBLE_DEVICES"
PATIENTS = 40
"""How many validation patients are asked, at most."""


def measure_drift(
    dataset: str,
    held: Sequence[Pair],
    labels: Mapping[str, Sequence[str]],
    full: Path,
    files: Mapping[str, Path],
    report: Report,
    most: int = PATIENTS,
) -> dict[str, dict[str, dict[str, Any]]]:
    """``exports.evaluation.drift.drift`` of each file, by quantization and device.

    Args:
        dataset: the data set's id, which decides the halves.
        held: the run's validation pairs.
        labels: the closed label lists.
        full: the 16-bit GGUF file.
        files: the smaller ones by quantization.
        report: told of each answer.
        most: patients asked, at most.

    Returns:
        by quantization and device (``gpu``, ``cpu``); empty where there is no validation patient
        to ask. The reference is the 16-bit file on the GPU where there is one.
    """
    pairs = half(dataset, held, 1, most)
    if not pairs or not files:
        return {}
    reference, device = _answers("F16", full, pairs, labels, report)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for quant, path in files.items():
        answers = reference if path == full else _answers(quant, path, pairs, labels, report)[0]
        found[quant] = {device: drift(pairs, reference, answers)}
    if device != CPU:
        with _no_gpu():
            for quant, path in files.items():
                answers, device = _answers(f"{quant} on {CPU}", path, pairs, labels, report)
                found[quant][device] = drift(pairs, reference, answers)
    return found


@contextmanager
def _no_gpu() -> Generator[None]:
    """Engines that are opened meanwhile see no GPU: they inherit what the driver reads."""
    was = os.environ.get(VISIBLE)
    os.environ[VISIBLE] = ""
    try:
        yield
    finally:
        os.environ.pop(VISIBLE)
        if was is not None:
            os.environ[VISIBLE] = was


def half(dataset: str, held: Sequence[Pair], which: int, most: int) -> list[Pair]:
    """The pairs of at most so many patients of one half (0 chooses, 1 calibrates), by case."""
    patients = sorted(halves(dataset, (pair.patient for pair in held))[which])
    chosen = set(patients[:most])
    return sorted((pair for pair in held if pair.patient in chosen), key=lambda p: p.case_id)


def _answers(
    quant: str,
    path: Path,
    pairs: Sequence[Pair],
    labels: Mapping[str, Sequence[str]],
    report: Report,
) -> tuple[list[Prediction], str]:
    def told(done: int, total: int) -> None:
        report(f"answers of {quant}", done, total, "answers")

    questions = [Question(pair.case_id, pair.diagnosis, pair.task) for pair in pairs]
    with Engine.open(path, sha256_file(path)) as engine:
        predictor = ModelPredictor(engine, {Task(name): found for name, found in labels.items()})
        asked = [question for question in questions if predictor.fits(question)]
        made = {(p.case_id, p.task): p for p in predictor.predict(asked, told)}
        device = engine.info().device
    return [made.get((q.case_id, q.task), Prediction(q.case_id, q.task, "")) for q in questions], (
        device
    )
