"""A Hugging Face model, with or without an adapter, as a GGUF file of 16-bit weights.

Llama, Mistral, Qwen2 and Qwen3. The file is written under another name and renamed when whole.
It says nothing about how good it is: ``verify`` does. Imports torch and transformers: only for
worker processes.
"""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import AutoConfig

from exports.gguf.merge import MergedWeights
from exports.gguf.tokenizer import add_tokenizer
from store.errors import RadoncError
from trainer.bases import Report

ARCHITECTURES = {
    "llama": gguf.MODEL_ARCH.LLAMA,
    "mistral": gguf.MODEL_ARCH.LLAMA,
    "qwen2": gguf.MODEL_ARCH.QWEN2,
    "qwen3": gguf.MODEL_ARCH.QWEN3,
}
"""transformers' model_type -> llama.cpp's; Mistral is a Llama there."""


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
    if config.model_type not in ARCHITECTURES:
        raise RadoncError(
            f"A {config.model_type} model cannot be written as GGUF.",
            f"Use one of {', '.join(ARCHITECTURES)}.",
        )
    weights = MergedWeights(base, adapter)
    part = out.with_name(out.name + ".part")
    writer = gguf.GGUFWriter(part, gguf.MODEL_ARCH_NAMES[ARCHITECTURES[config.model_type]])
    try:
        _add_hyperparameters(writer, config, name)
        if description:
            writer.add_description(description)
        add_tokenizer(writer, base, config.vocab_size)
        _write_tensors(writer, weights, config, report)
        writer.close()
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _add_hyperparameters(writer: gguf.GGUFWriter, config: Any, name: str) -> None:
    head_dim = _head_dim(config)
    rope = config.rope_parameters
    writer.add_type("model")
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(rope["rope_theta"])
    match rope["rope_type"]:
        case "default" | "llama3":  # llama3 is written as a tensor of factors
            pass
        case "linear":
            writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
            writer.add_rope_scaling_factor(rope["factor"])
        case "yarn":
            writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
            writer.add_rope_scaling_factor(rope["factor"])
            trained = rope.get("original_max_position_embeddings", config.max_position_embeddings)
            writer.add_rope_scaling_orig_ctx_len(trained)
        case other:
            raise RadoncError(
                f"{name} scales its positions by {other!r}, which GGUF cannot say.",
                "Use a model with default, linear, llama3 or yarn positions.",
            )


def _write_tensors(
    writer: gguf.GGUFWriter, weights: MergedWeights, config: Any, report: Report | None
) -> None:
    """Announce all tensors, then write one after the other, each in memory only once."""
    architecture = ARCHITECTURES[config.model_type]
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    wanted: list[tuple[str, np.dtype[Any]]] = []
    for source in weights.names():
        if source.endswith("rotary_emb.inv_freq"):
            continue  # old checkpoints carry what is computed from the settings anyway
        if source == "lm_head.weight" and config.tie_word_embeddings:
            continue
        target = names.get_name(source, try_suffixes=(".weight", ".bias"))
        if target is None:
            raise RadoncError(
                f"The tensor {source} has no place in a GGUF {config.model_type} model.",
                "Use the unmodified weights of a Llama, Mistral or Qwen model.",
            )
        shape = weights.shape(source)
        dtype = np.dtype(np.float32 if len(shape) == 1 else np.float16)
        size = int(np.prod(shape)) * dtype.itemsize
        writer.add_tensor_info(target, shape, dtype, size)
        wanted.append((source, dtype))
    factors = _rope_factors(config)
    if factors is not None:
        writer.add_tensor_info("rope_freqs.weight", factors.shape, factors.dtype, factors.nbytes)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for done, (source, dtype) in enumerate(wanted):
        if report is not None:
            report("write F16", done, len(wanted), "tensors")
        with np.errstate(over="ignore"):  # an overflow becomes infinity, which is looked for
            values = _permute(weights.tensor(source), source, config).numpy().astype(dtype)
        if not np.isfinite(values).all():
            raise RadoncError(
                f"The tensor {source} holds numbers beyond 65,504, which 16 bits cannot hold.",
                "Train again with a smaller learning rate, or from undamaged base weights.",
            )
        writer.write_tensor_data(values)
    if factors is not None:
        writer.write_tensor_data(factors)
    if report is not None:
        report("write F16", len(wanted), len(wanted), "tensors")


def _permute(values: torch.Tensor, name: str, config: Any) -> torch.Tensor:
    """Put q and k of a Llama into llama.cpp's order: the halves of a rotary pair side by side.

    Qwen keeps the order of transformers, in llama.cpp too.
    """
    if ARCHITECTURES[config.model_type] != gguf.MODEL_ARCH.LLAMA:
        return values
    if name.endswith(("q_proj.weight", "q_proj.bias")):
        heads = config.num_attention_heads
    elif name.endswith(("k_proj.weight", "k_proj.bias")):
        heads = config.num_key_value_heads
    else:
        return values
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
    return halves.swapaxes(1, 2).reshape(values.shape).contiguous()


def _head_dim(config: Any) -> int:
    stated = getattr(config, "head_dim", None)
    return stated or config.hidden_size // config.num_attention_heads


def _rope_factors(config: Any) -> np.ndarray[Any, Any] | None:
    """Llama 3.1's factors for each rotary frequency, None where positions are not scaled so.

    Long wavelengths are divided by ``factor``, short ones kept, those between blended; llama.cpp
    divides the frequency by what stands here. The rule is transformers' ``rope_type`` llama3.
    """
    rope = config.rope_parameters
    if rope["rope_type"] != "llama3":
        return None
    half = np.arange(0, _head_dim(config), 2, dtype=np.float64) / _head_dim(config)
    wavelength = 2 * np.pi * rope["rope_theta"] ** half
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    turns = rope["original_max_position_embeddings"] / wavelength
    smooth = np.clip((turns - low) / (high - low), 0.0, 1.0)
    return (1 / ((1 - smooth) / rope["factor"] + smooth)).astype(np.float32)
