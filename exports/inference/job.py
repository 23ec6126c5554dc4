"""Predictions for every row of a table, made in a worker: order kept, bad rows named.

Imported inside ``exports.worker`` only. The store is never opened here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exports.inference.engine import Engine
from exports.inference.predictor import ModelPredictor, Question
from store.accelerator import accelerator
from store.errors import BadUsage
from store.home import Home
from store.importing.mapping import guess_mapping
from store.importing.tables import open_table
from store.lines import line_writer
from store.work import Reporter, Work, seal_manifest
from trainer.tasks import Task

BATCH = 16


def predict_work(work: Work, reporter: Reporter) -> None:
    """Read the spec's table, write one JSON object a row to its ``out``, seal the counts."""
    spec = work.spec
    rows = list(_diagnoses(Path(spec["source"])))
    model, tasks = spec["model"], [Task(name) for name in spec["tasks"]]
    labels = {Task(name): list(known) for name, known in spec["labels"].items()}
    answered = 0
    with (
        accelerator(Home(Path(spec["home"])), reporter),
        Engine.open(Path(model["path"]), model["sha256"]) as engine,
        line_writer(Path(spec["out"])) as write,
    ):
        predictor = ModelPredictor(engine, labels, free_running=False)
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            for record in _answers(predictor, batch, tasks):
                answered += "error" not in record
                write({**record, "model": model["name"], "sha256": model["sha256"]})
            reporter.progress("predict", start + len(batch), len(rows), "rows")
    counts = {"rows": len(rows), "answered": answered, "errors": len(rows) - answered}
    seal_manifest(work, [], counts=counts)


def _diagnoses(source: Path) -> Iterator[tuple[int, str]]:
    """(row number, diagnosis) of every row of the table.

    Raises:
        BadUsage: no column looks like a diagnosis.
    """
    table = open_table(source)
    column = guess_mapping(table.columns).get("diagnosis")
    if column is None:
        raise BadUsage(
            f"{source.name} has no column that looks like a diagnosis.",
            "Name the column diagnosis.",
        )
    for number, cells in table.read([column]):
        yield number, cells[column].strip()


def _answers(
    predictor: ModelPredictor, batch: list[tuple[int, str]], tasks: list[Task]
) -> Iterator[dict[str, Any]]:
    """One record a row, in order; an empty diagnosis gives an error record."""
    questions = [Question(str(row), text, task) for row, text in batch if text for task in tasks]
    answers: dict[str, dict[str, Any]] = {}
    for made in predictor.predict(questions):
        answer = {"text": made.text, "score": made.score}
        answers.setdefault(made.case_id, {})[made.task.value] = answer
    for row, text in batch:
        if text:
            yield {"row": row, **answers[str(row)]}
        else:
            yield {"row": row, "error": "The diagnosis is empty."}
