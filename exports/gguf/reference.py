"""What a file has to agree with: the tokens and logits of the model as it was trained.

Made once and shared by all quantizations. The adapter is *not* folded in here: transformers and
PEFT run base and adapter side by side in 32 bits, so that an error of the merge shows as a
disagreement too. While the model is loaded, the importance matrix of its quantizations is
measured as well. Imports torch, transformers and PEFT: only for worker processes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig

from exports.gguf import importance
from exports.gguf.batches import DEVICE, batches, inner, padded
from exports.gguf.streamed import streamed_model, with_adapter
from exports.gguf.strings import SAMPLE_TEXTS, made_up_strings
from exports.gguf.tokenizer import load_tokenizer
from exports.gguf.write import tensor_namer
from trainer.bases import Report

STRINGS = 4096
"""How many made-up strings a tokenizer is tried on, besides the real texts."""

TAIL = 32
"""At how many positions, from a text's end, the next token's distribution is compared."""

TEXTS = 24
"""Most texts that are compared."""

TOKENS = 256
"""How many tokens are enough: no text is added to so many. More take longer and tell little more: a
wrong file is wrong at once, and what a quantization loses is a mean over their positions."""

FEW = 2
"""Texts that a 16-bit file is compared on which is not kept: every file that is made of it shows
what is wrong with it again."""

LONGEST, CUT = 512, 48
"""Most tokens of the first text and of the others, of which the end is compared: one long text
shows whether far positions are right, many short ones are as many questions and answers."""


@dataclass(frozen=True)
class Reference:
    """One model's own answers.

    Attributes:
        strings: what was tokenized: made-up strings and the real texts.
        string_ids: their token ids.
        rows: token ids of the texts whose logits were taken.
        logits: a .npy file of float32, (positions, vocabulary), rows after one another.
        importance: the importance matrix (``importance.save``) for the quantizations.
        importance_tokens: over how many tokens it is a mean.
    """

    strings: list[str]
    string_ids: list[list[int]]
    rows: list[list[int]]
    logits: Path
    importance: Path
    importance_tokens: int

    def brief(self) -> "Reference":
        """The same over the first ``FEW`` texts alone."""
        rows = self.rows[:FEW]
        path = self.logits.with_name(f"brief-{self.logits.name}")
        every = np.load(self.logits, mmap_mode="r")
        np.save(path, every[: sum(min(TAIL, len(row)) for row in rows)])
        return replace(self, rows=rows, logits=path)


def references(
    base: Path,
    adapter: Path | None,
    texts: Sequence[str],
    scratch: Path,
    report: Report | None = None,
    *,
    with_base: bool = True,
    prompts: Sequence[str] = (),
) -> dict[str, Reference]:
    """The references of ``base`` and, where there is an adapter, of ``tuned``.

    Args:
        base: a Hugging Face folder.
        adapter: a PEFT LoRA folder.
        texts: real prompts with their answers; ``SAMPLE_TEXTS`` where there are none.
        scratch: where the logits are kept while they are needed.
        report: told of each text.
        with_base: whether the base's own is wanted.
        prompts: what the tuned model's importance matrix is measured on. The base's is always
            measured on ``SAMPLE_TEXTS``: its files are no clinic's.
    """
    chosen = list(texts or SAMPLE_TEXTS)[:TEXTS]
    tokenizer = load_tokenizer(base)
    strings = [*made_up_strings(STRINGS, seed=0), *chosen]
    string_ids = tokenizer(strings)["input_ids"]
    first, *others = string_ids[STRINGS:]
    rows = within([_end(first, LONGEST), *(_end(ids, CUT) for ids in others)], TOKENS)
    model = streamed_model(base)
    name_of = tensor_namer(AutoConfig.from_pretrained(base, local_files_only=True))

    def take(model: Any, which: str, prompts: Sequence[str]) -> Reference:
        path, weighed = scratch / f"{which}.npy", scratch / f"{which}.npz"
        tell = teller(report, f"reference of the {which} model", len(rows))
        np.save(path, _tail_logits(model, rows, tell))
        asked = [_end(ids, LONGEST) for ids in tokenizer(list(prompts))["input_ids"]]
        asked = within(asked, importance.TOKENS)
        tell = teller(report, f"importance matrix of the {which} model", len(asked))
        importance.save(weighed, importance.measure(model, asked, tell), name_of)
        return Reference(strings, string_ids, rows, path, weighed, sum(map(len, asked)))

    found = {"base": take(model, "base", SAMPLE_TEXTS)} if with_base else {}
    if adapter is not None:
        found["tuned"] = take(with_adapter(model, adapter), "tuned", prompts or SAMPLE_TEXTS)
    return found


def within(texts: Sequence[list[int]], tokens: int) -> list[list[int]]:
    """The first texts, until they have so many tokens."""
    rows: list[list[int]] = []
    for ids in texts:
        if sum(map(len, rows)) >= tokens:
            break
        rows.append(ids)
    return rows


def _end(ids: list[int], most: int) -> list[int]:
    """A text's last tokens, where question and answer are, after its first.

    A model without the token that every training text began with is another model.
    """
    return ids if len(ids) <= most else [ids[0], *ids[1 - most :]]


def teller(report: Report | None, stage: str, total: int) -> Callable[[int], None]:
    """What tells ``report``, where there is one, how many of a stage's texts are done."""

    def tell(done: int) -> None:
        if report is not None:
            report(stage, done, total, "texts")

    return tell


@torch.inference_mode()
def _tail_logits(
    model: Any, rows: Sequence[Sequence[int]], tell: Callable[[int], None]
) -> np.ndarray[Any, Any]:
    """Logits at the last ``TAIL`` positions of each row, rows after one another in their order."""
    found: dict[int, np.ndarray[Any, Any]] = {}
    for batch in batches(rows):
        tell(len(found))
        ids, real = padded([rows[index] for index in batch])
        hidden = inner(model).model(input_ids=ids.to(DEVICE), use_cache=False)[0]
        ends = real.sum(1).tolist()
        tails = [states[max(0, end - TAIL) : end] for states, end in zip(hidden, ends, strict=True)]
        logits = _capped(inner(model).lm_head(torch.cat(tails)).float(), inner(model).config)
        parts = logits.cpu().split([*map(len, tails)])
        found |= {index: part.numpy() for index, part in zip(batch, parts, strict=True)}
    tell(len(rows))
    return np.concatenate([found[index] for index in range(len(rows))])


def _capped(logits: torch.Tensor, config: Any) -> torch.Tensor:
    """Gemma 2 bounds its logits after the head; the others leave them."""
    cap = getattr(config, "final_logit_softcapping", None)
    return logits if not cap else cap * torch.tanh(logits / cap)
