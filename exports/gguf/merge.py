"""The weights of a base with an adapter folded in, one tensor at a time.

Works on the files alone: W + scale * B A in float32, whatever the files hold, so that a 7B model
needs the memory of its largest tensor and not of itself. Plain LoRA only; an adapter that
changes the model in another way is refused, because folding it in would need that way's code.
Imports torch: only for worker processes.
"""

import math
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from store.errors import RadoncError
from store.lines import read_json

PEFT_PREFIX = "base_model.model."


class MergedWeights:
    """The tensors of ``base``, by their Hugging Face names, with ``adapter`` (a PEFT folder) in.

    Raises:
        RadoncError: the adapter is no plain LoRA, or does not belong to this base.
    """

    def __init__(self, base: Path, adapter: Path | None = None) -> None:
        self._files = _weight_files(base)
        self._open: dict[Path, Any] = {}
        self._lora: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        self._scale: dict[str, float] = {}
        if adapter is not None:
            self._read_adapter(adapter)

    def names(self) -> list[str]:
        """All tensors in the base's files."""
        return list(self._files)

    def shape(self, name: str) -> tuple[int, ...]:
        """The tensor's shape, without reading it."""
        return tuple(self._handle(name).get_slice(name).get_shape())

    def tensor(self, name: str) -> torch.Tensor:
        """The merged tensor in float32."""
        values = self._handle(name).get_tensor(name).float()
        if name in self._lora:
            down, up = self._lora[name]
            values += self._scale[name] * (up @ down)
        return values

    def _handle(self, name: str) -> Any:
        path = self._files[name]
        if path not in self._open:
            self._open[path] = safe_open(path, framework="pt")
        return self._open[path]

    def _read_adapter(self, adapter: Path) -> None:
        config = read_json(adapter / "adapter_config.json")
        _refuse_unless_plain(adapter, config)
        with safe_open(adapter / "adapter_model.safetensors", framework="pt") as file:
            tensors = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
        for key in [key for key in tensors if key.endswith(".lora_A.weight")]:
            module = key.removeprefix(PEFT_PREFIX).removesuffix(".lora_A.weight")
            name = f"{module}.weight"
            down = tensors.pop(key)
            up = tensors.pop(key.replace(".lora_A.", ".lora_B."), None)
            if name not in self._files or up is None:
                raise _foreign(adapter, module)
            if (up.shape[0], down.shape[1]) != self.shape(name):
                raise _foreign(adapter, module)
            rank = down.shape[0]
            root = math.sqrt(rank) if config.get("use_rslora") else rank
            self._lora[name] = (down, up)
            self._scale[name] = config["lora_alpha"] / root
        if tensors or not self._lora:
            raise _foreign(adapter, next(iter(tensors), "no layer at all"))


def _weight_files(folder: Path) -> dict[str, Path]:
    index = folder / "model.safetensors.index.json"
    if index.exists():
        return {name: folder / file for name, file in read_json(index)["weight_map"].items()}
    path = folder / "model.safetensors"
    with safe_open(path, framework="pt") as file:
        return dict.fromkeys(file.keys(), path)


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
