"""Predictions for every row of a table, made in a worker: order kept, bad rows named.

Answers are kept in parts of ``PART`` rows, each of which is there whole or not at all; a worker
that was killed goes on after the last, and the file that was asked for is put together at the end.
Imported inside ``exports.worker`` only. The store is never opened here.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from exports.flags.given import given, to_ask
from exports.flags.ground import Ground
from exports.flags.rates import folder_ground
from exports.inference.engine import Engine
from exports.inference.predictor import SUGGESTION, ModelPredictor, Question
from store.accelerator import accelerator
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.importing.mapping import guess_mapping
from store.importing.row import asked, question
from store.importing.tables import Table, open_table
from store.legible import legible_raw
from store.lines import line_writer, read_lines, sha256_file, write_lines
from store.privacy.scrubber import make_scrubber, scrub_raw
from store.work import Reporter, Stopped, Work, seal_manifest
from trainer.tasks import Task

PART = 32
"""Rows that are answered together; as many are asked again after a kill."""
PARTS = "parts"


def predict_work(work: Work, reporter: Reporter) -> None:
    """Read the spec's table, write one JSON object a row to its ``out``, seal the counts.

    Reads of the spec: ``home``, ``source`` and ``source_sha256``, ``out``, ``model`` (name, path,
    sha256), ``labels`` by task, ``tasks``, and optionally ``synthetic``: whether the model learned
    from made-up cases, ``signed_tasks``, for which it is signed off, ``flags_off`` and
    ``sure_from``. What flags are held against lies in the work's directory
    (``exports.flags.rates.folder_ground``). ``out`` appears whole at the end, or not at all.

    Raises:
        RadoncError: the table is another than when it was asked for.
    """
    spec = work.spec
    source, parts = Path(spec["source"]), work.path / PARTS
    _check_source(spec)
    total = _count(source)
    parts.mkdir(exist_ok=True)
    done = _whole_parts(parts)
    reporter.progress("predict", min(done * PART, total), total, "rows")
    if done * PART < total:
        _answer_rows(work, reporter, done, total)
    _check_source(spec)
    counts = _join(spec, parts)
    seal_manifest(work, [], counts=counts)
    shutil.rmtree(parts)
    for name in ("train-facts.jsonl", "held.jsonl", "department.csv"):
        (work.path / name).unlink(missing_ok=True)


@dataclass(frozen=True)
class _Asking:
    """What answers the rows of one file."""

    predictor: ModelPredictor
    ground: Ground
    tasks: list[Task]


def _answer_rows(work: Work, reporter: Reporter, done: int, total: int) -> None:
    """Answer the rows after the first ``done`` parts, a part after the other."""
    spec = work.spec
    home, model = Home(Path(spec["home"])), spec["model"]
    labels = {Task(name): list(known) for name, known in spec["labels"].items()}
    sure_from = {Task(name): score for name, score in spec.get("sure_from", {}).items()}
    ground = folder_ground(work.path, home, spec.get("flags_off", []), sure_from)

    def look_up(_done: int, _total: int) -> None:
        if reporter.stop_asked():
            raise Stopped

    with (
        accelerator(home, reporter),
        Engine.open(Path(model["path"]), model["sha256"]) as engine,
    ):
        tasks = [Task(name) for name in spec["tasks"]]
        asking = _Asking(ModelPredictor(engine, labels, free_running=False), ground, tasks)
        rows = _diagnoses(Path(spec["source"]))
        for number, batch in enumerate(iter(lambda: list(islice(rows, PART)), [])):
            if number < done:
                continue
            records = _answers(asking, batch, look_up)
            write_lines(work.path / PARTS / f"{number:06}.jsonl", records)
            reporter.progress("predict", min((number + 1) * PART, total), total, "rows")


def _whole_parts(parts: Path) -> int:
    """How many parts are there, from the first on without a gap."""
    names = {path.name for path in parts.glob("*.jsonl")}
    return next(n for n in range(len(names) + 1) if f"{n:06}.jsonl" not in names)


def _join(spec: dict[str, Any], parts: Path) -> dict[str, int]:
    """Write the parts into the file that was asked for; returns what is in it, counted."""
    model = spec["model"]
    said_of_all = {
        "model": model["name"],
        "sha256": model["sha256"],
        "synthetic": bool(spec.get("synthetic", False)),
        "signed_off": set(spec["tasks"]) <= set(spec.get("signed_tasks", [])),
        "signed_tasks": spec.get("signed_tasks", []),
        "note": SUGGESTION,
    }
    rows = errors = flagged = 0
    records = (read_lines(parts / f"{n:06}.jsonl") for n in range(_whole_parts(parts)))
    with line_writer(Path(spec["out"])) as write:
        for record in chain.from_iterable(records):
            rows += 1
            errors += "error" in record
            flagged += any(flag["level"] == "stop" for flag in record.get("flags", ()))
            write({**record, **said_of_all})
    return {"rows": rows, "answered": rows - errors, "errors": errors, "stopped": flagged}


def _check_source(spec: dict[str, Any]) -> None:
    if sha256_file(Path(spec["source"])) != spec["source_sha256"]:
        raise RadoncError(
            f"The table {Path(spec['source']).name} changed while it was being answered.",
            "Ask again: a new file of answers is begun.",
        )


def _opened(source: Path) -> tuple[Table, dict[str, str]]:
    """The table and the columns of it that are read.

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
    return table, mapping


def _count(source: Path) -> int:
    table, mapping = _opened(source)
    return sum(1 for _ in table.read([mapping["diagnosis"]]))


def _diagnoses(source: Path) -> Iterator[tuple[int, str]]:
    """(row number, diagnosis) of every row of the table, as an import would have kept it.

    The row's own name, numbers and birth date are read, to be taken out of its text.

    Raises:
        BadUsage: no column looks like a diagnosis.
    """
    table, mapping = _opened(source)
    scrubber = make_scrubber(b"")
    for number, cells in table.read(list(dict.fromkeys(mapping.values()))):
        raw = scrub_raw(legible_raw(asked(mapping, cells)), scrubber)
        yield number, raw.diagnosis


def _answers(
    asking: _Asking, batch: Iterable[tuple[int, str]], report: Any
) -> Iterator[dict[str, Any]]:
    """One record a row, in order; a diagnosis that cannot be asked gives an error record."""
    texts = {str(row): text for row, text in batch}
    predictor, tasks = asking.predictor, asking.tasks
    questions: list[Question] = []
    errors: dict[str, str] = {}
    for row, text in texts.items():
        every = [Question(row, text, task) for task in tasks]
        if why := predictor.refusal(every):
            errors[row] = why
        else:
            wanted = to_ask(asking.ground, text, tasks)
            questions += [each for each in every if each.task in wanted]
    answers: dict[str, dict[str, Any]] = {}
    for made in predictor.predict(questions, report):
        answer = {"text": made.text, "score": made.score}
        answers.setdefault(made.case_id, {})[made.task.value] = answer
    for row, text in texts.items():
        if row in errors:
            yield {"row": int(row), "error": errors[row]}
        else:
            found = answers.get(row, {})
            yield {"row": int(row), **given(asking.ground, text, tasks, found, evidence=False)}
