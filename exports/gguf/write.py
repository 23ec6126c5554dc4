"""A Hugging Face model, with or without an adapter, as a GGUF file of 16-bit weights.

The file is written under another name and renamed when whole.
It says nothing about how good it is: ``verify`` does. Imports torch and transformers: only for
worker processes.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import AutoConfig

from exports.gguf.hyperparameters import add_hyperparameters, architecture_of, rope_factors
from exports.gguf.merge import MergedWeights
from exports.gguf.tokenizer import add_tokenizer
from store.errors import RadoncError
from store.points import reached
from trainer.bases import Report

ROWS_CHECKED = 4096
"""How many rows are looked through at once for what is not finite."""


def write_f16(
    base: Path,
    out: Path,
    name: str,
    adapter: Path | None = None,
    report: Report | None = None,
    description: str = "",
) -> None:
    """Write ``base`` with ``adapter`` folded in as GGUF F16 (vectors stay in float32).

    Args:
        base: a Hugging Face folder.
        out: the file to make; it exists afterwards only if it is whole.
        name: what the file calls itself.
        adapter: a PEFT LoRA folder.
        report: told of each tensor.
        description: what the file says of itself (``general.description``); none where "".

    Raises:
        RadoncError: the architecture, a tensor or the tokenizer has no place in GGUF.
    """
    config = AutoConfig.from_pretrained(base, local_files_only=True)
    architecture = architecture_of(config)
    weights = MergedWeights(base, adapter)
    part = out.with_name(out.name + ".part")
    writer = gguf.GGUFWriter(part, gguf.MODEL_ARCH_NAMES[architecture])
    try:
        add_hyperparameters(writer, config, name)
        if description:
            writer.add_description(description)
        add_tokenizer(writer, base, config.vocab_size)
        _write_tensors(writer, weights, config, report)
        writer.close()
        reached(out.name)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def tensor_namer(config: Any) -> Callable[[str], str]:
    """What finds a tensor's name in GGUF by its name in transformers.

    What it returns raises ``RadoncError`` for a tensor that has no place there.
    """
    architecture = architecture_of(config)
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)

    def name_of(source: str) -> str:
        target = names.get_name(source, try_suffixes=(".weight", ".bias"))
        if target is None:
            raise RadoncError(
                f"The tensor {source} has no place in a GGUF {config.model_type} model.",
                "Use the unmodified weights of the model's own makers.",
            )
        return target

    return name_of


def _write_tensors(
    writer: gguf.GGUFWriter, weights: MergedWeights, config: Any, report: Report | None
) -> None:
    """Announce all tensors, then write one after the other, in memory once and in its own bits."""
    name_of = tensor_namer(config)
    wanted: list[tuple[str, torch.dtype]] = []
    for source in weights.names():
        if source.endswith("rotary_emb.inv_freq"):
            continue  # old checkpoints carry what is computed from the settings anyway
        if source == "lm_head.weight" and config.tie_word_embeddings:
            continue
        target = name_of(source)
        shape = weights.shape(source)
        dtype = torch.float32 if len(shape) == 1 else torch.float16
        numpy = np.dtype(np.float32 if len(shape) == 1 else np.float16)
        writer.add_tensor_info(target, shape, numpy, math.prod(shape) * numpy.itemsize)
        wanted.append((source, dtype))
    factors = rope_factors(config)
    if factors is not None:
        writer.add_tensor_info("rope_freqs.weight", factors.shape, factors.dtype, factors.nbytes)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for done, (source, dtype) in enumerate(wanted):
        if report is not None:
            report("write F16", done, len(wanted), "tensors")
        writer.write_tensor_data(_values(weights, source, config, dtype))
    if factors is not None:
        writer.write_tensor_data(factors)
    if report is not None:
        report("write F16", len(wanted), len(wanted), "tensors")


def _values(
    weights: MergedWeights, source: str, config: Any, dtype: torch.dtype
) -> np.ndarray[Any, Any]:
    out = torch.empty(weights.shape(source), dtype=dtype)
    for first, block in weights.blocks(source):
        if block.dim() < 2:
            out = block.to(dtype) + _norm_offset(source, config)
        else:
            out[first : first + len(block)] = block  # an overflow becomes infinity
    if not all(bool(part.isfinite().all()) for part in out.split(ROWS_CHECKED)):
        raise RadoncError(
            f"The tensor {source} holds numbers beyond 65,504, which 16 bits cannot hold.",
            "Train again with a smaller learning rate, or from undamaged base weights.",
        )
    return permuted(out, source, config).numpy()


def _norm_offset(source: str, config: Any) -> int:
    """Gemma's norms multiply by 1 + weight; llama.cpp's by what stands in the file."""
    return int(config.model_type.startswith("gemma") and source.endswith("norm.weight"))


def permuted(values: torch.Tensor, name: str, config: Any) -> torch.Tensor:
    """Put q and k of a Llama into llama.cpp's order: the halves of a rotary pair side by side.

    The others keep the order of transformers, in llama.cpp too.
    """
    if architecture_of(config) != gguf.MODEL_ARCH.LLAMA:
        return values
    if name.endswith(("q_proj.weight", "q_proj.bias")):
        heads = config.num_attention_heads
    elif name.endswith(("k_proj.weight", "k_proj.bias")):
        heads = config.num_key_value_heads
    else:
        return values
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
    return halves.swapaxes(1, 2).reshape(values.shape).contiguous()
