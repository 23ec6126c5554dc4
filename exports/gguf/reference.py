"""What a file has to agree with: the tokens and logits of the model as it was trained.

Made once and shared by all quantizations. The adapter is *not* folded in here: transformers and
PEFT run base and adapter side by side in 32 bits, so that an error of the merge shows as a
disagreement too. Imports torch, transformers and PEFT: only for worker processes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM

from exports.gguf.strings import SAMPLE_TEXTS, made_up_strings
from exports.gguf.tokenizer import load_tokenizer
from trainer.bases import Report

STRINGS = 4096
"""How many made-up strings a tokenizer is tried on, besides the real texts."""

TAIL = 16
"""At how many positions, from a text's end, the next token's distribution is compared."""

TEXTS = 24
"""How many of the given texts are compared; more only takes longer."""

LONGEST = 512
"""A text is compared over its first so many tokens."""


@dataclass(frozen=True)
class Reference:
    """One model's own answers.

    Attributes:
        strings: what was tokenized: made-up strings and the real texts.
        string_ids: their token ids.
        rows: token ids of the texts whose logits were taken.
        logits: a .npy file of float32, (positions, vocabulary), rows after one another.
    """

    strings: list[str]
    string_ids: list[list[int]]
    rows: list[list[int]]
    logits: Path


def references(
    base: Path,
    adapter: Path | None,
    texts: Sequence[str],
    scratch: Path,
    report: Report | None = None,
    *,
    with_base: bool = True,
) -> dict[str, Reference]:
    """The references of ``base`` and, where there is an adapter, of ``tuned``.

    Args:
        base: a Hugging Face folder.
        adapter: a PEFT LoRA folder.
        texts: real prompts with their answers; ``SAMPLE_TEXTS`` where there are none.
        scratch: where the logits are kept while they are needed.
        report: told of each text.
        with_base: whether the base's own is wanted.
    """
    chosen = list(texts or SAMPLE_TEXTS)[:TEXTS]
    tokenizer = load_tokenizer(base)
    strings = [*made_up_strings(STRINGS, seed=0), *chosen]
    string_ids = tokenizer(strings)["input_ids"]
    rows = [ids[:LONGEST] for ids in string_ids[STRINGS:]]
    model = _load(base)

    def take(model: Any, which: str) -> Reference:
        path = scratch / f"{which}.npy"
        np.save(path, _tail_logits(model, rows, f"reference of the {which} model", report))
        return Reference(strings, string_ids, rows, path)

    found = {"base": take(model, "base")} if with_base else {}
    if adapter is not None:
        from peft import PeftModel

        found["tuned"] = take(PeftModel.from_pretrained(model, str(adapter)).eval(), "tuned")
    return found


def _load(base: Path) -> Any:
    """The model, in 32 bits where they fit into memory, else in the 16 of its files."""
    size = sum(path.stat().st_size for path in base.glob("*.safetensors"))
    if torch.cuda.is_available() and torch.cuda.mem_get_info()[0] > 3 * size:
        device, dtype = "cuda", torch.float32
    else:
        device = "cpu"
        dtype = torch.float32 if _free_memory() > 3 * size else torch.bfloat16
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, local_files_only=True)
    return model.to(device).eval()


def _free_memory() -> int:
    """Bytes that can be had without swapping."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


@torch.inference_mode()
def _tail_logits(
    model: Any, rows: list[list[int]], stage: str, report: Report | None
) -> np.ndarray[Any, Any]:
    found: list[np.ndarray[Any, Any]] = []
    for done, row in enumerate(rows):
        if report is not None:
            report(stage, done, len(rows), "texts")
        ids = torch.tensor([row], device=model.device)
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=min(TAIL, len(row))).logits
        found.append(logits[0].float().cpu().numpy())
    if report is not None:
        report(stage, len(rows), len(rows), "texts")
    return np.concatenate(found)
