"""``radonc train`` beside Transformers' Trainer with PEFT, both in 4 bit, on one card.

The benchmark ``shared_prefix`` on a base of the size of Mistral 7B with random weights: the same
pairs, adapter, rank, batch, optimizer and loss, a step each in turn. Goals: at least twice the
cases a second, and at most half the memory. Both hold the base, so that the share of memory depends
on the batch: ``four_bit_32`` is the same with 32 cases a step.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from store.home import open_home
from tests.benchmarks.shared_prefix import measured, prepare
from tests.benchmarks.training_sides import BATCH, Sides
from tests.gpu.bases import random_base
from tests.gpu.program import SCRATCH


def measure(device: str) -> Iterator[dict[str, Any]]:
    yield beside(device, BATCH)


def beside(device: str, batch: int) -> dict[str, Any]:
    """Both trainers with so many cases a step."""
    cuda = device == "cuda"
    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        folder = Path(name)
        base = random_base(folder / "model", "7b" if cuda else "tiny", device)
        asked = Sides(bf16=cuda, four_bit=cuda, batch=batch)
        record = measured(prepare(folder, open_home(folder / "home"), base, asked)).record()
    memory = record["more"]["peak_memory_mb"]
    return {
        **{key: record[key] for key in ("ours", "theirs", "unit", "ratio", "repeats", "theirs_is")},
        "memory_ratio": round(memory["ours"] / memory["theirs"], 3),
        "goals": {"ratio at least": 2.0, "memory_ratio at most": 0.5},
        **record["more"],
    }
