"""Regimens written side by side, beside one by one and beside ``transformers.generate``.

The same prompts and, but for ties, the same answers: greedy, up to a line break. One by one is
llama-cpp-python's ``create_completion`` on the same file; transformers computes with the weights
of that file in 32 bits, on the same cores.

Most of a short regimen's time is the reading of its diagnosis, which nothing makes shorter. So both
are also timed where the diagnosis was read before, for the modality, as an evaluation does it:
``read_before``. Both remember what they read.

On a processor with AMX ``theirs`` is llama-cpp-python as pip builds it, and ``same_kernels`` the
same with the kernels that this project's build has.
"""

import statistics
import time
from typing import Any

from exports.inference.engine import Engine, Generated, ScoreRequest
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
    texts_of = diagnoses(REPEATS * CASES)
    every = [prompt(text, Task.REGIMEN) for text in texts_of]
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
        read = _read_before(engine, [texts_of[start::REPEATS] for start in range(REPEATS)])
    theirs, _, theirs_read = _one_by_one(sets[0], texts_of[::REPEATS], tiles=False)
    alike, texts, alike_read = _one_by_one(sets[0], texts_of[::REPEATS], tiles=True)
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
            "read_before": {
                "ours": round(read, 3),
                "theirs": round(theirs_read, 3),
                "ratio": round(theirs_read / read, 2),
                "same_kernels": round(alike_read, 3),
                "same_kernels_ratio": round(alike_read / read, 2),
            },
            "same_kernels_s": round(alike, 3),
            "same_kernels_ratio": round(alike / mine, 2),
            "transformers_s": round(slow, 3),
            "transformers_ratio": round(slow / mine, 2),
        },
        "one by one through llama-cpp-python",
        {"ratio at least": 4, "transformers_ratio at least": 10},
    )


def _read_before(engine: Engine, sets: list[list[str]]) -> float:
    """Seconds a regimen side by side, of diagnoses whose modality was asked before."""
    took: list[float] = []
    for texts in sets:
        asked = [ScoreRequest(prompt(text, Task.MODALITY), ("photon", "proton")) for text in texts]
        list(engine.score(asked))
        began = time.perf_counter()
        list(engine.generate([prompt(text, Task.REGIMEN) for text in texts], MOST))
        took.append((time.perf_counter() - began) / len(texts))
    return statistics.median(took)


def _one_by_one(
    prompts: list[str], diagnosed: list[str], tiles: bool
) -> tuple[float, list[str], float]:
    """Seconds a regimen, the regimens, and seconds where the modality was asked before."""
    model = peer(1024, tiles=tiles)

    def write(text: str) -> str:
        made: Any = model.create_completion(text, max_tokens=MOST, temperature=0.0, stop=["\n"])
        return made["choices"][0]["text"].strip()

    write(prompts[0])
    began = time.perf_counter()
    texts = [write(text) for text in prompts]
    seconds = (time.perf_counter() - began) / len(prompts)
    read: list[float] = []
    for asked, text in zip(prompts, diagnosed, strict=True):
        model.create_completion(prompt(text, Task.MODALITY), max_tokens=1, temperature=0.0)
        began = time.perf_counter()
        write(asked)
        read.append(time.perf_counter() - began)
    return seconds, texts, statistics.mean(read)


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
