"""``python -m tests.integration.training_families ROOT FAMILY...``: what each family learns."""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

from store.work import Reporter
from trainer.encoding import Branch, PackedCase
from trainer.settings import TrainSettings
from trainer.worker import offline_environment

SETTINGS = TrainSettings(
    steps=6,
    batch_cases=2,
    evaluations=0,
    samples=0,
    checkpoints=1,
    learning_rate=5e-3,
    max_length=512,
    precision="fp32",
)


def span(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last))


CASES = [
    PackedCase("a", span(10, 60), (Branch(span(60, 80), 10), Branch(span(90, 110), 10))),
    PackedCase("b", span(110, 140), (Branch(span(160, 180), 10), Branch((5, 6, 7), 1))),
]


def plain_loss(model: Any, case: PackedCase) -> float:
    """The mean over pairs by the model's own logits, a plain sequence at a time."""
    import torch

    total = 0.0
    for branch in case.branches:
        ids = torch.tensor([[*case.prefix, *branch.tokens]])
        logits = model(input_ids=ids).logits[0].float()
        answer = range(ids.shape[1] - branch.answer_length, ids.shape[1])
        total += sum(
            float(torch.nn.functional.cross_entropy(logits[at - 1], ids[0, at])) for at in answer
        )
    return total / len(case.branches)


def learn(folder: Path) -> dict[str, Any]:
    import torch

    from trainer.loop import Loop, prepare_torch
    from trainer.model import load
    from trainer.packing import collate, packed_loss, packing_error

    prepare_torch(1)
    model, tokenizer = load(folder, SETTINGS)
    file = io.StringIO()
    loop = Loop(model, tokenizer, SETTINGS, Reporter(file, folder / "stop"), folder / "run")
    loop.run(CASES, SETTINGS.steps)
    # after it, when the adapter is not zero any more
    model.eval()
    with torch.no_grad():
        one = packed_loss(model, collate(CASES[:1], 0, torch.float32))
        return {
            "losses": loop.numbers.losses,
            "packing_error": packing_error(model, CASES, 0, torch.float32),
            "loss": float(one),
            "plain": plain_loss(model, CASES[0]),
        }


def main(root: Path, families: list[str]) -> None:
    os.environ.update(offline_environment(root / "caches"))
    os.chdir(root)
    print(json.dumps({family: learn(root / family) for family in families}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
