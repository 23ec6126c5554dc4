"""Texts put side by side for one computation, so that weights are read once for many of them.

Rows are padded at the end, where a causal model's earlier positions do not see it. Imports torch:
only for worker processes.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

TOKENS = 1024
"""Most positions computed at once, padding among them: it bounds the memory of a wide layer."""

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
"""Where a model of transformers computes here."""


def batches(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Indices of rows of like length, so many that they have at most ``TOKENS`` positions."""
    batch: list[int] = []
    for index in sorted(range(len(rows)), key=lambda index: len(rows[index])):
        if batch and (len(batch) + 1) * len(rows[index]) > TOKENS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def padded(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """(ids, real), both (rows, longest); ``real`` is False where there is only padding."""
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    real = torch.zeros_like(ids, dtype=torch.bool)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
        real[index, : len(row)] = True
    return ids, real


def inner(model: Any) -> Any:
    """The model itself, without PEFT around it."""
    return model.get_base_model() if hasattr(model, "peft_config") else model
