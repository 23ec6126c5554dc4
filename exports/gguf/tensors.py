"""The tensors of a folder of safetensors files, read in blocks of rows.

A file that is mapped into memory counts as the program's until the system takes its pages back,
and a folder of 7B weights is larger than many workstations have room for. So nothing is mapped
here: a block is read, used and forgotten. Imports torch: only for worker processes.

The format: 8 bytes with the length of a JSON header, the header (by name: dtype, shape and the
bytes from where to where), then the bytes.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from store.errors import RadoncError
from store.lines import read_json

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "F64": torch.float64}
INDEX = "model.safetensors.index.json"
HINT = "Compare the folder with its source: `radonc models verify`."
BLOCK = 1 << 24
"""Numbers in a block: 64 MB in 32 bits."""


@dataclass(frozen=True)
class Stored:
    """One tensor of a file: its dtype and shape, and the file's byte where it begins."""

    path: Path
    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int

    def blocks(self) -> Iterator[tuple[int, torch.Tensor]]:
        """(first row, rows) in float32, in order; a vector is one block.

        Raises:
            RadoncError: the file ends too early.
        """
        whole = len(self.shape) < 2
        rows = 1 if whole else self.shape[0]
        width = math.prod(self.shape) if whole else math.prod(self.shape[1:])
        step = max(1, BLOCK // max(1, width))
        with self.path.open("rb") as file:
            file.seek(self.start)
            for first in range(0, rows, step):
                shape = self.shape if whole else (min(step, rows - first), *self.shape[1:])
                data = bytearray(math.prod(shape) * self.dtype.itemsize)
                if file.readinto(data) != len(data):
                    raise RadoncError(f"{self.path} is cut short.", HINT)
                yield first, torch.frombuffer(data, dtype=self.dtype).reshape(shape).float()

    def read(self) -> torch.Tensor:
        """The whole tensor in float32."""
        if len(self.shape) < 2 or math.prod(self.shape) <= BLOCK:
            return next(block for _, block in self.blocks())
        out = torch.empty(self.shape)
        for first, block in self.blocks():
            out[first : first + len(block)] = block
        return out


def stored_tensors(folder: Path) -> dict[str, Stored]:
    """All tensors of a Hugging Face folder, of one file or of as many as its index names.

    Raises:
        RadoncError: a file is absent, damaged or not what its index says; the sentence names it.
    """
    index = folder / INDEX
    if not index.exists():
        return _header(folder / "model.safetensors")
    placed: Mapping[str, str] = read_json(index)["weight_map"]
    shards = {name: _header(folder / name) for name in sorted(set(placed.values()))}
    for name, shard in placed.items():
        if name not in shards[shard]:
            raise RadoncError(f"{folder / shard} has no tensor {name}, which {INDEX} names.", HINT)
    return {name: shards[shard][name] for name, shard in placed.items()}


def _header(path: Path) -> dict[str, Stored]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            entries: dict[str, Any] = json.loads(file.read(length)) if length < size else {}
        entries.pop("__metadata__", None)
        found = {name: _stored(path, 8 + length, entry) for name, entry in entries.items()}
        ends = [e["data_offsets"][1] for e in entries.values()]
    except FileNotFoundError as error:
        raise RadoncError(f"{path} is missing.", HINT) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RadoncError(f"{path} is no safetensors file that can be read.", HINT) from error
    if not found or 8 + length + max(ends) != size:
        raise RadoncError(f"{path} is cut short or damaged.", HINT)
    return found


def _stored(path: Path, data: int, entry: Mapping[str, Any]) -> Stored:
    if entry["dtype"] not in DTYPES:
        raise RadoncError(
            f"{path} holds weights of type {entry['dtype']}.",
            "Take the model's full weights, of 16 or 32 bits.",
        )
    dtype, (start, end) = DTYPES[entry["dtype"]], entry["data_offsets"]
    shape = tuple(int(size) for size in entry["shape"])
    if end - start != math.prod(shape) * dtype.itemsize:
        raise ValueError
    return Stored(path, dtype, shape, data + start)
