"""The export job: a run's adapter and its base become a bundle of checked GGUF files.

Runs inside ``exports.worker`` and reads directories only, never the store. The base model is
made in the same quantizations on the way, because the comparison with it needs them and the
loaded model is at hand. Files lie in ``UNSEALED`` until all are made and checked; then they get
their place, and the manifest is sealed last. So what a killed export leaves has no file in its
place, or all of them, checked, and no manifest: never a bundle.
"""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
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
from exports.origin import check_base, check_room, check_run
from exports.recipes import chat_template, modelfile
from store.accelerator import accelerator
from store.errors import RadoncError
from store.home import Home
from store.lines import read_json, sha256_file
from store.points import reached
from store.work import Reporter, Work, seal_manifest
from trainer.bases import Base, Report
from trainer.canaries import FILE as CANARIES
from trainer.pairs import read_pairs
from trainer.tasks import Pair, completion

if TYPE_CHECKING:
    from exports.gguf.reference import Reference
    from exports.gguf.verify import Verification

EVENTS_A_SECOND = 5
UNSEALED = "unsealed"
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class _Job:
    work: Work
    reporter: Reporter
    home: Home
    run: Work
    base: Base
    quants: list[str]
    with_adapter: bool

    @property
    def adapter(self) -> Path:
        return self.run.path / "adapter"

    @property
    def unsealed(self) -> Path:
        """Where files that passed their check wait for the others."""
        return self.work.path / UNSEALED


@dataclass(frozen=True)
class _Made:
    """Verdicts of the tuned model's files by quantization, and of its adapter's where asked."""

    tuned: dict[str, dict[str, Any]]
    adapter: dict[str, Any] | None = None


def export_run(work: Work, reporter: Reporter) -> None:
    """Do what a bundle's spec asks.

    The spec's own keys: ``home``; ``run``, the run's directory; ``base``, its base's folder;
    ``quants``; ``adapter``, whether it is wanted as a file of its own too; ``drift_patients`` and
    ``drift_limit`` (``DriftLimit``'s fields), by which a file is recommended. The real texts of the
    check are the run's own validation pairs, those of the importance matrix its training pairs;
    both stay in the run, so that a bundle, which may leave the house, holds no patient's text.

    Raises:
        RadoncError: the run or its base is not what it was, the disk has no room, or no file
            passed its check.
    """
    spec = work.spec
    home = Home(Path(spec["home"]))
    base = base_again(home, Path(spec["base"]).name, reporter.progress)
    run, wanted = Work(Path(spec["run"])), bool(spec.get("adapter", False))
    job = _Job(work, reporter, home, run, base, list(spec["quants"]), wanted)
    check_run(job.run, base)
    with accelerator(home, reporter):
        # only who holds the accelerator makes these, so what lies there was left by a killed one
        for left in (*home.tmp.glob(f"{SCRATCH}*"), *work.path.parent.glob(f"*/{UNSEALED}")):
            shutil.rmtree(left)
        check_base(base)
        check_room(home, base, job.quants, _wanting(job))
        with tempfile.TemporaryDirectory(dir=home.tmp, prefix=SCRATCH) as scratch:
            made = _make(job, Path(scratch))
        _seal(job, made)


def _wanting(job: _Job) -> list[str]:
    """The quantizations that the base has no file of yet."""
    there = {file.quant for file in base_files(job.base) if file.path.exists()}
    return [quant for quant in job.quants if quant not in there]


def _texts(run: Work) -> list[str]:
    """Prompts with their answers: validation pairs, or training pairs where none were held out."""
    from exports.gguf.reference import TEXTS

    pairs = read_pairs(run.path / "dataset" / "validation.jsonl")
    return _drawn(pairs or read_pairs(run.path / "dataset" / "train.jsonl"), TEXTS)


def _prompts(run: Work) -> list[str]:
    """Training prompts with their answers, for the importance matrix."""
    from exports.gguf.importance import PROMPTS

    return _drawn(read_pairs(run.path / "dataset" / "train.jsonl"), PROMPTS)


def _drawn(pairs: Sequence[Pair], most: int) -> list[str]:
    """Some of the pairs as texts, of all cases and tasks; the same for the same run."""
    chosen = random.Random(0).sample(pairs, min(most, len(pairs)))
    return [pair.prompt + completion(pair.answer) for pair in chosen]


