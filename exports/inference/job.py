"""Predictions for every row of a table, made in a worker: order kept, bad rows named.

Imported inside ``exports.worker`` only. The store is never opened here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exports.inference.engine import Engine, Report
from exports.inference.predictor import SUGGESTION, ModelPredictor, Question
from store.accelerator import accelerator
from store.errors import BadUsage
from store.home import Home
from store.importing.mapping import guess_mapping
from store.importing.row import asked, question
from store.importing.tables import open_table
from store.legible import legible_raw
from store.lines import line_writer
from store.privacy.scrubber import make_scrubber, scrub_raw
from store.work import Reporter, Stopped, Work, seal_manifest
from trainer.tasks import Task

BATCH = 16


def predict_work(work: Work, reporter: Reporter) -> None:
    """Read the spec's table, write one JSON object a row to its ``out``, seal the counts.

    Reads of the spec: ``home``, ``source``, ``out``, ``model`` (name, path, sha256), ``labels``
    by task, ``tasks``, and optionally ``synthetic``: whether the model learned from made-up cases,
    and ``signed_tasks``, for which it is signed off.
    ``out`` appears whole at the end, or not at all.
    """
    spec = work.spec
    rows = list(_diagnoses(Path(spec["source"])))
    model, tasks = spec["model"], [Task(name) for name in spec["tasks"]]
    labels = {Task(name): list(known) for name, known in spec["labels"].items()}
    said_of_all = {
        "model": model["name"],
        "sha256": model["sha256"],
        "synthetic": bool(spec.get("synthetic", False)),
        "signed_off": set(spec["tasks"]) <= set(spec.get("signed_tasks", [])),
        "signed_tasks": spec.get("signed_tasks", []),
        "note": SUGGESTION,
    }
    answered = 0

    def look_up(_done: int, _total: int) -> None:
        if reporter.stop_asked():
            raise Stopped

    reporter.progress("predict", 0, len(rows), "rows")
    with (
        accelerator(Home(Path(spec["home"])), reporter),
        Engine.open(Path(model["path"]), model["sha256"]) as engine,
        line_writer(Path(spec["out"])) as write,
    ):
        predictor = ModelPredictor(engine, labels, free_running=False)
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            for record in _answers(predictor, batch, tasks, look_up):
                answered += "error" not in record
                write({**record, **said_of_all})
            reporter.progress("predict", start + len(batch), len(rows), "rows")
    counts = {"rows": len(rows), "answered": answered, "errors": len(rows) - answered}
    seal_manifest(work, [], counts=counts)


def _diagnoses(source: Path) -> Iterator[tuple[int, str]]:
    """(row number, diagnosis) of every row of the table, as an import would have kept it.

    The row's own name, numbers and birth date are read, to be taken out of its text.

    Raises:
        BadUsage: no column looks like a diagnosis.
    """
    table = open_table(source)
    readable = [name for name in table.columns if name not in table.closed]
    mapping = question(guess_mapping(readable))
    if "diagnosis" not in mapping:
        raise BadUsage(
            f"{source.name} has no column that looks like a diagnosis.",
            "Name the column diagnosis.",
        )
    scrubber = make_scrubber(b"")
    for number, cells in table.read(list(dict.fromkeys(mapping.values()))):
        raw = scrub_raw(legible_raw(asked(mapping, cells)), scrubber)
        yield number, raw.diagnosis


def _answers(
    predictor: ModelPredictor, batch: list[tuple[int, str]], tasks: list[Task], report: Report
) -> Iterator[dict[str, Any]]:
    """One record a row, in order; a diagnosis that cannot be asked gives an error record."""
    asked = {row: [Question(str(row), text, task) for task in tasks] for row, text in batch}
    errors = {row: why for row, each in asked.items() if (why := predictor.refusal(each))}
    questions = [each for row in asked if row not in errors for each in asked[row]]
    answers: dict[str, dict[str, Any]] = {}
    for made in predictor.predict(questions, report):
        answer = {"text": made.text, "score": made.score}
        answers.setdefault(made.case_id, {})[made.task.value] = answer
    for row in asked:
        yield {"row": row, **({"error": errors[row]} if row in errors else answers[str(row)])}
