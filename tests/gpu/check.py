"""What shared-prefix training does on a CUDA card, measured: ``python3 tests/gpu/check.py OUT``.

Needs torch, transformers and peft alone, and no network: the model is a Llama with random
weights made here. Compares packed rows with separate rows of the same pairs: loss and
gradients, cases a second, peak memory. Where Unsloth and bitsandbytes are installed it says so.
``--device cpu`` runs the same on a small model, to try the script itself.
"""

import argparse
import importlib.util
import json
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

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


def check(device: str) -> dict[str, Any]:
    """Everything measured, as one JSON object."""
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    shape = SHAPES[device]
    return {
        "device": torch.cuda.get_device_name() if device == "cuda" else platform.processor(),
        "versions": {p.__name__: p.__version__ for p in (torch, transformers, peft)},
        "installed": {
            name: importlib.util.find_spec(name) is not None for name in ("unsloth", "bitsandbytes")
        },
        "shape": shape,
        "dtype": str(dtype),
        "equality": equality(shape, device),
        "speed": speed(shape, device, dtype),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    asked = parser.parse_args()
    if asked.device == "cuda" and not torch.cuda.is_available():
        print("There is no CUDA card here; nothing was measured.", file=sys.stderr)
        return 1
    asked.out.write_text(json.dumps(check(asked.device), indent=1) + "\n")
    print(f"Wrote {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