def _make(job: _Job, scratch: Path) -> _Made:
    """Files of the tuned model, then of the base where they are wanting, then the adapter's."""
    report = _throttled(job.reporter.progress)
    report("load model", 0, 1, "")
    from exports.gguf.make import Model, make_files
    from exports.gguf.reference import references

    wanting = _wanting(job)
    reference = references(
        job.base.path,
        job.adapter,
        _texts(job.run),
        scratch,
        report,
        with_base=bool(wanting),
        prompts=_prompts(job.run),
    )
    notice = _notice(job.run) or MADE_UP
    model = Model(job.work.id, job.base.path, job.adapter, notice)
    log = job.reporter.log
    tuned = make_files(model, job.quants, reference["tuned"], job.unsealed, scratch, report, log)
    full = job.unsealed / "F16.gguf"
    drifted = _drift(job, full if full.exists() else scratch / "F16.gguf", tuned, report)
    if wanting:
        model = Model(job.base.name, job.base.path)
        place = job.base.path / "gguf"
        made = make_files(model, wanting, reference["base"], place, scratch, report, log)
        record_base_files(job.base, {q: made[q].as_json() for q in wanting if made[q].passed})
    adapter = _adapter(job, reference["tuned"], scratch, report) if job.with_adapter else None
    verdicts = {q: {**found.as_json(), "drift": drifted.get(q)} for q, found in tuned.items()}
    return _Made(verdicts, adapter)


def _adapter(
    job: _Job, reference: "Reference", scratch: Path, report: Report
) -> dict[str, Any] | None:
    """The adapter as a file of its own, checked on a file of the base; None where it failed."""
    from exports.gguf.make import Model, make_adapter

    files = [file for file in base_files(job.base) if file.path.exists()]
    if not files:
        raise RadoncError(
            f"{job.base.name} has no GGUF file that an adapter can be checked on.",
            "Ask for a quantization too: `radonc export RUN --adapter --quant Q8_0`.",
        )
    on = next((file for file in files if file.recommended), files[0])
    model = Model(job.work.id, job.base.path, job.adapter, _notice(job.run) or MADE_UP)
    log = job.reporter.log
    found = make_adapter(model, (on.path, on.quant), reference, job.unsealed, scratch, report, log)
    if not found.passed:
        return None
    return {**found.as_json(), "on": {"name": on.name, "quant": on.quant, "sha256": on.sha256}}


def _drift(
    job: _Job, full: Path, verdicts: "Mapping[str, Verification]", report: Report
) -> dict[str, dict[str, Any]]:
    """The drift of each file that passed, by device; {} where no validation patient is there."""
    spec = job.run.spec
    passed = [quant for quant in job.quants if verdicts[quant].passed]
    files = {quant: job.unsealed / f"{quant}.gguf" for quant in passed}
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


def _seal(job: _Job, made: _Made) -> None:
    verdicts = made.tuned
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
        "adapter": made.adapter,
        "refused": refused,
        "checked": checked,
        "recommended": recommended(passed, DriftLimit(**job.work.spec.get("drift_limit", {}))),
    }
    facts["extraction"] = _extraction(job, facts)
    texts = {
        "MODEL.md": card_text(facts),
        "Modelfile": modelfile(facts),
        "chat_template.jinja": chat_template(job.base.path),
    }
    files = [*job.unsealed.glob("*.gguf"), *_written(job, texts)]
    for file in files:
        _to_disk(file)
    reached("gguf")
    job.unsealed.rename(job.work.path / "gguf")
    places = [job.work.path / "gguf" / f.name if f.suffix == ".gguf" else f for f in files]
    seal_manifest(job.work, sorted([*places, _sums(job, places)]), **facts)


def _written(job: _Job, texts: Mapping[str, str]) -> Iterator[Path]:
    """The texts that have something to say, as files of the bundle."""
    for name, text in texts.items():
        if text:
            reached(name)
            path = job.work.path / name
            path.write_text(text, encoding="utf-8")
            yield path


def _sums(job: _Job, files: list[Path]) -> Path:
    """``SHA256SUMS``: what ``sha256sum -c`` needs to check a bundle where this program is not."""
    lines = [f"{sha256_file(file)}  {file.relative_to(job.work.path)}" for file in sorted(files)]
    path = job.work.path / SUMS
    reached(SUMS)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _to_disk(path: Path) -> None:
    """See that what was written outlives a power cut, before a manifest says that it is there."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


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
    path = job.unsealed / f"{quant}.gguf"
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
