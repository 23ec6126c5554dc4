"""The training job: cases in, an adapter out, everything on the way written where it can be seen.

Runs inside the training worker. It reads the run's own directory and never the store: ``spec``
says what was asked, ``dataset/`` holds the pairs. What it leaves: ``checkpoints/``,
``adapter/``, ``samples.jsonl`` and, last, ``manifest.json``.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from store.accelerator import accelerator
from store.errors import RadoncError
from store.halves import halves
from store.home import Home
from store.lines import write_json
from store.work import Reporter, Stopped, Work, seal_manifest
from trainer.canaries import FILE as CANARIES
from trainer.encoding import EncodingError, PackedCase, pack_case
from trainer.machine import this_machine
from trainer.pairs import read_pairs
from trainer.plan import steps_of
from trainer.settings import TrainSettings
from trainer.tasks import Pair, completion

PACKING_TOLERANCE = 0.02
"""Relative difference of loss up to which packed rows count as equal to separate ones; a model
that ignores the mask is off by far more, and 16-bit arithmetic by less."""


def train_run(work: Work, reporter: Reporter) -> None:
    """Train one run's adapter. The worker's environment must be set before this is called."""
    spec = work.spec
    settings = TrainSettings(**spec["settings"])
    with accelerator(Home(Path(spec["home"])), reporter):
        began = time.monotonic()
        reporter.progress("load model", 0, 1)
        from trainer.loop import Loop, prepare_torch
        from trainer.model import load

        prepare_torch(settings.threads)
        model, tokenizer = load(Path(spec["base"]["path"]), settings)
        reporter.progress("load model", 1, 1)
        reporter.log(f"{spec['base']['name']} loaded on {this_machine().name}")
        train = _packed("train", _pairs(work, "train"), tokenizer, settings, reporter)
        choosing = _choosing(work)
        held = _packed("validation", choosing, tokenizer, settings, reporter)
        if not train:
            raise RadoncError("No training case fits the model's context.", "Raise max_length.")
        loop = Loop(model, tokenizer, settings, reporter, work.path)
        loop.held = held[: settings.validation_cases]
        loop.shown = _shown(choosing, held[: settings.samples])
        loop.synthetic = spec["synthetic"]
        error = loop.choose_rows(train, PACKING_TOLERANCE)
        reporter.log(f"rows: {loop.rows} (relative difference of loss {error:.1e})")
        loop.numbers.spend("load", time.monotonic() - began)
        planted = work.path / "dataset" / CANARIES
        canaries = _canaries(planted, tokenizer, settings, reporter)
        # learned as cases are, and counted nowhere as such
        finished = loop.run([*train, *canaries], steps_of(len(train), settings))
        model.save_pretrained(str(work.path / "adapter"))
    metrics = {**loop.summary(len(train)), "machine": this_machine().name}
    write_json(work.path / "metrics.json", metrics)
    if not finished:
        raise Stopped
    files = [*sorted((work.path / "adapter").glob("*")), work.path / "metrics.json"]
    seal_manifest(work, files, base=spec["base"], dataset=spec["dataset"])


def _packed(
    part: str, pairs: Sequence[Pair], tokenizer: Any, settings: TrainSettings, reporter: Reporter
) -> list[PackedCase]:
    """The cases of a part, packed; those longer than the context are left out and counted."""
    cases: dict[str, list[Pair]] = {}
    for pair in pairs:
        cases.setdefault(pair.case_id, []).append(pair)

    def encode(text: str) -> list[int]:
        return list(tokenizer(text)["input_ids"])

    packed: list[PackedCase] = []
    too_long = 0
    for case_id, own in cases.items():
        texts = [(pair.prompt, completion(pair.answer)) for pair in own]
        try:
            case = pack_case(case_id, texts, encode, tokenizer.eos_token_id)
        except EncodingError as error:
            raise RadoncError(str(error), "Choose another base model.") from error
        if case.longest <= settings.max_length:
            packed.append(case)
        else:
            too_long += 1
    if too_long:
        reporter.metric("too_long", too_long, part=part)
        reporter.log(f"{too_long} cases of {part} exceed {settings.max_length} tokens: left out")
    return packed


def _canaries(
    path: Path, tokenizer: Any, settings: TrainSettings, reporter: Reporter
) -> list[PackedCase]:
    """The canaries of a run, packed; [] where none were planted."""
    planted = read_pairs(path) if path.exists() else []
    packed = _packed("canaries", planted, tokenizer, settings, reporter)
    if packed:
        reporter.log(f"canaries beside the training cases: {len(packed)}")
    return packed


def _pairs(work: Work, part: str) -> Sequence[Pair]:
    return read_pairs(work.path / "dataset" / f"{part}.jsonl")


def _choosing(work: Work) -> list[Pair]:
    """The pairs of the validation patients by whom a model is chosen; the others calibrate it."""
    held = _pairs(work, "validation")
    chosen, _ = halves(work.spec["dataset"]["id"], (pair.patient for pair in held))
    return [pair for pair in held if pair.patient in chosen]


def _shown(pairs: Sequence[Pair], cases: Sequence[PackedCase]) -> list[Pair]:
    """The pairs of a few validation cases, for whose answers a person will look."""
    chosen = {case.case_id for case in cases}
    return [pair for pair in pairs if pair.case_id in chosen]
