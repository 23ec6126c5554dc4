"""The training job: cases in, an adapter out, everything on the way written where it can be seen.

Runs inside the training worker. It reads the run's own directory and never the store: ``spec``
says what was asked, ``dataset/`` holds the pairs. What it leaves: ``checkpoints/``,
``samples.jsonl``, ``metrics.json``, ``adapter/`` and, last, ``manifest.json``.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from store.accelerator import accelerator
from store.errors import RadoncError
from store.halves import halves
from store.home import Home
from store.lines import write_json
from store.work import Reporter, Stopped, Work, seal_manifest
from trainer.asked import check_base, check_data, settings_of
from trainer.batches import share_of
from trainer.canaries import FILE as CANARIES
from trainer.context import context_of
from trainer.encoding import PackedCase
from trainer.fitting import Fit, keep_fit, read_fit
from trainer.machine import this_machine
from trainer.outcome import against_estimate
from trainer.pairs import read_pairs
from trainer.plan import steps_of
from trainer.settings import TrainSettings
from trainer.tasks import Pair
from trainer.tokens import packed_cases
from trainer.trouble import NotEnoughMemory, in_sentences

PACKING_TOLERANCE = 0.02
"""Relative difference of loss up to which packed rows count as equal to separate ones; a model
that ignores the mask is off by far more, and 16-bit arithmetic by less."""


@dataclass(frozen=True)
class Prepared:
    """What the loop trains on; canaries are learned as cases are, and counted nowhere as such."""

    loop: Any
    train: Sequence[PackedCase]
    canaries: Sequence[PackedCase]


def train_run(work: Work, reporter: Reporter) -> None:
    """Train one run's adapter. The worker's environment must be set before this is called."""
    spec = work.spec
    settings = settings_of(spec)
    check_data(work)
    with accelerator(Home(Path(spec["home"])), reporter):
        check_base(work, reporter)
        with in_sentences(work):
            made = _prepare(work, settings, reporter)
            finished = _run(work, made, reporter)
            metrics = {**made.loop.summary(len(made.train)), "machine": this_machine().name}
            if finished:
                metrics["adapter_step"] = made.loop.keep(work.path / "adapter")
                reporter.log(f"the adapter is that of step {metrics['adapter_step']}")
            metrics["estimate"] = against_estimate(spec.get("estimate"), metrics)
            write_json(work.path / "metrics.json", metrics)
            if not finished:
                raise Stopped
            files = [*sorted((work.path / "adapter").glob("*")), work.path / "metrics.json"]
            seal_manifest(work, files, base=spec["base"], dataset=spec["dataset"])


def _run(work: Work, made: Prepared, reporter: Reporter) -> bool:
    """Train, with fewer cases at once each time that memory does not suffice, where that is asked.

    Raises:
        NotEnoughMemory: for a single case, or nobody asked to make it fit.
    """
    loop = made.loop
    steps = steps_of(len(made.train), loop.settings)
    batch = loop.settings.batch_cases
    while True:
        fit = read_fit(work)
        # fewer cases at once learn the same, so this is no change of what was asked
        loop.at_once = share_of(batch, fit.micro_cases or loop.at_once)
        try:
            with in_sentences(work):
                return loop.run([*made.train, *made.canaries], steps)
        except NotEnoughMemory:
            fewer = share_of(batch, max(1, loop.at_once // 2))
            if not fit.allowed or fewer == loop.at_once:
                raise
            keep_fit(work, Fit(True, fewer))
            reporter.log(f"not enough memory for {loop.at_once} cases at once: {fewer} at once now")


def _prepare(work: Work, settings: TrainSettings, reporter: Reporter) -> Prepared:
    """The model loaded, the cases as tokens, and the rows chosen."""
    spec = work.spec
    began = time.monotonic()
    reporter.progress("load model", 0, 1)
    from trainer.loop import Loop, prepare_torch
    from trainer.model import load

    prepare_torch(settings.threads)
    model, tokenizer = load(Path(spec["base"]["path"]), settings)
    reporter.progress("load model", 1, 1)
    reporter.log(f"{spec['base']['name']} loaded on {this_machine().name}")
    settings = replace(settings, max_length=context_of(model.config.to_dict(), settings.max_length))
    folder = work.path / "dataset"
    pack = Packer(folder, spec["base"]["sha256"], tokenizer, settings.max_length, reporter)
    train = pack("train", _pairs(work, "train"))
    choosing = _choosing(work)
    held = pack("validation", choosing)
    if not train:
        raise RadoncError(
            f"No training case has an answer to learn and fits into {settings.max_length} tokens.",
            "Raise max_length, or look at the data set.",
        )
    loop = Loop(model, tokenizer, settings, reporter, work.path)
    loop.held = held[: settings.validation_cases]
    loop.shown = _shown(choosing, held[: settings.samples])
    loop.synthetic = spec["synthetic"]
    error = loop.choose_rows(train, PACKING_TOLERANCE)
    reporter.log(f"rows: {loop.rows} (relative difference of loss {error:.1e})")
    canaries = pack_canaries(pack)
    loop.numbers.spend("load", time.monotonic() - began)
    return Prepared(loop, train, canaries)


@dataclass(frozen=True)
class Packer:
    """Packs the cases of a part; those longer than ``limit`` tokens are left out and counted.

    ``folder`` is the run's ``dataset``, ``base`` the hash of its base model.
    """

    folder: Path
    base: str
    tokenizer: Any
    limit: int
    reporter: Reporter

    def __call__(self, part: str, pairs: Sequence[Pair]) -> list[PackedCase]:
        made, blank = packed_cases(self.folder, pairs, self.base, self.tokenizer)
        packed = [case for case in made if case.longest <= self.limit]
        too_long = len(made) - len(packed)
        if too_long:
            self.reporter.metric("too_long", too_long, part=part)
            self.reporter.log(f"{too_long} cases of {part} exceed {self.limit} tokens: left out")
        if blank:
            self.reporter.metric("no_answer", blank, part=part)
            self.reporter.log(f"{blank} pairs of {part} have no answer: left out")
        return packed


def pack_canaries(pack: Packer) -> list[PackedCase]:
    """The canaries of a run, packed; [] where none were planted."""
    planted = pack.folder / CANARIES
    packed = pack("canaries", read_pairs(planted)) if planted.exists() else []
    if packed:
        pack.reporter.log(f"canaries beside the training cases: {len(packed)}")
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
