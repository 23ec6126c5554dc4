"""The weights of a base with an adapter folded in, a block of rows at a time.

Works on the files alone: W + scale * B A in float32, whatever the files hold, so that a 7B model
needs the memory of a block and not of itself. Plain LoRA only; an adapter that
changes the model in another way is refused, because folding it in would need that way's code.
Imports torch: only for worker processes.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from exports.gguf.tensors import Stored, stored_tensors
from store.errors import RadoncError
from store.lines import read_json

PEFT_PREFIX = "base_model.model."


@dataclass(frozen=True)
class Lora:
    """What is added to one matrix: ``scale`` * ``up`` (outputs, rank) @ ``down`` (rank, inputs)."""

    down: torch.Tensor
    up: torch.Tensor
    scale: float


class MergedWeights:
    """The tensors of ``base``, by their Hugging Face names, with ``adapter`` (a PEFT folder) in.

    Raises:
        RadoncError: the adapter is no plain LoRA, or does not belong to this base.
    """

    def __init__(self, base: Path, adapter: Path | None = None) -> None:
        self._files = stored_tensors(base)
        self.lora = {} if adapter is None else read_adapter(adapter, self._files)

    def names(self) -> list[str]:
        """All tensors in the base's files."""
        return list(self._files)

    def shape(self, name: str) -> tuple[int, ...]:
        """The tensor's shape, without reading it."""
        return self._files[name].shape

    def blocks(self, name: str) -> Iterator[tuple[int, torch.Tensor]]:
        """(first row, rows) of the merged tensor in float32, in order."""
        lora = self.lora.get(name)
        for first, rows in self._files[name].blocks():
            if lora:
                rows.addmm_(lora.up[first : first + len(rows)], lora.down, alpha=lora.scale)
            yield first, rows


def read_adapter(adapter: Path, base: Mapping[str, Stored]) -> dict[str, Lora]:
    """What a PEFT folder adds to the tensors of ``base``, by their names.

    Raises:
        RadoncError: the adapter is no plain LoRA, or does not belong to this base.
    """
    config = read_json(adapter / "adapter_config.json")
    _refuse_unless_plain(adapter, config)
    with safe_open(adapter / "adapter_model.safetensors", framework="pt") as file:
        tensors = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
    found: dict[str, Lora] = {}
    for key in [key for key in tensors if key.endswith(".lora_A.weight")]:
        module = key.removeprefix(PEFT_PREFIX).removesuffix(".lora_A.weight")
        name = f"{module}.weight"
        down = tensors.pop(key)
        up = tensors.pop(key.replace(".lora_A.", ".lora_B."), None)
        if name not in base or up is None:
            raise _foreign(adapter, module)
        if (up.shape[0], down.shape[1]) != base[name].shape:
            raise _foreign(adapter, module)
        rank = down.shape[0]
        root = math.sqrt(rank) if config.get("use_rslora") else rank
        found[name] = Lora(down, up, config["lora_alpha"] / root)
    if tensors or not found:
        raise _foreign(adapter, next(iter(tensors), "no layer at all"))
    return found


def _refuse_unless_plain(adapter: Path, config: dict[str, Any]) -> None:
    unusual = [
        key
        for key in ("use_dora", "modules_to_save", "alpha_pattern", "trainable_token_indices")
        if config.get(key)
    ]
    if config.get("bias", "none") != "none":
        unusual.append("bias")
    if config.get("peft_type") != "LORA" or unusual:
        what = ", ".join(unusual) or str(config.get("peft_type"))
        raise RadoncError(
            f"The adapter {adapter} is no plain LoRA ({what}).",
            "Train it again with the settings that `radonc train` offers.",
        )


def _foreign(adapter: Path, module: str) -> RadoncError:
    return RadoncError(
        f"The adapter {adapter} does not fit this base model (at {module}).",
        "Export the run with the base model it was trained on.",
    )
