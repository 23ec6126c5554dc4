"""Regimens written side by side, beside one by one and beside ``transformers.generate``.

The same prompts and, but for ties, the same answers: greedy, up to a line break. One by one is
llama-cpp-python's ``create_completion`` on the same file; transformers computes with the weights
of that file in 32 bits, on the same cores. All take turns with each set of cases.

On a processor with AMX ``theirs`` is llama-cpp-python as pip builds it, and ``same_kernels`` the
same with the kernels that this project's build has.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.benchmarks.asked import diagnoses, model_path, open_engine, peer
from tests.benchmarks.result import Result
from trainer.machine import cores
from trainer.tasks import MAX_ANSWER_TOKENS, Task, prompt

CASES = 32
REPEATS = 3
SLOW_CASES = 8
MOST = MAX_ANSWER_TOKENS[Task.REGIMEN]

Write = Callable[[Sequence[str]], Sequence[str]]
"""Regimens of prompts."""


def run() -> Result:
    """The benchmark; about two minutes."""
    prompts = [prompt(text, Task.REGIMEN) for text in diagnoses(REPEATS * CASES)]
    tokens: list[int] = []
    with open_engine() as engine:

        def beside(asked: Sequence[str]) -> list[str]:
            written = list(engine.generate(asked, MOST))
            tokens.extend(each.tokens for each in written)
            return [each.text for each in written]

        writers: dict[str, Write] = {
            "ours": beside,
            "plain": _one_by_one(tiles=False),
            "tiles": _one_by_one(tiles=True),
            "transformers": _transformers(),
        }
        for write in writers.values():
            write(["Diagnosis: lip\n"])
        tokens.clear()
        took: dict[str, list[float]] = {side: [] for side in writers}
        same: list[bool] = []
        for start in range(REPEATS):
            texts: dict[str, Sequence[str]] = {}
            for side, write in writers.items():
                asked = prompts[start::REPEATS][: SLOW_CASES if side == "transformers" else CASES]
                began = time.perf_counter()
                texts[side] = write(asked)
                took[side].append((time.perf_counter() - began) / len(asked))
            same += [a == b for a, b in zip(texts["ours"], texts["tiles"], strict=True)]
    median = {side: statistics.median(seconds) for side, seconds in took.items()}
    mine = median["ours"]
    return Result(
        "batching",
        mine,
        median["plain"],
        "s a regimen",
        REPEATS,
        {
            "regimens": CASES,
            "model": model_path().name,
            "tokens_of_an_answer": round(statistics.mean(tokens), 1),
            "same_answer": round(statistics.mean(same), 3),
            "same_kernels_s": round(median["tiles"], 3),
            "same_kernels_ratio": round(median["tiles"] / mine, 2),
            "transformers_s": round(median["transformers"], 3),
            "transformers_ratio": round(median["transformers"] / mine, 2),
        },
        "one by one through llama-cpp-python",
        {"ratio at least": 4, "transformers_ratio at least": 10},
    )


def _one_by_one(tiles: bool) -> Write:
    """llama-cpp-python, which keeps the last prompt's beginning."""
    model = peer(1024, tiles=tiles)

    def write(text: str) -> str:
        made: Any = model.create_completion(text, max_tokens=MOST, temperature=0.0, stop=["\n"])
        return made["choices"][0]["text"].strip()

    return lambda prompts: [write(text) for text in prompts]


def _transformers() -> Write:
    import torch
    import transformers as hf

    torch.set_num_threads(cores())
    path = model_path()
    load: dict[str, Any] = {"gguf_file": path.name}
    tokenizer: Any = hf.AutoTokenizer.from_pretrained(path.parent, **load)
    model: Any = hf.AutoModelForCausalLM.from_pretrained(path.parent, dtype=torch.float32, **load)
    breaks = [i for text, i in tokenizer.get_vocab().items() if "Ċ" in text]

    def write(text: str) -> str:
        asked = tokenizer(text, return_tensors="pt")
        ids = model.generate(
            **asked,
            max_new_tokens=MOST,
            do_sample=False,
            eos_token_id=[tokenizer.eos_token_id, *breaks],
            pad_token_id=tokenizer.eos_token_id,
        )
        return tokenizer.decode(ids[0, asked["input_ids"].shape[1] :]).strip()

    return lambda prompts: [write(text) for text in prompts]
