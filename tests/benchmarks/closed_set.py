"""The probabilities of 150 codes for a case, beside scoring one label at a time.

``theirs`` is llama-cpp-python's ``Llama``, used as well as its interface allows: the prompt is
evaluated once a case, each label's tokens after it in one batch, and the prompt's keys and values
are kept between labels. Its ``create_completion`` with ``echo`` and ``logprobs``, which is the
documented way, sorts the vocabulary for each token of the prompt and is timed on one label.
On a processor with AMX ``theirs`` is llama-cpp-python as pip builds it, and ``same_kernels`` the
same with the kernels that this project's build has.
Ours follows only the labels that a probability would show (``exact=False``); the time of computing
every label is given beside it.
"""

import statistics
import time
from typing import Any

from exports.inference.engine import ScoreRequest
from exports.inference.labels import probabilities
from tests.benchmarks.asked import codes, diagnoses, model_path, open_engine, peer
from tests.benchmarks.result import Result
from trainer.tasks import Task, prompt

LABELS = 150
CASES = 8


def run() -> Result:
    """The benchmark; about two minutes."""
    labels = codes(LABELS)
    prompts = [prompt(text, Task.ICD10) for text in diagnoses(CASES + 1)]
    theirs, alike = OneByOne(labels, tiles=False), OneByOne(labels, tiles=True)
    with open_engine() as engine:
        list(engine.score([ScoreRequest(prompts[-1], labels, exact=False)]))
        theirs.score(prompts[-1])
        alike.score(prompts[-1])
        took: tuple[list[float], list[float]] = ([], [])
        off: list[float] = []
        warm: list[float] = []
        whole: list[float] = []
        same: list[float] = []
        for asked in prompts[:CASES]:
            began = time.perf_counter()
            (scores,) = engine.score([ScoreRequest(asked, labels, exact=False)])
            took[0].append(time.perf_counter() - began)
            # once more with its prompt remembered, as after another question about the same case
            began = time.perf_counter()
            list(engine.score([ScoreRequest(asked, labels, exact=False)]))
            warm.append(time.perf_counter() - began)
            began = time.perf_counter()
            list(engine.score([ScoreRequest(f"{asked[:11]}{len(warm)} {asked[11:]}", labels)]))
            whole.append(time.perf_counter() - began)
            began = time.perf_counter()
            theirs.score(asked)
            took[1].append(time.perf_counter() - began)
            began = time.perf_counter()
            slow = alike.score(asked)
            same.append(time.perf_counter() - began)
            fast, checked = probabilities(labels, scores), probabilities(labels, slow)
            off.append(max(abs(fast[label] - checked[label]) for label in labels))
    return Result(
        "closed_set",
        statistics.median(took[0]),
        statistics.median(took[1]),
        "s a case",
        CASES,
        {
            "labels": LABELS,
            "model": model_path().name,
            "same_kernels_s": round(statistics.median(same), 3),
            "same_kernels_ratio": round(statistics.median(same) / statistics.median(took[0]), 2),
            "largest_difference_of_a_probability": round(max(off), 4),
            "prompt_remembered_s": round(statistics.median(warm), 3),
            "every_label_computed_s": round(statistics.median(whole), 3),
            "documented_way_s_a_label": round(theirs.documented(prompts[0]), 2),
        },
        "llama-cpp-python, one label at a time, its prompt kept",
        {"ratio at least": 20},
    )


class OneByOne:
    """llama-cpp-python's own interface."""

    def __init__(self, labels: list[str], tiles: bool) -> None:
        self.labels = labels
        self.model = peer(512, logits_all=True, tiles=tiles)

    def score(self, asked: str) -> list[float]:
        """Summed log-probability of each label with its end token."""
        model = self.model
        start = model.tokenize(asked.encode(), add_bos=False)
        model.reset()
        model.eval(start)
        found: list[float] = []
        for label in self.labels:
            tokens = model.tokenize(f"{asked} {label}".encode(), add_bos=False)[len(start) :]
            model.n_tokens = len(start)
            model.eval(tokens)
            rows: Any = model.scores[len(start) - 1 : len(start) + len(tokens)]
            logprobs = model.logits_to_logprobs(rows)
            wanted = [*tokens, model.token_eos()]
            found.append(
                float(sum(row[token] for row, token in zip(logprobs, wanted, strict=True)))
            )
        return found

    def documented(self, asked: str) -> float:
        """Seconds of one label by ``create_completion``."""
        began = time.perf_counter()
        self.model.create_completion(
            f"{asked} {self.labels[0]}", max_tokens=1, temperature=0.0, logprobs=1, echo=True
        )
        return time.perf_counter() - began
