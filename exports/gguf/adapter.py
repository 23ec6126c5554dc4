"""An adapter as a GGUF file of its own, to be put on a GGUF file of its base.

So one base file serves many runs, or one adapter for each task, and changing between them costs
no loading. llama.cpp computes W x + (alpha / rank) B (A x); the matrices are written in 16 bits.
Imports torch and transformers: only for worker processes.
"""

from pathlib import Path

import gguf
import numpy as np
import torch
from transformers import AutoConfig

from exports.gguf.hyperparameters import architecture_of
from exports.gguf.merge import Lora, read_adapter
from exports.gguf.tensors import stored_tensors
from exports.gguf.write import permuted, tensor_namer
from store.errors import RadoncError
from store.lines import read_json
from store.points import reached


def write_adapter(base: Path, adapter: Path, out: Path, name: str, description: str = "") -> None:
    """Write the PEFT LoRA in ``adapter`` as GGUF.

    Args:
        base: the Hugging Face folder that it was trained on.
        adapter: a PEFT LoRA folder.
        out: the file to make; it exists afterwards only if it is whole.
        name: what the file calls itself.
        description: what the file says of itself; none where "".

    Raises:
        RadoncError: it is no plain LoRA of this base, or has a number beyond 16 bits.
    """
    config = AutoConfig.from_pretrained(base, local_files_only=True)
    found = read_adapter(adapter, stored_tensors(base))
    alpha = float(read_json(adapter / "adapter_config.json")["lora_alpha"])
    name_of = tensor_namer(config)
    part = out.with_name(out.name + ".part")
    writer = gguf.GGUFWriter(part, gguf.MODEL_ARCH_NAMES[architecture_of(config)])
    try:
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
        writer.add_name(name)
        if description:
            writer.add_description(description)
        for source, lora in found.items():
            target = name_of(source)
            writer.add_tensor(f"{target}.lora_a", _half(lora.down, source))
            up = permuted(_scaled(lora, alpha), source, config)
            writer.add_tensor(f"{target}.lora_b", _half(up, source))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        reached(out.name)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _scaled(lora: Lora, alpha: float) -> torch.Tensor:
    """``up`` for the scale that llama.cpp takes, alpha / rank: rank-stabilized LoRA has another."""
    return lora.up * (lora.scale * len(lora.down) / alpha)


def _half(values: torch.Tensor, source: str) -> np.ndarray:
    found = values.to(torch.float16)
    if not bool(found.isfinite().all()):
        raise RadoncError(
            f"The adapter of {source} holds numbers beyond 65,504, which 16 bits cannot hold.",
            "Train again with a smaller learning rate.",
        )
    return found.contiguous().numpy()
