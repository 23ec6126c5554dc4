"""The five best of all ICD-10-CM codes, beside scoring every code of a trie.

Scoring all 74,000 codes takes minutes a case, so both sides are timed on the chapter of neoplasms
(C00 to D49), where the answers are compared; the search over all codes is timed beside it.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from exports.inference.codes import ROUNDING
from exports.inference.engine import CodeSearch, ScoreRequest
from store.clinical.icd10 import load_codes
from store.home import Home
from tests.benchmarks.asked import diagnoses, model_path, open_engine
from tests.benchmarks.result import Result
from trainer.tasks import Task, prompt

CASES = 10
MOST = 5


def run() -> Result:
    """The benchmark; about three minutes."""
    everything = all_codes()
    chapter = [code for code in everything if "C00" <= code < "D50"]
    prompts = [prompt(text, Task.ICD10) for text in diagnoses(CASES + 1)]
    took: tuple[list[float], list[float]] = ([], [])
    same = 0
    with open_engine() as engine:
        list(engine.search(prompts[-1:], chapter, MOST))
        narrow: list[CodeSearch] = []
        for asked in prompts[:CASES]:
            began = time.perf_counter()
            narrow += engine.search([asked], chapter, MOST)
            took[0].append(time.perf_counter() - began)
        for asked, found in zip(prompts, narrow, strict=False):
            began = time.perf_counter()
            (scores,) = engine.score([ScoreRequest(asked, chapter)])
            took[1].append(time.perf_counter() - began)
            same += agree(found, dict(zip(chapter, scores, strict=True)))
        wide, seconds, first = _wide(engine, prompts, everything)
    return Result(
        "code_search",
        statistics.median(took[0]),
        statistics.median(took[1]),
        "s a case",
        CASES,
        {
            "codes": len(chapter),
            "model": model_path().name,
            "same_answer": same,
            "all_codes": {
                "codes": len(everything),
                "s_a_case": round(statistics.median(seconds), 3),
                "slowest_s": round(max(seconds), 3),
                "s_to_tokenize_once": round(first, 2),
                "tokens_computed": [found.evaluated for found in wide],
                "median_tokens": statistics.median(found.evaluated for found in wide),
                "proven": sum(found.proven for found in wide),
            },
        },
        "scoring every code of the trie",
        {"median_tokens at most": 300},
    )


def all_codes() -> list[str]:
    """All billable codes of ICD-10-CM."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tmp").mkdir()
        return sorted(load_codes(Home(Path(folder))).cm_billable)


def agree(found: CodeSearch, scores: dict[str, float]) -> bool:
    """Whether no code that was left out is better than one that was found, but for rounding."""
    best = {code for code, _ in found.best}
    least = min(scores[code] for code in best)
    others = max((score for code, score in scores.items() if code not in best), default=least)
    return found.proven and others - least <= 2 * ROUNDING


def _wide(
    engine: Any, prompts: list[str], codes: list[str]
) -> tuple[list[CodeSearch], list[float], float]:
    """Searches over all codes, seconds of each, and of the first, which tokenizes them."""
    began = time.perf_counter()
    list(engine.search(prompts[-1:], codes, MOST))
    first = time.perf_counter() - began
    found: list[CodeSearch] = []
    seconds: list[float] = []
    for asked in prompts[:CASES]:
        began = time.perf_counter()
        found += engine.search([asked], codes, MOST)
        seconds.append(time.perf_counter() - began)
    return found, seconds, first
