"""The look at a model at work: it is asked the cases that arrived after its sign-off.

Runs inside ``exports.worker`` and never opens the store; everything it reads was frozen into its
directory before.
"""

from pathlib import Path

from exports.evaluation.facts import read_facts
from exports.evaluation.monitoring import monitoring
from exports.inference.engine import Engine
from exports.inference.predictor import ModelPredictor, Prediction, Question
from store.accelerator import accelerator
from store.lines import read_lines, write_json
from store.work import Reporter, Work, seal_manifest
from trainer.tasks import Task


def monitor_work(work: Work, reporter: Reporter) -> None:
    """Ask, compare, write ``monitoring.json`` and seal the manifest.

    Reads of the spec: ``model`` (path, sha256), ``labels`` by task, ``tasks``. Of the directory:
    ``known.jsonl`` and ``arrived.jsonl`` (facts), ``prescribed.jsonl`` (regimen, year).

    Raises:
        RadoncError: the model's file is absent or damaged, or it cannot answer.
    """
    spec = work.spec
    known, arrived = (read_facts(work.path / f"{name}.jsonl") for name in ("known", "arrived"))
    everything = [(r["regimen"], r["year"]) for r in read_lines(work.path / "prescribed.jsonl")]
    tasks = [Task(name) for name in spec["tasks"]]
    labels = {Task(name): list(found) for name, found in spec["labels"].items()}
    answers: list[Prediction] = []
    if arrived:
        model = spec["model"]
        with (
            accelerator(work.home, reporter),
            Engine.open(Path(model["path"]), model["sha256"]) as engine,
        ):
            predictor = ModelPredictor(engine, labels, name=model["name"])
            asked = [Question(c.case_id, c.diagnosis, task) for c in arrived for task in tasks]
            asked = [question for question in asked if predictor.fits(question)]

            def told(done: int, total: int) -> None:
                reporter.progress("ask", done, total, "answers")

            answers = list(predictor.predict(asked, told))
    found = work.path / "monitoring.json"
    write_json(found, monitoring(known, arrived, answers, everything))
    seal_manifest(work, [found])
