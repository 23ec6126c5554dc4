"""A model's settings in the words of GGUF: its architecture, sizes and positions.

What llama.cpp has no word for, or assumes another value of, is refused here in a sentence rather
than written wrong; ``verify`` proves the rest. Imports gguf and numpy: only for worker processes.
"""

from collections.abc import Mapping
from typing import Any

import gguf
import numpy as np

from store.errors import RadoncError

ARCHITECTURES = {
    "llama": gguf.MODEL_ARCH.LLAMA,
    "mistral": gguf.MODEL_ARCH.LLAMA,
    "qwen2": gguf.MODEL_ARCH.QWEN2,
    "qwen3": gguf.MODEL_ARCH.QWEN3,
    "gemma": gguf.MODEL_ARCH.GEMMA,
    "gemma2": gguf.MODEL_ARCH.GEMMA2,
    "gemma3_text": gguf.MODEL_ARCH.GEMMA3,
    "phi3": gguf.MODEL_ARCH.PHI3,
}
"""transformers' model_type -> llama.cpp's; Mistral is a Llama there, and Phi-4 a Phi-3."""
PATTERNS = {"gemma2": 2, "gemma3_text": 6}
"""Each how many layers one sees the whole text, by llama.cpp's own knowledge of the family."""
LARGEST_GEMMA = {"gemma2": 46, "gemma3_text": 62}
"""Layers of the 27B models, whose attention llama.cpp scales by another rule than the others'."""


def architecture_of(config: Any) -> gguf.MODEL_ARCH:
    """llama.cpp's architecture for a model's settings.

    Raises:
        RadoncError: it has none that is written here.
    """
    if config.model_type not in ARCHITECTURES:
        raise RadoncError(
            f"A {config.model_type} model cannot be written as GGUF.",
            f"Use one of {', '.join(ARCHITECTURES)}.",
        )
    return ARCHITECTURES[config.model_type]


def add_hyperparameters(writer: gguf.GGUFWriter, config: Any, name: str) -> None:
    """Write a model's settings.

    Raises:
        RadoncError: one of them cannot be said in GGUF.
    """
    head_dim = _head_dim(config)
    rope = _rope(config)
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
    writer.add_rope_dimension_count(int(head_dim * (rope.get("partial_rotary_factor") or 1)))
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
    if config.model_type in PATTERNS:
        _add_windows(writer, config, name)


def _add_windows(writer: gguf.GGUFWriter, config: Any, name: str) -> None:
    """Gemma 2 and 3: layers that see a window, soft caps, and two bases of positions."""
    period, layers = PATTERNS[config.model_type], config.num_hidden_layers
    pattern = ["sliding_attention" if (n + 1) % period else "full_attention" for n in range(layers)]
    size = _head_dim(config)
    if layers == LARGEST_GEMMA[config.model_type]:
        size = config.hidden_size // config.num_attention_heads
    if list(config.layer_types) != pattern or config.query_pre_attn_scalar != size:
        raise RadoncError(
            f"{name} is a {config.model_type} model that llama.cpp does not know "
            "(query_pre_attn_scalar or the order of its layers).",
            "Use one of the sizes that Google published.",
        )
    writer.add_sliding_window(config.sliding_window)
    if config.attn_logit_softcapping:
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
    if config.final_logit_softcapping:
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    sliding = config.rope_parameters.get("sliding_attention")
    if sliding:
        writer.add_rope_freq_base_swa(sliding["rope_theta"])


def rope_factors(config: Any) -> np.ndarray[Any, Any] | None:
    """Llama 3.1's factors for each rotary frequency, None where positions are not scaled so.

    Long wavelengths are divided by ``factor``, short ones kept, those between blended; llama.cpp
    divides the frequency by what stands here. The rule is transformers' ``rope_type`` llama3.
    """
    rope = _rope(config)
    if rope["rope_type"] != "llama3":
        return None
    half = np.arange(0, _head_dim(config), 2, dtype=np.float64) / _head_dim(config)
    wavelength = 2 * np.pi * rope["rope_theta"] ** half
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    turns = rope["original_max_position_embeddings"] / wavelength
    smooth = np.clip((turns - low) / (high - low), 0.0, 1.0)
    return (1 / ((1 - smooth) / rope["factor"] + smooth)).astype(np.float32)


def _rope(config: Any) -> Mapping[str, Any]:
    """The positions' settings; those of the layers that see the whole text where there are two."""
    return config.rope_parameters.get("full_attention", config.rope_parameters)


def _head_dim(config: Any) -> int:
    stated = getattr(config, "head_dim", None)
    return stated or config.hidden_size // config.num_attention_heads
