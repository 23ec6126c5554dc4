"""Transformers' Trainer with our batches, our loss and our events.

The loop itself (optimizer, schedule, checkpoints) is Transformers'; this module only says what
a batch is, what the loss is, and writes what happens. Imported inside the worker only.
"""

# Unsloth patches what is imported after it, so it comes first
import unsloth  # noqa: F401  isort: skip

import math
import time
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainerCallback, TrainingArguments

from store.errors import RadoncError
from store.work import Reporter
from trainer.answers import answers, keep_samples
from trainer.encoding import PackedCase
from trainer.machine import cores
from trainer.model import computes_in_bf16
from trainer.numbers import Numbers, card_memory_mb, last_checkpoint, memory_mb
from trainer.packing import collate, packed_loss, packing_error, separate, to_device
from trainer.settings import TrainSettings
from trainer.tasks import Pair

PACE = 10
"""Tokens a second are those of so many newest steps."""


def prepare_torch(threads: int) -> None:
    torch.set_num_threads(threads or cores())


def _evenly(steps: int, times: int) -> set[int]:
    """``times`` steps spread evenly, the last step among them."""
    return {max(1, round(steps * (i + 1) / times)) for i in range(times)}


def _check_finite(loss: float, step: int) -> None:
    if not math.isfinite(loss):
        raise RadoncError(
            f"The loss became {loss} at step {step}.", "Start again with a lower learning_rate."
        )


