"""One regimen drafted from the regimens of the nearest known cases, beside one token at a time.

Nearest is by shared words among a thousand synthetic cases that are not those asked. Both sides
must write the same; where rounding chose another of two equally likely words it is counted.
"""

import statistics
import time

from exports.inference.engine import Engine, Generated
from store.synthetic.cases import synthesize
from tests.benchmarks.asked import diagnoses, model_path, open_engine
from tests.benchmarks.result import Result
from trainer.tasks import MAX_ANSWER_TOKENS, Task, prompt

CASES = 24
KNOWN = 1000
NEAREST = 8
MOST = MAX_ANSWER_TOKENS[Task.REGIMEN]


def run() -> Result:
    """The benchmark; under a minute."""
    known = [(set(c.diagnosis.split()), c.regimen) for c in synthesize(KNOWN, 1, "demo")]
    took: tuple[list[float], list[float]] = ([], [])
    same = steps = tokens = 0
    with open_engine() as engine:
        _write(engine, diagnoses(1)[0], [])
        for text in diagnoses(CASES):
            words = set(text.split())
            near = sorted(known, key=lambda case: -len(words & case[0]) / len(words | case[0]))
            earlier = [regimen for _, regimen in near[:NEAREST]]
            # the prompt is computed once before, so that both sides find it
            _write(engine, text, [], 1)
            drafted, seconds, parts = _write(engine, text, earlier)
            took[0].append(seconds)
            plain, seconds, _ = _write(engine, text, [])
            took[1].append(seconds)
            same += drafted.text == plain.text
            steps += parts
            tokens += drafted.tokens
    return Result(
        "speculation",
        statistics.median(took[0]),
        statistics.median(took[1]),
        "s a regimen",
        CASES,
        {
            "model": model_path().name,
            "same_answer": same,
            "tokens_a_step": round(tokens / steps, 2),
        },
        "the same engine without drafts",
    )


def _write(
    engine: Engine, text: str, earlier: list[str], most: int = MOST
) -> tuple[Generated, float, int]:
    """The answer, its seconds, and in how many steps it came."""
    began = time.perf_counter()
    *parts, made = engine.stream(prompt(text, Task.REGIMEN), most, earlier)
    seconds = time.perf_counter() - began
    assert isinstance(made, Generated)
    return made, seconds, len(parts)
