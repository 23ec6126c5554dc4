"""Transformers' Trainer with our batches, our loss and our events.

The loop itself (optimizer, schedule, checkpoints) is Transformers'; this module only says what
a batch is, what the loss is, and writes what happens. Imported inside the worker only.
"""

# Unsloth patches what is imported after it, so it comes first
import unsloth  # noqa: F401  isort: skip

import math
import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainerCallback, TrainingArguments

from store.errors import RadoncError
from store.work import Reporter
from trainer.encoding import PackedCase
from trainer.model import computes_in_bf16
from trainer.packing import collate, packed_loss, packing_error, separate, to_device
from trainer.settings import TrainSettings


def prepare_torch(threads: int) -> None:
    torch.set_num_threads(threads or os.cpu_count() or 1)


def _evenly(steps: int, times: int) -> set[int]:
    """``times`` steps spread evenly, the last step among them."""
    return {max(1, round(steps * (i + 1) / times)) for i in range(times)}


def _last_checkpoint(folder: Path) -> str | None:
    """The newest whole checkpoint: the state file is the last that the trainer writes."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    newest = max(whole, key=lambda path: int(path.name.split("-")[1]), default=None)
    return str(newest) if newest else None


def _check_finite(loss: float, step: int) -> None:
    if not math.isfinite(loss):
        raise RadoncError(
            f"The loss became {loss} at step {step}.", "Start again with a lower learning_rate."
        )


class PackedTrainer(Trainer):
    """The loss of packed rows; everything else is inherited."""

    bf16_products = False

    def compute_loss(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        # the decoder is called directly, so the precision is set here and not by a wrapper
        with torch.autocast(self.args.device.type, torch.bfloat16, enabled=self.bf16_products):
            return packed_loss(model, inputs)


class Watch(TrainerCallback):
    """Turns what the trainer does into events, and a stop that was asked into a saved stop."""

    def __init__(self, loop: "Loop") -> None:
        self.loop = loop

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        loop = self.loop
        loop.reporter.event(
            "progress", stage="train", done=state.global_step, total=state.max_steps, unit="steps"
        )
        if state.global_step in loop.validate_at:
            loop.validate(state.global_step)
        if loop.reporter.stop_asked():
            loop.reporter.state("stopping")
            control.should_save = True
            control.should_training_stop = True
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> Any:
        if logs and "loss" in logs:
            _check_finite(logs["loss"], state.global_step)
            self.loop.note(state.global_step, logs["loss"], logs["learning_rate"])
        return control


class Loop:
    """One training: its rows, its trainer, and the numbers it leaves."""

    def __init__(
        self, model: Any, tokenizer: Any, settings: TrainSettings, reporter: Reporter, path: Path
    ) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.settings, self.reporter, self.path = settings, reporter, path
        self.rows = "shared prefix"
        self.bf16 = computes_in_bf16(settings)
        self.pad = int(tokenizer.pad_token_id or tokenizer.eos_token_id)
        self.dtype = next(p.dtype for p in model.parameters() if p.is_floating_point())
        self.tokens = 0
        self.began = 0.0
        self.seconds = 0.0
        self.losses: list[float] = []
        self.validation: list[dict[str, float]] = []
        self.held: Sequence[PackedCase] = ()
        self.validate_at: set[int] = set()

    def choose_rows(self, cases: Sequence[PackedCase], tolerance: float) -> float:
        """Prove on two cases that packed rows give this model's loss, else use separate rows."""
        error = packing_error(self.model, cases[:2], self.pad, self.dtype)
        if not error <= tolerance:
            self.rows = "separate"
        return error

    def collate(self, cases: Sequence[PackedCase]) -> dict[str, Any]:
        rows = cases if self.rows == "shared prefix" else separate(cases)
        self.tokens += sum(case.length for case in rows)
        return collate(rows, self.pad, self.dtype)

    def run(self, train: Sequence[PackedCase], held: Sequence[PackedCase], steps: int) -> bool:
        """Train for ``steps``; False where it was asked to stop before the end."""
        self.held = held
        self.validate_at = _evenly(steps, self.settings.evaluations)
        trainer = PackedTrainer(
            model=self.model,
            args=self._arguments(steps),
            train_dataset=list(train),  # type: ignore[arg-type]  # any sequence will do
            data_collator=self.collate,
            callbacks=[Watch(self)],
        )
        trainer.bf16_products = self.bf16
        self.began = time.monotonic()
        last = _last_checkpoint(self.path / "checkpoints")
        trainer.train(resume_from_checkpoint=last)
        self.seconds = time.monotonic() - self.began
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

    def note(self, step: int, loss: float, rate: float) -> None:
        """One step's numbers, and the speed so far in tokens a second."""
        self.losses.append(loss)
        elapsed = time.monotonic() - self.began
        self.reporter.metric("loss", loss, step=step)
        self.reporter.metric("learning_rate", rate, step=step)
        self.reporter.metric("tokens_per_second", round(self.tokens / elapsed, 1), step=step)

    def validate(self, step: int) -> None:
        """The validation loss, over at most ``validation_cases`` cases."""
        if not self.held:
            return
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
        self.validation.append({"step": step, "loss": loss})
        self.reporter.metric("validation_loss", loss, step=step)

    def answer(self, prompt: str, most: int) -> str:
        """The tuned model's greedy answer to one prompt, up to ``most`` tokens."""
        self.model.eval()
        batch = self.tokenizer(prompt, return_tensors="pt").to(next(self.model.parameters()).device)
        with torch.no_grad():
            made = self.model.generate(
                **batch, max_new_tokens=most, do_sample=False, pad_token_id=self.pad
            )
        text = self.tokenizer.decode(
            made[0, batch["input_ids"].shape[1] :], skip_special_tokens=True
        )
        return text.strip()

    def summary(self, cases: int, samples: int) -> dict[str, Any]:
        """What the run measured, for ``metrics.json``."""
        return {
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
            "rows": self.rows,
            "precision": "bf16" if self.bf16 else "fp32",
            "cases": cases,
            "steps": len(self.losses),
            "tokens": self.tokens,
            "seconds": round(self.seconds, 1),
            "loss": self.losses,
            "validation": self.validation,
            "samples": samples,
            "settings": asdict(self.settings),
        }
