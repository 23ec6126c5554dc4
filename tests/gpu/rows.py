"""Packed rows beside separate rows of the same pairs: loss and gradients, speed, memory.

Needs torch, transformers and peft alone: the model is a Llama with random weights made here.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

import peft
import torch
import transformers

from trainer.encoding import Branch, PackedCase
from trainer.packing import collate, packed_loss, separate, to_device

SHAPES = {
    "cuda": {"hidden": 2048, "layers": 16, "heads": 32, "vocabulary": 32000, "repeats": 7},
    "cpu": {"hidden": 128, "layers": 2, "heads": 4, "vocabulary": 512, "repeats": 3},
}
LENGTHS = ((80, 24), (200, 24), (600, 24))
"""(prefix, branch) lengths in tokens: a sentence, a note, a long note."""
CASES = 8


def make_model(shape: dict[str, int], device: str, dtype: torch.dtype) -> Any:
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        hidden_size=shape["hidden"],
        intermediate_size=shape["hidden"] * 3,
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["heads"] // 4,
        vocab_size=shape["vocabulary"],
        max_position_embeddings=4096,
    )
    model: Any = transformers.LlamaForCausalLM(config)
    model = model.to(device=device, dtype=dtype)
    projections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    lora = peft.LoraConfig(r=16, lora_alpha=32, target_modules=projections)
    tuned = peft.get_peft_model(model, lora)
    for name, weights in tuned.named_parameters():
        if "lora_B" in name:
            # a fresh adapter is zero and would hide a wrong gradient
            torch.nn.init.normal_(weights, std=0.02)
    return tuned


def make_cases(prefix: int, branch: int, vocabulary: int) -> list[PackedCase]:
    generator = torch.Generator().manual_seed(prefix)

    def tokens(count: int) -> tuple[int, ...]:
        drawn = torch.randint(3, vocabulary, (count,), generator=generator)
        return tuple(int(token) for token in drawn)

    return [
        PackedCase(str(n), tokens(prefix), tuple(Branch(tokens(branch), 12) for _ in range(3)))
        for n in range(CASES)
    ]


def step(model: Any, cases: Sequence[PackedCase], dtype: torch.dtype, device: str) -> float:
    """One forward and backward pass; returns the loss, leaves the gradients."""
    model.zero_grad(set_to_none=True)
    loss = packed_loss(model, to_device(collate(cases, 0, dtype), torch.device(device)))
    loss.backward()
    return float(loss.detach())


def gradients(model: Any) -> torch.Tensor:
    return torch.cat([p.grad.float().flatten() for p in model.parameters() if p.grad is not None])


def equality(shape: dict[str, int], device: str) -> dict[str, float]:
    """Relative difference of loss and of gradients between packed and separate rows, fp32."""
    model = make_model({**shape, "layers": min(shape["layers"], 4)}, device, torch.float32)
    cases = make_cases(*LENGTHS[0], shape["vocabulary"])
    packed = step(model, cases, torch.float32, device)
    one = gradients(model)
    apart = step(model, separate(cases), torch.float32, device)
    two = gradients(model)
    return {
        "loss": abs(packed - apart) / abs(apart),
        "gradients": float((one - two).norm() / two.norm()),
    }


def speed(shape: dict[str, int], device: str, dtype: torch.dtype) -> list[dict[str, Any]]:
    """Cases a second and peak memory for both kinds of rows, measured in turn."""
    model = make_model(shape, device, dtype)
    found: list[dict[str, Any]] = []
    for prefix, branch in LENGTHS:
        cases = make_cases(prefix, branch, shape["vocabulary"])
        kinds = {"packed": cases, "separate": separate(cases)}
        seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
        memory: dict[str, int] = {}
        for repeat in range(shape["repeats"] + 1):
            for kind, rows in kinds.items():
                elapsed, peak = timed(model, rows, dtype, device)
                if repeat:
                    seconds[kind].append(elapsed)
                memory[kind] = peak
        median = {kind: statistics.median(values) for kind, values in seconds.items()}
        found.append(
            {
                "prefix": prefix,
                "branch": branch,
                "packed_cases_per_second": CASES / median["packed"],
                "separate_cases_per_second": CASES / median["separate"],
                "ratio": median["separate"] / median["packed"],
                "peak_bytes": memory,
            }
        )
    return found


def timed(
    model: Any, rows: Sequence[PackedCase], dtype: torch.dtype, device: str
) -> tuple[float, int]:
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        torch.cuda.synchronize()
    started = time.perf_counter()
    step(model, rows, dtype, device)
    if device == "cuda":
        torch.cuda.synchronize()
    elapsed = time.perf_counter() - started
    return elapsed, torch.cuda.max_memory_allocated() if device == "cuda" else 0


def measure(device: str) -> Iterator[dict[str, Any]]:
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    shape = SHAPES[device]
    yield {
        "shape": shape,
        "dtype": str(dtype),
        "equality": equality(shape, device),
        "speed": speed(shape, device, dtype),
    }
