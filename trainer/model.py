"""The base model with a fresh LoRA adapter, through Unsloth, on whatever device there is.

Only ever imported inside the training worker: importing Unsloth takes half a minute and a
gigabyte.
"""

# Unsloth patches what is imported after it, so it comes first
import unsloth  # noqa: F401  isort: skip

from pathlib import Path
from typing import Any

import torch
from unsloth import FastLanguageModel

from trainer.fused import fuse
from trainer.machine import has_bf16
from trainer.settings import TrainSettings
from trainer.shape import PROJECTIONS


def four_bit(settings: TrainSettings) -> bool:
    """Whether the base weights are loaded in 4 bit: as set, else where there is a CUDA GPU."""
    chosen = settings.load_in_4bit
    return torch.cuda.is_available() if chosen is None else chosen


def computes_in_bf16(settings: TrainSettings) -> bool:
    """Whether products are taken in bfloat16: as set, else where the hardware has them.

    Weights of the adapter and its optimizer stay in 32 bit either way.
    """
    if settings.precision != "auto":
        return settings.precision == "bf16"
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return has_bf16()


def load(base: Path, settings: TrainSettings) -> tuple[Any, Any]:
    """(model, tokenizer): the base at ``base`` with an adapter that is ready to train."""
    cuda = torch.cuda.is_available()
    model, tokenizer = FastLanguageModel.from_pretrained(
        model_name=str(base),
        max_seq_length=settings.max_length,
        dtype=None if cuda else torch.float32,
        load_in_4bit=four_bit(settings),
        local_files_only=True,
    )
    has = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    model = FastLanguageModel.get_peft_model(
        model,
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=[name for name in PROJECTIONS if name in has],
        bias="none",
        use_gradient_checkpointing="unsloth" if cuda else False,
        random_state=settings.seed,
    )
    fuse(model)
    keep_masks(model, True)
    return model, tokenizer


def keep_masks(model: Any, kept: bool) -> None:
    """Whether Unsloth's kernels on a card honour in training the mask that they are given.

    They drop it, since what is right of an answer does not matter for plain rows; packed rows need
    it. Without a mask they attend faster. What Unsloth calls these is its own business and may
    change; ``packing_error`` then finds that packed rows are not equal, and none are made.
    """
    decoder = model.get_base_model().model
    decoder._unsloth_keep_padding_mask = kept
    # a row of several answers may be longer than the longest sequence, whose positions it has
    decoder._unsloth_allow_packed_overlength = kept
