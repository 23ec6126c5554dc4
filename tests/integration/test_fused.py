"""A projection computed together with its adapter against PEFT's own, on real shapes of models."""

from copy import deepcopy
from typing import Any

import peft
import pytest
import torch
import transformers

from tests.integration.test_packing import CASES, CONFIGS
from trainer.fused import SHORT, attend, fuse, halve
from trainer.packing import collate, packed_loss
from trainer.shape import PROJECTIONS


def make(family: str, dropout: float = 0.0) -> Any:
    """A model with an adapter that is not zero, and with biases where the family has them."""
    torch.manual_seed(0)
    bare = transformers.AutoModelForCausalLM.from_config(deepcopy(CONFIGS[family]))
    has = {name.rpartition(".")[2] for name, _ in bare.named_modules()}
    targets = [name for name in PROJECTIONS if name in has]
    adapter = peft.LoraConfig(r=4, lora_alpha=8, target_modules=targets, lora_dropout=dropout)
    model = peft.get_peft_model(bare, adapter)
    for name, values in model.named_parameters():
        if "lora_B" in name or name.endswith("bias"):
            torch.nn.init.normal_(values, std=0.2)
    return model


def learned(model: Any, bf16: bool = False) -> tuple[float, dict[str, torch.Tensor]]:
    """The loss of packed rows, and the gradient of every weight of the adapter."""
    model.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        loss = packed_loss(model, collate(CASES, 0, torch.float32))
    loss.backward()
    made = {n: p.grad.clone() for n, p in model.named_parameters() if p.requires_grad}
    return float(loss.detach()), made


def apart(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> float:
    """The largest difference of a gradient, relative to its size."""
    return max(
        float((ours[name] - theirs[name]).norm() / theirs[name].norm().clamp_min(1e-9))
        for name in theirs
    )


@pytest.mark.parametrize("family", CONFIGS)
def test_loss_and_gradients_are_those_of_peft(family: str) -> None:
    model = make(family)
    loss, gradients = learned(model)
    layers = 2
    assert fuse(model) == layers * (4 if family == "phi3" else 7)
    mine, found = learned(model)
    assert mine == pytest.approx(loss, rel=1e-5)
    assert found.keys() == gradients.keys()
    assert apart(found, gradients) < 1e-5


def test_in_16_bit_too_and_with_frozen_weights_kept_in_them() -> None:
    model = make("llama")
    attend(model, 10)
    _, exact = learned(model)
    loss, gradients = learned(model, bf16=True)
    fuse(model)
    before = learned(model, bf16=True)
    halve(model)
    after = learned(model, bf16=True)
    # what is kept is what each step would have made of it
    assert before[0] == after[0]
    assert apart(after[1], before[1]) == 0
    assert after[0] == pytest.approx(loss, rel=1e-3)
    # no further from what 32 bit gives than the libraries are
    assert apart(after[1], exact) < 1.2 * apart(gradients, exact)
    kinds = {name: values.dtype for name, values in model.named_parameters()}
    assert {kinds[name] for name in kinds if "lora" in name} == {torch.float32}
    assert {kinds[name] for name in kinds if "base_layer" in name} == {torch.bfloat16}


def test_a_model_kept_in_16_bit_still_answers_in_32() -> None:
    """Sample answers are written outside of where a step's products are taken."""
    model = make("qwen2")
    fuse(model)
    with torch.no_grad():
        before = model(input_ids=torch.tensor([[1, 2, 3]])).logits
        halve(model)
        after = model(input_ids=torch.tensor([[1, 2, 3]])).logits
    assert after.dtype is torch.float32
    assert torch.allclose(before, after, atol=0.1)
    assert not torch.equal(before, after)


def test_with_dropout_peft_does_it() -> None:
    assert fuse(make("llama", dropout=0.1)) == 0


def test_long_rows_keep_the_attention_that_takes_little_memory() -> None:
    model = make("llama")
    assert attend(model, SHORT + 1) == "sdpa"
    assert attend(model, SHORT) == "eager"
