"""The export job: a run's adapter and its base become a bundle of checked GGUF files.

Runs inside ``exports.worker`` and reads directories only, never the store. The base model is
made in the same quantizations on the way, because the comparison with it needs them and the
loaded model is at hand. The manifest is sealed last.
"""

import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exports.bundle import (
    MADE_UP,
    NOTICE,
    SCRATCH,
    ModelFile,
    base_again,
    base_files,
    record_base_files,
)
from exports.card import card_text, extraction_line
from exports.drifting import PATIENTS, measure_drift
from exports.evaluation.drift_limit import DriftLimit, recommended
from store.accelerator import accelerator
from store.errors import RadoncError
from store.home import Home
from store.lines import read_json
from store.work import Reporter, Work, seal_manifest
from trainer.bases import Base, Report
from trainer.canaries import FILE as CANARIES
from trainer.pairs import read_pairs
from trainer.tasks import completion

if TYPE_CHECKING:
    from exports.gguf.verify import Verification

EVENTS_A_SECOND = 5


@dataclass(frozen=True)
class _Job:
    work: Work
    reporter: Reporter
    home: Home
    run: Work
    base: Base
    quants: list[str]

    @property
    def adapter(self) -> Path:
        return self.run.path / "adapter"


def export_run(work: Work, reporter: Reporter) -> None:
    """Do what a bundle's spec asks.

    The spec's own keys: ``home``; ``run``, the run's directory; ``base``, its base's folder;
    ``quants``; ``drift_patients`` and ``drift_limit`` (``DriftLimit``'s fields), by which a file
    is recommended. The real texts of the check are the run's own validation pairs, so that a
    bundle, which may leave the house, holds no patient's text.

    Raises:
        RadoncError: the run has no adapter, its base changed, or no file passed its check.
    """
    spec = work.spec
    home = Home(Path(spec["home"]))
    base = base_again(home, Path(spec["base"]).name, reporter.progress)
    job = _Job(work, reporter, home, Work(Path(spec["run"])), base, list(spec["quants"]))
    _check_origin(job)
    with accelerator(home, reporter):
        # only who holds the accelerator makes these, so what lies there was left by a killed one
        for left in home.tmp.glob(f"{SCRATCH}*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(dir=home.tmp, prefix=SCRATCH) as scratch:
            verdicts = _make(job, Path(scratch))
        _seal(job, verdicts)


def _check_origin(job: _Job) -> None:
    if not (job.adapter / "adapter_config.json").exists():
        raise RadoncError(
            f"{job.run.id} has no adapter to export.", "Train it to its end: `radonc runs list`."
        )
    trained_on = job.run.spec["base"]["sha256"]
    if trained_on != job.base.sha256:
        raise RadoncError(
            f"The base model {job.base.name} is not the one {job.run.id} was trained on.",
            "Add the original again under another name, or train again.",
        )


def _texts(run: Work) -> list[str]:
    """Prompts with their answers: validation pairs, or training pairs where none were held out."""
    pairs = read_pairs(run.path / "dataset" / "validation.jsonl")
    pairs = pairs or read_pairs(run.path / "dataset" / "train.jsonl")
    return [pair.prompt + completion(pair.answer) for pair in pairs]


def _make(job: _Job, scratch: Path) -> dict[str, dict[str, Any]]:
    """Files of the tuned model, then of the base where they are wanting; the tuned verdicts."""
    report = _throttled(job.reporter.progress)
    report("load model", 0, 1, "")
    from exports.gguf.make import Model, make_files
    from exports.gguf.reference import references

    there = {file.quant for file in base_files(job.base) if file.path.exists()}
    wanting = [quant for quant in job.quants if quant not in there]
    place = job.work.path / "gguf"
    reference = references(
        job.base.path, job.adapter, _texts(job.run), scratch, report, with_base=bool(wanting)
    )
    tuned = make_files(
        Model(job.work.id, job.base.path, job.adapter, _notice(job.run) or MADE_UP),
        job.quants,
        reference["tuned"],
        place,
        scratch,
        report,
        job.reporter.log,
    )
    full = place / "F16.gguf"
    drifted = _drift(job, full if full.exists() else scratch / "F16.gguf", tuned, report)
    if wanting:
        made = make_files(
            Model(job.base.name, job.base.path),
            wanting,
            reference["base"],
            job.base.path / "gguf",
            scratch,
            report,
            job.reporter.log,
        )
        kept = {q: made[q].as_json() for q in wanting if made[q].passed}
        record_base_files(job.base, kept)
    return {
        quant: {**verdict.as_json(), "drift": drifted.get(quant)}
        for quant, verdict in tuned.items()
    }


def _drift(
    job: _Job, full: Path, verdicts: "Mapping[str, Verification]", report: Report
) -> dict[str, dict[str, Any]]:
    """The drift of each file that passed, by device; {} where no validation patient is there."""
    spec = job.run.spec
    passed = [quant for quant in job.quants if verdicts[quant].passed]
    files = {quant: job.work.path / "gguf" / f"{quant}.gguf" for quant in passed}
    held = read_pairs(job.run.path / "dataset" / "validation.jsonl")
    most = int(job.work.spec.get("drift_patients", PATIENTS))
    found = measure_drift(spec["dataset"]["id"], held, spec["labels"], full, files, report, most)
    for quant, devices in found.items():
        for device, by_task in devices.items():
            for task, entry in by_task.items():
                job.reporter.log(
                    f"{quant}, {task}: {entry['changed']} answers of {entry['n']} validation "
                    f"patients differ from those of 16 bits ({device})."
                )
    return found


def _throttled(report: Report) -> Report:
    """Let a stage's first and last event through, and between them only a few a second."""
    last = 0.0

    def tell(stage: str, done: int, total: int, unit: str) -> None:
        nonlocal last
        if done in (0, total) or time.monotonic() - last > 1 / EVENTS_A_SECOND:
            last = time.monotonic()
            report(stage, done, total, unit)

    return tell


def _seal(job: _Job, verdicts: dict[str, dict[str, Any]]) -> None:
    # the 16-bit file is checked even where nobody asked for it and it is not kept
    checked = {quant: found for quant, found in verdicts.items() if quant not in job.quants}
    asked = {quant: verdicts[quant] for quant in job.quants}
    passed = {quant: verdict for quant, verdict in asked.items() if verdict["passed"]}
    refused = {quant: verdict for quant, verdict in asked.items() if not verdict["passed"]}
    if not passed:
        raise RadoncError(
            f"No file of {job.work.id} passed its check; all were deleted.",
            "Its log says why each failed; try another quantization with --quant.",
        )
    spec = job.run.spec
    facts = {
        "id": job.work.id,
        "run": job.run.id,
        "dataset": spec["dataset"],
        "tasks": spec["tasks"],
        "labels": spec["labels"],
        "synthetic": spec["synthetic"],
        "notice": _notice(job.run),
        "training": _training(job.run),
        "base": {"name": job.base.name, "sha256": job.base.sha256, "licence": job.base.licence},
        "quants": passed,
        "refused": refused,
        "checked": checked,
        "recommended": recommended(passed, DriftLimit(**job.work.spec.get("drift_limit", {}))),
    }
    facts["extraction"] = _extraction(job, facts)
    card = job.work.path / "MODEL.md"
    card.write_text(card_text(facts), encoding="utf-8")
    files = [job.work.path / "gguf" / f"{quant}.gguf" for quant in passed]
    seal_manifest(job.work, [*files, card], **facts)


def _notice(run: Work) -> str:
    return "" if run.spec["synthetic"] else NOTICE


def _training(run: Work) -> dict[str, Any]:
    """What the run's own measurement says of it, as far as a card needs it."""
    path = run.path / "metrics.json"
    metrics = read_json(path) if path.exists() else {}
    asked = {"canaries": run.spec.get("canaries", 0)}
    return {**{key: metrics.get(key) for key in ("cases", "steps", "device", "precision")}, **asked}


def _extraction(job: _Job, facts: dict[str, Any]) -> dict[str, Any]:
    """What the recommended file gives back of its training cases; it stays, whatever is found."""
    if facts["synthetic"]:
        return {"measured": False, "reason": "synthetic cases"}
    from exports.extraction import measure_extraction

    quant = facts["recommended"]
    path = job.work.path / "gguf" / f"{quant}.gguf"
    tuned = ModelFile(job.work.id, quant, path, facts["quants"][quant]["sha256"], "bundle")
    same = [file for file in base_files(job.base) if file.quant == quant and file.path.exists()]
    dataset = job.run.path / "dataset"
    planted = dataset / CANARIES
    found = measure_extraction(
        tuned,
        same[0] if same else None,
        read_pairs(dataset / "train.jsonl"),
        read_pairs(planted) if planted.exists() else [],
        job.run.id,
        _throttled(job.reporter.progress),
    )
    job.reporter.log(f"extraction: {extraction_line(found)}")
    return found
