"""Transformers' Trainer with our batches, our loss and our events.

The loop itself (optimizer, schedule, what a checkpoint holds) is Transformers'; this module only
says what a batch is, what the loss is, which step is not taken, and writes what happens.
Imported inside the worker only.
"""

# Unsloth patches what is imported after it, so it comes first
import unsloth  # noqa: F401  isort: skip

import gc
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
from store.points import reached
from store.work import Reporter
from trainer import checkpoints
from trainer.answers import answers, keep_samples
from trainer.batches import order, share_of
from trainer.encoding import PackedCase
from trainer.fused import attend, halve
from trainer.guard import judge
from trainer.machine import cores, give_back_memory
from trainer.model import computes_in_bf16, keep_masks
from trainer.numbers import Numbers, card_memory_mb, memory_mb
from trainer.packing import collate, packed_loss, packing_error, separate, to_device
from trainer.settings import TrainSettings
from trainer.tasks import Pair

PACE = 10
"""Tokens a second are those of so many newest steps."""
TIDY = 10
"""After so many steps memory is given back; that often it takes no time that could be seen."""


def prepare_torch(threads: int) -> None:
    torch.set_num_threads(threads or cores())


def _evenly(steps: int, times: int) -> set[int]:
    """``times`` steps spread evenly, the last step among them."""
    return {max(1, round(steps * (i + 1) / times)) for i in range(times)}


