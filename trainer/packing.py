"""Shared-prefix batches, and a loss by pair that makes logits only where a label is.

A row holds a case's prefix once and its branches after it. A 4-D mask lets a branch see the
prefix and itself, positions restart after the prefix, so loss and gradients equal those of
separate rows at a fraction of the work. ``separate`` makes those separate rows, with the same
loss, for models whose attention ignores such a mask. Needs torch and nothing else of ours but
``encoding``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from trainer.encoding import Branch, PackedCase

STEP = 8
"""A batch is as wide as its longest row, rounded up to so many tokens. With each new width a
process on a CPU grows by 17 MB with SmolLM2, more than half of it kernels that oneDNN makes and
keeps: half a gigabyte after 40 steps, which takes longer to make than a twentieth of padding to
compute."""


@dataclass(frozen=True)
class Labels:
    """Where the answers are, for a batch of B rows: parallel vectors over all label tokens.

    ``row`` and ``column`` name the position whose hidden state predicts ``target``; ``weight``
    is 1/(number of pairs), so that the weighted sum is the mean over pairs.
    """

    row: torch.Tensor
    column: torch.Tensor
    target: torch.Tensor
    weight: torch.Tensor


def separate(cases: Sequence[PackedCase]) -> list[PackedCase]:
    """The same pairs, one row each: the prefix repeated for every branch."""
    return [PackedCase(case.case_id, case.prefix, (b,)) for case in cases for b in case.branches]


def collate(cases: Sequence[PackedCase], pad: int, dtype: torch.dtype) -> dict[str, Any]:
    """A batch: input_ids and position_ids (B, L), attention_mask (B, 1, L, L) additive, answers.

    L is the length of the longest row, rounded up to a multiple of ``STEP``.
    The mask holds 0 where a token may look and the dtype's minimum elsewhere.
    """
    width = -(-max(case.length for case in cases) // STEP) * STEP
    ids = torch.full((len(cases), width), pad, dtype=torch.long)
    positions = torch.zeros((len(cases), width), dtype=torch.long)
    visible = torch.eye(width, dtype=torch.bool).repeat(len(cases), 1, 1)
    spots: list[tuple[int, int, int, float]] = []
    pairs = sum(len(case.branches) for case in cases)
    for row, case in enumerate(cases):
        prefix = len(case.prefix)
        ids[row, :prefix] = torch.tensor(case.prefix, dtype=torch.long)
        positions[row, :prefix] = torch.arange(prefix)
        visible[row, :prefix, :prefix] = torch.ones(prefix, prefix).tril().bool()
        start = prefix
        for branch in case.branches:
            end = start + len(branch.tokens)
            ids[row, start:end] = torch.tensor(branch.tokens, dtype=torch.long)
            positions[row, start:end] = torch.arange(prefix, prefix + end - start)
            visible[row, start:end, :prefix] = True
            square = torch.ones(end - start, end - start).tril().bool()
            visible[row, start:end, start:end] = square
            spots += _spots(row, start, branch, pairs)
            start = end
    mask = torch.zeros(visible.shape, dtype=dtype).masked_fill(~visible, torch.finfo(dtype).min)
    return {
        "input_ids": ids,
        "position_ids": positions,
        "attention_mask": mask[:, None],
        "answers": _labels(spots),
    }


def _spots(row: int, start: int, branch: Branch, pairs: int) -> list[tuple[int, int, int, float]]:
    """(row, predicting column, target token, weight) of every answer token of a branch."""
    first = len(branch.tokens) - branch.answer_length
    return [
        (row, start + at - 1, branch.tokens[at], 1.0 / pairs)
        for at in range(first, len(branch.tokens))
    ]


def _labels(spots: list[tuple[int, int, int, float]]) -> Labels:
    row, column, target, weight = zip(*spots, strict=True)
    return Labels(*(torch.tensor(values) for values in (row, column, target, weight)))


def packed_loss(model: Any, batch: dict[str, Any]) -> torch.Tensor:
    """The mean over pairs of the answer's negative log-likelihood (nats, summed over its tokens).

    Summed and not averaged over tokens: what a regimen says hangs on a few digits among many
    words, and an average would weigh those digits by the number of words around them.

    ``model`` is a causal language model of transformers, with or without PEFT: its decoder
    gives hidden states (B, L, H), its output head is applied to the label positions alone.
    """
    bare = model.get_base_model() if hasattr(model, "get_base_model") else model
    labels: Labels = batch["answers"]
    device = batch["input_ids"].device
    hidden = bare.model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        position_ids=batch["position_ids"],
        use_cache=False,
    )[0]
    chosen = hidden[labels.row.to(device), labels.column.to(device)]
    logits = bare.get_output_embeddings()(chosen).float()
    cap = getattr(bare.config, "final_logit_softcapping", None)
    if cap:
        # Gemma 2 bends its logits after the head
        logits = cap * torch.tanh(logits / cap)
    losses = torch.nn.functional.cross_entropy(logits, labels.target.to(device), reduction="none")
    return (losses * labels.weight.to(device)).sum()


def packing_error(model: Any, cases: Sequence[PackedCase], pad: int, dtype: torch.dtype) -> float:
    """The relative difference of the loss of packed rows and of separate rows, no gradients.

    Near zero where the model honours the 4-D mask; a model that ignores it shows here. Asked of
    the model as it trains, but for dropout: Unsloth's kernels drop masks in training alone.
    """
    device = next(model.parameters()).device
    was_training = model.training
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.eval()
    with torch.no_grad():
        packed = packed_loss(model, to_device(collate(cases, pad, dtype), device))
        apart = packed_loss(model, to_device(collate(separate(cases), pad, dtype), device))
    model.train(was_training)
    return abs(float(packed) - float(apart)) / max(abs(float(apart)), 1e-9)


def to_device(batch: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """The batch with its tensors on ``device``; labels move where they are used."""
    return {k: v.to(device) if isinstance(v, torch.Tensor) else v for k, v in batch.items()}
