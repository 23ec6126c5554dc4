"""Regimens written side by side, beside one by one and beside ``transformers.generate``.

The same prompts and, but for ties, the same answers: greedy, up to a line break. One by one is
llama-cpp-python's ``create_completion`` on the same file; transformers computes with the weights
of that file in 32 bits, on the same cores.
"""

import statistics
import time
from typing import Any

from exports.inference.engine import Generated
from tests.benchmarks.asked import diagnoses, model_path, open_engine, peer
from tests.benchmarks.result import Result
from trainer.machine import cores
from trainer.tasks import MAX_ANSWER_TOKENS, Task, prompt

CASES = 32
REPEATS = 3
SLOW_CASES = 6
MOST = MAX_ANSWER_TOKENS[Task.REGIMEN]


def run() -> Result:
    """The benchmark; about three minutes."""
    every = [prompt(text, Task.REGIMEN) for text in diagnoses(REPEATS * CASES)]
    sets = [every[start::REPEATS] for start in range(REPEATS)]
    ours: list[float] = []
    written: list[Generated] = []
    with open_engine() as engine:
        list(engine.generate(["Diagnosis: lip\n"] * 4, 8))
        # other cases each time: what was computed of a diagnosis is remembered
        for prompts in sets[::-1]:
            began = time.perf_counter()
            written = list(engine.generate(prompts, MOST))
            ours.append((time.perf_counter() - began) / len(prompts))
    theirs, texts = _one_by_one(sets[0])
    slow = _transformers(sets[0][:SLOW_CASES])
    mine = statistics.median(ours)
    return Result(
        "batching",
        mine,
        theirs,
        "s a regimen",
        len(ours),
        {
            "regimens": CASES,
            "model": model_path().name,
            "tokens_of_an_answer": statistics.mean(each.tokens for each in written),
            "same_answer": sum(a.text == b for a, b in zip(written, texts, strict=True)),
            "transformers_s": round(slow, 3),
            "transformers_ratio": round(slow / mine, 2),
        },
        "one by one through llama-cpp-python",
        {"ratio at least": 4, "transformers_ratio at least": 10},
    )


def _one_by_one(prompts: list[str]) -> tuple[float, list[str]]:
    """Seconds a regimen, and the regimens."""
    model = peer(1024)

    def write(text: str) -> str:
        made: Any = model.create_completion(text, max_tokens=MOST, temperature=0.0, stop=["\n"])
        return made["choices"][0]["text"].strip()

    write(prompts[0])
    began = time.perf_counter()
    texts = [write(text) for text in prompts]
    return (time.perf_counter() - began) / len(prompts), texts


def _transformers(prompts: list[str]) -> float:
    """Seconds a regimen."""
    import torch
    import transformers as hf

    torch.set_num_threads(cores())
    path = model_path()
    load: dict[str, Any] = {"gguf_file": path.name}
    tokenizer: Any = hf.AutoTokenizer.from_pretrained(path.parent, **load)
    model: Any = hf.AutoModelForCausalLM.from_pretrained(path.parent, dtype=torch.float32, **load)
    breaks = [i for text, i in tokenizer.get_vocab().items() if "Ċ" in text]
    took: list[float] = []
    with torch.inference_mode():
        for text in [prompts[0], *prompts]:
            began = time.perf_counter()
            model.generate(
                **tokenizer(text, return_tensors="pt"),
                max_new_tokens=MOST,
                do_sample=False,
                eos_token_id=[tokenizer.eos_token_id, *breaks],
                pad_token_id=tokenizer.eos_token_id,
            )
            took.append(time.perf_counter() - began)
    return statistics.mean(took[1:])