class PackedTrainer(Trainer):
    """The loss of packed rows; everything else is inherited."""

    bf16_products = False
    tokens = 0

    def compute_loss(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        # counted here and not where a batch is made, which is one batch ahead
        self.tokens += inputs["tokens"]
        # the decoder is called directly, so the precision is set here and not by a wrapper
        with torch.autocast(self.args.device.type, torch.bfloat16, enabled=self.bf16_products):
            return packed_loss(model, inputs)


class Watch(TrainerCallback):
    """Turns what the trainer does into events, and a stop that was asked into a saved stop."""

    def __init__(self, loop: "Loop") -> None:
        self.loop = loop

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.loop.begin_step()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        loop = self.loop
        loop.reporter.event(
            "progress", stage="train", done=state.global_step, total=state.max_steps, unit="steps"
        )
        if loop.reporter.stop_asked():
            loop.reporter.state("stopping")
            control.should_save = True
            control.should_training_stop = True
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> Any:
        if logs and "loss" in logs:
            _check_finite(logs["loss"], state.global_step)
            self.loop.note(state.global_step, logs["loss"], logs["learning_rate"])
            if state.global_step in self.loop.validate_at:
                self.loop.look(state.global_step)
        return control

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.loop.numbers.save(Path(args.output_dir) / f"checkpoint-{state.global_step}")
        self.loop.reporter.log(f"step {state.global_step}: checkpoint kept")


class Loop:
    """One training: its rows, its trainer, and the numbers it leaves.

    ``held`` are the validation cases, ``shown`` the pairs of those whose answers are kept.
    """

    def __init__(
        self, model: Any, tokenizer: Any, settings: TrainSettings, reporter: Reporter, path: Path
    ) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.settings, self.reporter, self.path = settings, reporter, path
        self.rows = "shared prefix"
        self.bf16 = computes_in_bf16(settings)
        self.pad = int(tokenizer.pad_token_id or tokenizer.eos_token_id)
        self.dtype = next(p.dtype for p in model.parameters() if p.is_floating_point())
        self.numbers = Numbers()
        self.trainer: PackedTrainer | None = None
        self.pace: deque[tuple[int, float]] = deque(maxlen=PACE)
        self.began = 0.0
        self.held: Sequence[PackedCase] = ()
        self.shown: Sequence[Pair] = ()
        self.synthetic = False
        self.validate_at: set[int] = set()

    def choose_rows(self, cases: Sequence[PackedCase], tolerance: float) -> float:
        """Prove on two cases that packed rows give this model's loss, else use separate rows."""
        error = packing_error(self.model, cases[:2], self.pad, self.dtype)
        if not error <= tolerance:
            self.rows = "separate"
        return error

    def collate(self, cases: Sequence[PackedCase]) -> dict[str, Any]:
        rows = cases if self.rows == "shared prefix" else separate(cases)
        batch = collate(rows, self.pad, self.dtype)
        return {**batch, "tokens": sum(case.length for case in rows)}

    def run(self, train: Sequence[PackedCase], steps: int) -> bool:
        """Train for ``steps``; False where it was asked to stop before the end."""
        self.validate_at = _evenly(steps, self.settings.evaluations)
        trainer = self.trainer = PackedTrainer(
            model=self.model,
            args=self._arguments(steps),
            train_dataset=list(train),  # type: ignore[arg-type]  # any sequence will do
            data_collator=self.collate,
            callbacks=[Watch(self)],
        )
        trainer.bf16_products = self.bf16
        last = last_checkpoint(self.path / "checkpoints")
        if last:
            self.numbers.restore(last)
        trainer.train(resume_from_checkpoint=str(last) if last else None)
        return trainer.state.global_step >= steps

    def _arguments(self, steps: int) -> TrainingArguments:
        settings = self.settings
        return TrainingArguments(
            output_dir=str(self.path / "checkpoints"),
            max_steps=steps,
            per_device_train_batch_size=settings.batch_cases,
            learning_rate=settings.learning_rate,
            warmup_steps=max(1, round(steps * settings.warmup)),
            lr_scheduler_type="cosine",
            weight_decay=settings.weight_decay,
            logging_steps=1,
            # a loss that is no number must be seen, not smoothed over
            logging_nan_inf_filter=False,
            save_strategy="steps",
            save_steps=max(1, math.ceil(steps / max(settings.checkpoints, 1))),
            save_total_limit=2,
            seed=settings.seed,
            data_seed=settings.seed,
            report_to=[],
            remove_unused_columns=False,
            dataloader_pin_memory=torch.cuda.is_available(),
            disable_tqdm=True,
            use_cpu=not torch.cuda.is_available(),
        )

    @contextmanager
    def timed(self, stage: str) -> Generator[None]:
        """Add what is done inside to the seconds of a stage."""
        began = time.monotonic()
        yield
        self.numbers.spend(stage, time.monotonic() - began)

    def begin_step(self) -> None:
        assert self.trainer is not None
        self.trainer.tokens = 0
        self.began = time.monotonic()

    def note(self, step: int, loss: float, rate: float) -> None:
        """One step's numbers; its time ends here, where the loss has been fetched."""
        assert self.trainer is not None
        numbers, tokens = self.numbers, self.trainer.tokens
        seconds = time.monotonic() - self.began
        if self.pace:
            numbers.paced += tokens
            numbers.paced_seconds += seconds
        self.pace.append((tokens, seconds))
        numbers.losses.append(loss)
        numbers.tokens += tokens
        numbers.spend("train", seconds)
        pace = sum(t for t, _ in self.pace) / sum(s for _, s in self.pace)
        self.reporter.metric("loss", loss, step=step)
        self.reporter.metric("learning_rate", rate, step=step)
        self.reporter.metric("tokens_per_second", round(pace, 1), step=step)
        self.reporter.metric("memory_mb", memory_mb(), step=step)
        card = card_memory_mb()
        if card is not None:
            self.reporter.metric("card_memory_mb", card, step=step)

    def look(self, step: int) -> None:
        """An evaluation on the way: the validation loss, and the sample answers."""
        if self.held:
            with self.timed("validate"):
                self._validate(step)
        if self.shown:
            with self.timed("samples"):
                made = answers(self.model, self.tokenizer, self.shown, self.pad)
            self.numbers.samples = keep_samples(self.path, step, self.shown, made, self.synthetic)
            self.reporter.event("samples", step=step, count=len(made))

    def _validate(self, step: int) -> None:
        self.model.eval()
        total = 0.0
        device = next(self.model.parameters()).device
        size = self.settings.batch_cases
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=self.bf16):
            for start in range(0, len(self.held), size):
                cases = self.held[start : start + size]
                rows = cases if self.rows == "shared prefix" else separate(cases)
                batch = to_device(collate(rows, self.pad, self.dtype), device)
                total += float(packed_loss(self.model, batch)) * len(cases)
        self.model.train()
        loss = total / len(self.held)
        _check_finite(loss, step)
        self.numbers.validation.append({"step": step, "loss": loss})
        self.reporter.metric("validation_loss", loss, step=step)
        self.reporter.log(f"step {step}: validation loss {loss:.3f}")

    def summary(self, cases: int) -> dict[str, Any]:
        """What the run measured, for ``metrics.json``."""
        return {
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
            "rows": self.rows,
            "precision": "bf16" if self.bf16 else "fp32",
            "cases": cases,
            **self.numbers.record(),
            "settings": asdict(self.settings),
        }
