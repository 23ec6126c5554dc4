"""The importance matrix: how large the inputs of each weight matrix are on given prompts.

llama.cpp rounds a weight with more care where its input is large: it minimizes the error weighted
by each input's mean square over real prompts (``llama_model_quantize_params.imatrix``). What is
kept is one number for each input channel of a matrix, a mean over every token of every prompt;
no text, no token and no single prompt's number. Imports torch: only for worker processes.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from exports.gguf.batches import DEVICE

Array = np.ndarray[Any, Any]

PROMPTS = 48
"""Most prompts that are measured."""
TOKENS = 384
"""How many of their tokens are enough; more take longer and change little."""
AT_ONCE = 64
"""Tokens whose inputs are squared together."""
K_BLOCK = 256
"""Weights of a row that a K-quant rounds together."""
FLOOR = 1e-4
"""The least importance of an input, as a share of its matrix's mean: an input that these prompts
never use is rounded last, and not at will."""


@dataclass
class Watch:
    """What is seen of a decoder's linear layers while it computes.

    Attributes:
        counted: which positions of the batch under way count, bool of (rows, longest).
        squares: of each layer, the sum over counted positions of its inputs' squares (inputs,).
        tokens: how many positions were counted.
    """

    counted: torch.Tensor = field(default_factory=lambda: torch.zeros(0, 0, dtype=torch.bool))
    squares: dict[str, torch.Tensor] = field(default_factory=dict[str, torch.Tensor])
    tokens: int = 0

    def count(self, counted: torch.Tensor) -> None:
        """From now on these positions, of a new batch."""
        self.counted = counted.to(DEVICE)
        self.tokens += int(counted.sum())

    def means(self) -> dict[str, Array]:
        """Mean square of every input, float32 of (inputs,), by the layer's name in the base."""
        return {
            name: _floored((total / self.tokens).cpu().numpy())
            for name, total in self.squares.items()
        }


@contextmanager
def watched(decoder: Any) -> Iterator[Watch]:
    """Watch the linear layers of a decoder of transformers, inside of PEFT or not."""
    watch = Watch()

    def hook(name: str) -> Callable[..., None]:
        def add(_module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
            # some at a time: the inputs of a large model's layer, in 64 bit, are as large as itself
            for some in inputs[0][watch.counted].split(AT_ONCE):
                watch.squares[name] = watch.squares.get(name, 0) + some.double().square().sum(0)

        return add

    hooks = [
        module.register_forward_pre_hook(hook(f"model.{name.removesuffix('.base_layer')}"))
        for name, module in decoder.named_modules()
        if isinstance(module, torch.nn.Linear) and ".lora_" not in name
    ]
    try:
        yield watch
    finally:
        for each in hooks:
            each.remove()


def save(path: Path, found: Mapping[str, Array], name_of: Callable[[str], str]) -> None:
    """Keep a matrix for ``quantize``, its layers named as the tensors of the GGUF file.

    Layers whose width is no multiple of ``K_BLOCK`` are left out: llama.cpp gives them another type
    than a K-quant, and by these numbers Q5_1, for one, gets worse (``docs/exporting.md``).
    """
    kept = {
        name_of(f"{name}.weight"): values
        for name, values in found.items()
        if len(values) % K_BLOCK == 0
    }
    np.savez(path, **kept)  # type: ignore[arg-type]


def _floored(means: Array) -> Array:
    least = max(float(means.mean()) * FLOOR, float(np.finfo(np.float32).tiny))
    return np.maximum(means, least).astype(np.float32)
