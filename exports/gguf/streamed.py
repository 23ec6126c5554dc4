"""A model of transformers whose weights are in memory only while they compute.

Every layer is read from the folder when it is reached and forgotten when it is done, so that the
model whose answers a file is compared with needs the memory of one layer and not of a 7B model.
What computes is transformers itself, and PEFT beside it. Imports torch, transformers and
accelerate: only for worker processes.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM

from exports.gguf.batches import DEVICE
from exports.gguf.tensors import BLOCK, Stored, stored_tensors
from store.errors import RadoncError
from trainer.machine import give_back_memory

META = torch.device("meta")


def streamed_model(folder: Path) -> Any:
    """The causal language model in ``folder``, in 32 bits, on the card where there is one.

    Raises:
        RadoncError: the files do not hold the tensors that the model has.
    """
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    with init_empty_weights(include_buffers=False):
        # of short texts plain attention takes a tenth of the whole less than torch's blockwise
        model: Any = AutoModelForCausalLM.from_config(
            config, dtype=torch.float32, attn_implementation="eager"
        )
    model.eval()
    files = stored_tensors(folder)
    names = {id(module): name for name, module in model.named_modules()}
    for unit in _units(model):
        prefix = names[id(unit)]
        places = {
            f"{prefix}.{name}": _place(files, f"{prefix}.{name}", parameter, folder)
            for name, parameter in unit.named_parameters()
        }
        _stream(unit, prefix, places)
    model.model.rotary_emb.to(DEVICE)
    return model


def with_adapter(model: Any, adapter: Path) -> Any:
    """A streamed model with a PEFT LoRA beside its weights; the adapter's own stay in memory."""
    from peft import PeftModel

    tuned = PeftModel.from_pretrained(model, str(adapter), low_cpu_mem_usage=True).eval()
    # PEFT puts them where the base's weights are, which is nowhere
    kept = {
        name.replace(".weight", ".default.weight"): values.float().to(DEVICE)
        for name, values in load_file(adapter / "adapter_model.safetensors").items()
    }
    tuned.load_state_dict(kept, strict=False, assign=True)
    return tuned


def _units(model: Any) -> Iterator[Any]:
    """What is read at once: the embedding, each layer, the last norm, the head."""
    yield model.model.embed_tokens
    yield from model.model.layers
    yield model.model.norm
    yield model.lm_head


def _place(files: dict[str, Stored], name: str, parameter: torch.Tensor, folder: Path) -> Stored:
    if name == "lm_head.weight" and name not in files:  # tied to the embedding
        name = "model.embed_tokens.weight"
    if name not in files or files[name].shape != tuple(parameter.shape):
        raise RadoncError(
            f"The weights of {folder.name} are not those of its config.json (at {name}).",
            "Take the model's files again, all from the same source.",
        )
    return files[name]


def _stream(unit: Any, prefix: str, places: dict[str, Stored]) -> None:
    """Hooks that fill ``unit`` before it computes and empty it afterwards."""

    def swap(fill: bool) -> None:
        for name, module in unit.named_modules():
            for key, parameter in list(module.named_parameters(recurse=False)):
                # PEFT moves a layer to ``base_layer`` and puts its own weights, which stay, beside
                path = ".".join(part for part in (prefix, name, key) if part)
                place = places.get(path.replace(".base_layer", ""))
                if place is not None:
                    values = place.read().to(DEVICE) if fill else parameter.to(META)
                    module._parameters[key] = torch.nn.Parameter(values, requires_grad=False)

    large = sum(math.prod(place.shape) for place in places.values()) > BLOCK

    def forget() -> None:
        swap(False)
        # what a layer computed leaves holes: 20 MB a layer of 7B. Of a small model it takes longer
        # to ask for memory again than it is worth
        if large:
            give_back_memory()

    unit.register_forward_pre_hook(lambda *_: swap(True))
    unit.register_forward_hook(lambda *_: forget())