class PackedTrainer(Trainer):
    """The loss of packed rows, in an order that was decided before; the rest is inherited."""

    bf16_products = False
    tokens = 0
    padded = 0
    loss = 0.0
    norm = 0.0

    def compute_loss(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        # counted here and not where a batch is made, which is one batch ahead
        self.tokens += inputs["tokens"]
        self.padded += inputs["input_ids"].numel()
        # the decoder is called directly, so the precision is set here and not by a wrapper
        with torch.autocast(self.args.device.type, torch.bfloat16, enabled=self.bf16_products):
            return packed_loss(model, inputs)

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        loss = super().training_step(*args, **kwargs)
        self.loss += float(loss)
        # Transformers sums losses, and one that is no number would stay in its sum for good
        return torch.nan_to_num(loss, nan=0.0, posinf=0.0, neginf=0.0)

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        del train_dataset  # ours is set from the start
        return torch.utils.data.SequentialSampler(self.train_dataset)  # type: ignore[arg-type]

    def _clip_grad_norm(self, model: Any) -> Any:
        norm: Any = super()._clip_grad_norm(model)
        self.norm = float(norm)
        return norm

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        reached("checkpoint adapter")
        super()._save(output_dir, state_dict)

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        reached("checkpoint optimizer")
        super()._save_optimizer_and_scheduler(output_dir)

    def _save_rng_state(self, output_dir: str) -> None:
        reached("checkpoint rng")
        super()._save_rng_state(output_dir)
        reached("checkpoint state")


class Watch(TrainerCallback):
    """Turns what the trainer does into events, and a stop that was asked into a saved stop."""

    def __init__(self, loop: "Loop") -> None:
        self.loop = loop

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.loop.begin_step()

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.loop.guard(state.global_step + 1)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        loop = self.loop
        reached("step")
        loop.reporter.event(
            "progress", stage="train", done=state.global_step, total=state.max_steps, unit="steps"
        )
        if state.global_step % TIDY == 0:
            give_back_memory()
        if loop.reporter.stop_asked():
            loop.reporter.state("stopping")
            control.should_save = True
            control.should_training_stop = True
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> Any:
        loop = self.loop
        if logs and "loss" in logs:
            loop.note(state.global_step, logs["learning_rate"])
            if state.global_step in loop.validate_at:
                loop.look(state.global_step)
                # the best is a checkpoint like all others, and is there when it is needed
                control.should_save |= loop.numbers.best_step == state.global_step
            if loop.is_over():
                control.should_save = True
                control.should_training_stop = True
        return control

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        folder = Path(args.output_dir)
        checkpoints.seal(folder / f"checkpoint-{state.global_step}", self.loop.numbers)
        checkpoints.trim(folder)
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
        self.rows, self.attention = "shared prefix", ""
        self.at_once = share_of(settings.batch_cases, settings.micro_cases)
        self.bf16 = computes_in_bf16(settings)
        self.pad = int(tokenizer.pad_token_id or tokenizer.eos_token_id)
        self.dtype = next(p.dtype for p in model.parameters() if p.is_floating_point())
        self.device = next(model.parameters()).device
        self.numbers = Numbers()
        self.fresh = {n: p.detach().cpu().clone() for n, p in self._adapter()}
        self.trainer: PackedTrainer | None = None
        self.pace: deque[tuple[int, float]] = deque(maxlen=PACE)
        self.began = 0.0
        self.held: Sequence[PackedCase] = ()
        self.shown: Sequence[Pair] = ()
        self.synthetic = False
        self.steps = 0
        self.validate_at: set[int] = set()

    def _adapter(self) -> list[tuple[str, Any]]:
        return [(name, p) for name, p in self.model.named_parameters() if p.requires_grad]

    def _begin(self) -> Path | None:
        """Go back to the last whole checkpoint, which is returned, or to the very beginning."""
        # what a training that ran out of memory held must be gone before another begins
        self.trainer = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        damaged = checkpoints.drop_damaged(self.folder)
        if damaged:
            self.reporter.log(f"{damaged} newer checkpoints were cut short and do not count")
        last, _ = checkpoints.newest(self.folder)
        self.model.zero_grad(set_to_none=True)
        self.numbers = Numbers(seconds={"load": self.numbers.seconds.get("load", 0.0)})
        if last:
            self.numbers.restore(last)
            self.reporter.log(f"goes on from step {checkpoints.step_of(last)}")
            return last
        for name, values in self._adapter():
            values.data.copy_(self.fresh[name])
        return None

    @property
    def folder(self) -> Path:
        return self.path / "checkpoints"

    def choose_rows(self, cases: Sequence[PackedCase], tolerance: float) -> float:
        """Prove on two cases that packed rows give this model's loss, else use separate rows.

        The proof is in the weights' own precision; the run then goes on in its own.
        """
        self.attention = attend(self.model, max(case.length for case in [*cases, *self.held]))
        error = packing_error(self.model, cases[:2], self.pad, self.dtype)
        if not error <= tolerance:
            self.rows = "separate"
            keep_masks(self.model, False)
        if self.bf16:
            halve(self.model)
        return error

    def collate(self, cases: Sequence[PackedCase]) -> dict[str, Any]:
        rows = cases if self.rows == "shared prefix" else separate(cases)
        batch = collate(rows, self.pad, self.dtype)
        return {**batch, "tokens": sum(case.length for case in rows)}

    def run(self, train: Sequence[PackedCase], steps: int) -> bool:
        """Train for ``steps``; False where it was asked to stop before the end.

        What was trained lies in the checkpoints; ``keep`` makes the adapter of it.
        """
        self.steps = steps
        self.validate_at = _evenly(steps, self.settings.evaluations)
        last = self._begin()
        if not self.is_over():
            self.pace.clear()
            trainer = self.trainer = self._trainer(train)
            trainer.train(resume_from_checkpoint=str(last) if last else None)
        return self.is_over()

    def is_over(self) -> bool:
        """Whether all steps were done, or validation has not become better for too long."""
        patience, done = self.settings.patience, len(self.numbers.losses)
        return done >= self.steps or bool(patience and self.numbers.worse_looks >= patience)

    def keep(self, place: Path) -> int:
        """Make the adapter at ``place`` of the best checkpoint; returns its step.

        Without validation that is the last one.

        Raises:
            RadoncError: the best checkpoint is gone or damaged.
        """
        step = self.numbers.best_step or len(self.numbers.losses)
        checkpoint = self.folder / f"checkpoint-{step}"
        if not checkpoints.is_whole(checkpoint):
            raise RadoncError(
                f"The checkpoint of step {step}, the best of this run, is damaged or gone.",
                "Train again with the same settings.",
            )
        checkpoints.take_adapter(checkpoint, place)
        return step

    def _trainer(self, train: Sequence[PackedCase]) -> PackedTrainer:
        settings = self.settings
        lengths = [case.length for case in train]
        chosen = order(lengths, settings.batch_cases, self.steps, settings.seed)
        trainer = PackedTrainer(
            model=self.model,
            args=self._arguments(),
            train_dataset=[train[index] for index in chosen],  # type: ignore[arg-type]
            data_collator=self.collate,
            callbacks=[Watch(self)],
        )
        trainer.bf16_products = self.bf16
        return trainer

    def _arguments(self) -> TrainingArguments:
        settings, steps = self.settings, self.steps
        return TrainingArguments(
            output_dir=str(self.folder),
            max_steps=steps,
            per_device_train_batch_size=self.at_once,
            gradient_accumulation_steps=settings.batch_cases // self.at_once,
            learning_rate=settings.learning_rate,
            warmup_steps=max(1, round(steps * settings.warmup)),
            lr_scheduler_type="cosine",
            weight_decay=settings.weight_decay,
            logging_steps=1,
            save_strategy="steps",
            save_steps=max(1, math.ceil(steps / max(settings.checkpoints, 1))),
            seed=settings.seed,
            data_seed=settings.seed,
            report_to=[],
            remove_unused_columns=False,
            dataloader_pin_memory=torch.cuda.is_available(),
            disable_tqdm=True,
            use_cpu=not torch.cuda.is_available(),
        )

    def products(self) -> Any:
        """Where products are taken in the precision of this run."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16)

    @contextmanager
    def timed(self, stage: str) -> Generator[None]:
        """Add what is done inside to the seconds of a stage."""
        began = time.monotonic()
        yield
        self.numbers.spend(stage, time.monotonic() - began)

    def begin_step(self) -> None:
        assert self.trainer is not None
        self.trainer.tokens = self.trainer.padded = 0
        self.trainer.loss = 0.0
        self.began = time.monotonic()

    def guard(self, step: int) -> None:
        """Leave the weights as they are where this step's gradient cannot be trusted."""
        assert self.trainer is not None
        if not judge(self.numbers, self.trainer.norm, step):
            # a parameter without a gradient is left alone by the optimizer
            self.model.zero_grad(set_to_none=True)
            self.reporter.log(f"step {step}: not taken, gradient {self.trainer.norm:.3g}")

    def note(self, step: int, rate: float) -> None:
        """One step's numbers; its time ends here, where the loss has been fetched."""
        assert self.trainer is not None
        numbers, tokens, loss = self.numbers, self.trainer.tokens, self.trainer.loss
        seconds = time.monotonic() - self.began
        if self.pace:
            numbers.paced += tokens
            numbers.paced_seconds += seconds
        self.pace.append((tokens, seconds))
        numbers.losses.append(loss if math.isfinite(loss) else None)
        numbers.tokens += tokens
        numbers.padded += self.trainer.padded
        numbers.spend("train", seconds)
        pace = sum(t for t, _ in self.pace) / sum(s for _, s in self.pace)
        if math.isfinite(loss):
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
        size = self.at_once
        # like lengths together: the rows are padded to the longest of their batch
        held = sorted(self.held, key=lambda case: case.length)
        with torch.no_grad(), self.products():
            for start in range(0, len(held), size):
                cases = held[start : start + size]
                rows = cases if self.rows == "shared prefix" else separate(cases)
                batch = to_device(collate(rows, self.pad, self.dtype), self.device)
                total += float(packed_loss(self.model, batch)) * len(cases)
        self.model.train()
        loss = total / len(held)
        if not math.isfinite(loss):
            raise RadoncError(
                f"The validation loss became {loss} at step {step}.",
                "Start again with a lower learning_rate.",
            )
        self.numbers.validation.append({"step": step, "loss": loss})
        self.reporter.metric("validation_loss", loss, step=step)
        self.reporter.log(f"step {step}: validation loss {loss:.3f}")

    def summary(self, cases: int) -> dict[str, Any]:
        """What the run measured, for ``metrics.json``."""
        early = len(self.numbers.losses) < self.steps
        return {
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
            "rows": self.rows,
            "attention": self.attention,
            "precision": "bf16" if self.bf16 else "fp32",
            "cases": cases,
            "asked_steps": self.steps,
            "stopped_early": early,
            **self.numbers.record(),
            "settings": asdict(self.settings),
        }
