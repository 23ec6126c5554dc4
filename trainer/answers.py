"""Answers of the model in training on a few validation pairs, for a person to look at.

The training goes on exactly as without them. They are case text: they go to the run's
``samples.jsonl`` and never into its events. Imported inside the worker only.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from store.lines import read_lines, write_lines
from trainer.tasks import MAX_ANSWER_TOKENS, Pair, completion

SAMPLES = "samples.jsonl"


def answers(model: Any, tokenizer: Any, pairs: Sequence[Pair], pad: int) -> list[str]:
    """The greedy answer to each pair, all in one batch; cut where it goes on far too long.

    The model comes back in the state it was in: generating switches gradient checkpointing off,
    and Unsloth switches it on again only for a model that it finds training.
    """
    prompts = [list(tokenizer(pair.prompt)["input_ids"]) for pair in pairs]
    most = [_most(pair, tokenizer) for pair in pairs]
    width = max(map(len, prompts))
    # padded on the left, so that all answers begin in the same column
    ids = torch.tensor([[pad] * (width - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
    device = next(model.parameters()).device
    was_training = model.training
    model.train()
    # greedy as it is, Unsloth's generation draws random numbers, and dropout would draw others
    with torch.no_grad(), torch.random.fork_rng():
        made = model.generate(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            max_new_tokens=max(most),
            do_sample=False,
            pad_token_id=pad,
        )
    model.train(was_training)
    return [
        tokenizer.decode(row[width : width + cut], skip_special_tokens=True).strip()
        for row, cut in zip(made, most, strict=True)
    ]


def _most(pair: Pair, tokenizer: Any) -> int:
    """How many tokens an answer may take: enough to see that it is longer than the reference."""
    reference = len(tokenizer(completion(pair.answer))["input_ids"])
    return min(reference * 3 // 2 + 2, MAX_ANSWER_TOKENS[pair.task])


def keep_samples(
    run: Path, step: int, pairs: Sequence[Pair], made: Sequence[str], synthetic: bool
) -> int:
    """Add the answers of one step to the run's samples; returns how many there are now.

    What a run wrote after the checkpoint it was resumed from is replaced.
    """
    path = run / SAMPLES
    before = [row for row in read_lines(path) if row["step"] < step] if path.exists() else []
    rows = [
        {
            "step": step,
            "case_id": pair.case_id,
            "task": pair.task.value,
            "reference": pair.answer,
            "answer": answer,
            "synthetic": synthetic,
        }
        for pair, answer in zip(pairs, made, strict=True)
    ]
    return write_lines(path, [*before, *rows])
