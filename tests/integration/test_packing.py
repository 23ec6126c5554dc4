"""Packed rows against separate rows on real transformers models with random weights."""

from typing import Any

import pytest
import torch
import transformers

from trainer.encoding import Branch, PackedCase
from trainer.packing import collate, packed_loss, packing_error, separate

SHAPE: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 100,
}
CONFIGS = {
    "llama": transformers.LlamaConfig(**SHAPE),
    "mistral": transformers.MistralConfig(**SHAPE),
    "qwen2": transformers.Qwen2Config(**SHAPE),
    "qwen3": transformers.Qwen3Config(**SHAPE, head_dim=16),
    "gemma": transformers.GemmaConfig(**SHAPE, head_dim=16),
    "gemma2": transformers.Gemma2Config(**SHAPE, head_dim=16),
    "phi3": transformers.Phi3Config(**SHAPE, pad_token_id=0),
}
CASES = [
    PackedCase("a", (5, 6, 7, 8), (Branch((9, 10, 11), 2), Branch((12, 13), 1))),
    PackedCase("b", (20,), (Branch((21, 22, 23, 24, 25), 3), Branch((26, 27, 28), 2))),
    PackedCase("c", (), (Branch((30, 31, 32), 1),)),
]


def make(family: str) -> Any:
    torch.manual_seed(0)
    return transformers.AutoModelForCausalLM.from_config(CONFIGS[family]).double()


def by_hand(model: Any) -> torch.Tensor:
    """The mean over pairs of the summed loss of answer tokens, one plain sequence at a time."""
    losses = []
    for case in CASES:
        for branch in case.branches:
            ids = torch.tensor([[*case.prefix, *branch.tokens]])
            logits = model(ids).logits[0]
            answer = range(ids.shape[1] - branch.answer_length, ids.shape[1])
            tokens = [
                torch.nn.functional.cross_entropy(logits[at - 1], ids[0, at]) for at in answer
            ]
            losses.append(torch.stack(tokens).sum())
    return torch.stack(losses).mean()


def test_batches_have_few_widths_and_what_fills_them_is_no_label() -> None:
    cases = [PackedCase("x", (), (Branch(tuple(range(1, n + 1)), 1),)) for n in range(1, 41)]
    batches = [collate([case], 99, torch.float32) for case in cases]
    widths = [batch["input_ids"].shape[1] for batch in batches]
    assert set(widths) == {8, 16, 24, 32, 40}
    assert all(
        case.length <= width < case.length + 8 for case, width in zip(cases, widths, strict=True)
    )
    assert all(99 not in batch["answers"].target for batch in batches)


@pytest.mark.parametrize("family", CONFIGS)
def test_loss_and_gradients_equal_those_of_plain_sequences(family: str) -> None:
    model = make(family)
    packed = packed_loss(model, collate(CASES, 0, torch.float64))
    packed.backward()
    mine = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    plain = by_hand(model)
    plain.backward()
    # the head computes in 32 bits, whatever the model's precision
    assert float(packed.detach()) == pytest.approx(float(plain.detach()), rel=1e-5)
    theirs = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    assert mine.keys() == theirs.keys()
    for name, gradient in theirs.items():
        assert float((mine[name] - gradient).norm()) <= 1e-5 * float(gradient.norm()), name


def test_a_model_that_ignores_the_mask_is_found_out() -> None:
    model = make("llama")
    assert packing_error(model, CASES, 0, torch.float64) < 1e-5
    forward = model.model.forward

    def blind(**batch: Any) -> Any:
        # as Unsloth's kernels on a card do, which drop the mask in training alone
        dropped = {"attention_mask": None} if model.model.training else {}
        return forward(**{**batch, **dropped})

    model.model.forward = blind
    model.eval()
    assert packing_error(model, CASES, 0, torch.float64) > 1e-3
    assert not model.training


def test_dropout_is_no_difference_of_rows() -> None:
    model = make("phi3")
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.5
    model.train()
    assert packing_error(model, CASES, 0, torch.float64) < 1e-5
    assert all(module.training for module in model.modules())


def test_separate_rows_are_the_same_pairs() -> None:
    rows = separate(CASES)
    assert [len(row.branches) for row in rows] == [1] * 5
    model = make("qwen2")
    apart = packed_loss(model, collate(rows, 0, torch.float64))
    assert float(apart.detach()) == pytest.approx(float(by_hand(model).detach()), rel=1e-5)
