"""The importance matrix: how large the inputs of each weight matrix are on given prompts.

llama.cpp rounds a weight with more care where its input is large: it minimizes the error weighted
by each input's mean square over real prompts (``llama_model_quantize_params.imatrix``). What is
kept is one number for each input channel of a matrix, a mean over every token of every prompt;
no text, no token and no single prompt's number. Imports torch: only for worker processes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from exports.gguf.batches import DEVICE, batches, inner, padded

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


def measure(
    model: Any, rows: Sequence[Sequence[int]], tell: Callable[[int], None]
) -> dict[str, Array]:
    """Mean square of every input of the decoder's linear layers that get a K-quant, by name.

    Layers whose width is no multiple of ``K_BLOCK`` are left out: llama.cpp gives them another type
    than a K-quant, and by these numbers Q5_1, for one, gets worse (``docs/exporting.md``).

    Args:
        model: a causal language model of transformers, inside of PEFT or not.
        rows: token ids; each row is a prompt of its own.
        tell: told how many rows are done.

    Returns:
        float32 of shape (inputs,) for each layer, named as in the base's own files.
    """
    # the decoder alone: the logits of all positions would be most of the work of a small model
    decoder = inner(model).model
    done = 0
    with torch.inference_mode(), _watched(decoder) as watch:
        for batch in batches(rows):
            tell(done)
            ids, real = padded([rows[index] for index in batch])
            watch["real"] = real.to(DEVICE)
            decoder(input_ids=ids.to(DEVICE), use_cache=False)
            done += len(batch)
    tell(done)
    tokens = sum(map(len, rows))
    sums: Mapping[str, torch.Tensor] = watch["sums"]
    return {name: _floored((total / tokens).cpu().numpy()) for name, total in sums.items()}


def save(path: Path, found: Mapping[str, Array], name_of: Callable[[str], str]) -> None:
    """Keep a matrix for ``quantize``, its layers named as the tensors of the GGUF file."""
    kept = {name_of(f"{name}.weight"): values for name, values in found.items()}
    np.savez(path, **kept)  # type: ignore[arg-type]


@contextmanager
def _watched(decoder: Any) -> Iterator[dict[str, Any]]:
    """``sums`` of squares by layer while inside; ``real`` says which positions are no padding."""
    watch: dict[str, Any] = {"sums": {}, "real": None}

    def hook(name: str) -> Callable[..., None]:
        def add(_module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
            # some at a time: the inputs of a large model's layer, in 64 bit, are as large as itself
            for some in inputs[0][watch["real"]].split(AT_ONCE):
                squares = some.double().square().sum(0)
                watch["sums"][name] = watch["sums"].get(name, 0) + squares

        return add

    hooks = [
        module.register_forward_pre_hook(hook(f"model.{name.removesuffix('.base_layer')}"))
        for name, module in decoder.named_modules()
        if isinstance(module, torch.nn.Linear)
        and ".lora_" not in name
        and module.in_features % K_BLOCK == 0
    ]
    try:
        yield watch
    finally:
        for each in hooks:
            each.remove()


def _floored(means: Array) -> Array:
    least = max(float(means.mean()) * FLOOR, float(np.finfo(np.float32).tiny))
    return np.maximum(means, least).astype(np.float32)
