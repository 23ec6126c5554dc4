"""All three answers to one diagnosis, beside the regimen alone and the labels alone.

``theirs`` is the sum of the two, which a program without a shared prompt would take. The first
answer of a model that was not loaded is timed as well, with its file in the system's cache.
"""

import statistics
import time

from exports.inference.engine import Engine
from exports.inference.predictor import ModelPredictor, Question
from tests.benchmarks.asked import codes, diagnoses, model_path, open_engine
from tests.benchmarks.result import Result
from trainer.tasks import Task

CASES = 12
MODALITIES = ("photon", "proton", "electron", "brachytherapy")
LABELS = {Task.MODALITY: MODALITIES, Task.ICD10: codes(40)}
CLOSED = (Task.MODALITY, Task.ICD10)


def run() -> Result:
    """The benchmark; about a minute."""
    texts = diagnoses(3 * CASES + 1)
    took: dict[str, list[float]] = {"all": [], "regimen": [], "labels": []}
    began = time.perf_counter()
    with open_engine() as engine:
        loaded = time.perf_counter() - began
        _ask(engine, texts[-1], tuple(Task))
        cold = time.perf_counter() - began
        for place in range(CASES):
            # another diagnosis for each, so that nothing is remembered from the one before
            one, two, three = texts[3 * place : 3 * place + 3]
            took["all"].append(_ask(engine, one, tuple(Task)))
            took["regimen"].append(_ask(engine, two, (Task.REGIMEN,)))
            took["labels"].append(_ask(engine, three, CLOSED))
    median = {what: statistics.median(seconds) for what, seconds in took.items()}
    return Result(
        "one_case",
        median["all"],
        median["regimen"] + median["labels"],
        "s a case",
        CASES,
        {
            "model": model_path().name,
            "regimen_alone_s": round(median["regimen"], 3),
            "labels_alone_s": round(median["labels"], 3),
            "cold": {"load_s": round(loaded, 2), "first_answer_s": round(cold, 2)},
        },
        "regimen alone + labels alone",
        {"ratio at least": 0.667},
    )


def _ask(engine: Engine, text: str, tasks: tuple[Task, ...]) -> float:
    """Seconds of the answers to these tasks."""
    predictor = ModelPredictor(engine, LABELS)
    began = time.perf_counter()
    for task in tasks:
        list(predictor.watch(Question("", text, task)))
    return time.perf_counter() - began
