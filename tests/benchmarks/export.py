"""From an adapter to a verified Q4_K_M file, against merging, writing and quantizing alone.

Both on the embedded base (``export_1b``: on one of a billion parameters) with an adapter of small
random numbers, in one process that has imported what both need, alternating. The bare way writes
base and adapter as a GGUF file of 16 bits and calls ``llama_model_quantize`` on it with the same
importance matrix, which it is given, and no look at the result. *Ours* makes the same file as an
export does: the model's own answers and the importance matrix, 16 bits, their check, Q4_K_M, its
check, its hash. *Theirs* is the goal: 1.5 times the bare way, measured beside; ``more.plain`` is
the bare way without a matrix.
"""

import ctypes
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from exports.gguf.importance import PROMPTS
from store.home import open_home
from store.synthetic.cases import synthesize
from tests.benchmarks.result import Result
from tests.integration.tiny import tiny_adapter
from trainer.bases import ensure_default
from trainer.tasks import Task, completion, prompt

QUANT = "Q4_K_M"
REPEATS = 3
LIMIT = 1.5
SPREAD = 0.003
"""Of the adapter's numbers: it changes answers, and leaves the model one that makes sense."""


def run() -> Result:
    """The benchmark; about two minutes."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        return beside("export", ensure_default(open_home(root / "home")).path, root)


def beside(name: str, base: Path, root: Path) -> Result:
    """Both ways from ``base``, an adapter of it and synthetic texts; files are made in ``root``."""
    adapter = tiny_adapter(base, root / "adapter", size=SPREAD)
    texts = _texts(PROMPTS + 24)
    took: dict[str, list[float]] = {"ours": [], "bare": [], "plain": []}
    stages: list[dict[str, float]] = []
    matrix = _references(base, adapter, texts, root, _Stages()).importance
    for _ in range(REPEATS):
        told = _Stages()
        took["plain"].append(_timed(root, lambda place: bare(base, adapter, place, None)))
        took["bare"].append(_timed(root, lambda place: bare(base, adapter, place, matrix)))
        took["ours"].append(_timed(root, lambda at, t=told: _ours(base, adapter, texts, at, t)))
        stages.append(told.seconds())
    median = {way: statistics.median(seconds) for way, seconds in took.items()}
    return Result(
        name,
        median["ours"],
        LIMIT * median["bare"],
        "s",
        REPEATS,
        {
            "bare": round(median["bare"], 2),
            "plain": round(median["plain"], 2),
            "ours_over_bare": round(median["ours"] / median["bare"], 3),
            "stages": {
                stage: round(statistics.median(each[stage] for each in stages), 2)
                for stage in stages[0]
            },
        },
        theirs_is=f"the goal: {LIMIT} times merge, write and llama_model_quantize, unchecked",
    )


class _Stages:
    """How long each stage of an export took, from its first report to the next stage's first."""

    def __init__(self) -> None:
        self.began: list[tuple[str, float]] = []

    def __call__(self, stage: str, *_: object) -> None:
        if not self.began or self.began[-1][0] != stage:
            self.began.append((stage, time.perf_counter()))

    def seconds(self) -> dict[str, float]:
        ends = [*(when for _, when in self.began[1:]), time.perf_counter()]
        return {stage: end - when for (stage, when), end in zip(self.began, ends, strict=True)}


def _texts(count: int) -> list[str]:
    cases = islice(synthesize(count, 7, "demo"), count)
    tasks = list(Task)
    return [
        prompt(case.diagnosis, tasks[index % 3]) + completion(case.regimen)
        for index, case in enumerate(cases)
    ]


def bare(base: Path, adapter: Path, place: Path, matrix: Path | None, quant: str = QUANT) -> None:
    """Merge, write and quantize alone: ``place/bare-quantized.gguf``, at which nobody looks."""
    import llama_cpp

    from exports.gguf.quantize import FILE_TYPES, importance_entries
    from exports.gguf.write import write_f16
    from trainer.machine import cores

    source, out = place / "bare.gguf", place / "bare-quantized.gguf"
    write_f16(base, source, "bare", adapter)
    params = llama_cpp.llama_model_quantize_default_params()
    params.nthread, params.ftype = cores(), FILE_TYPES[quant]
    if matrix:
        params.imatrix = importance_entries(str(matrix))
    asked = str(source).encode(), str(out).encode(), ctypes.pointer(params)
    if llama_cpp.llama_model_quantize(*asked) != 0:
        raise RuntimeError("llama.cpp quantized nothing")


def _references(base: Path, adapter: Path, texts: list[str], place: Path, told: _Stages) -> Any:
    from exports.gguf.reference import references

    told("load model")
    prompts, compared = texts[:PROMPTS], texts[PROMPTS:]
    return references(base, adapter, compared, place, told, with_base=False, prompts=prompts)[
        "tuned"
    ]


def _ours(base: Path, adapter: Path, texts: list[str], place: Path, told: _Stages) -> None:
    from exports.gguf.make import Model, make_files

    reference = _references(base, adapter, texts, place, told)
    model = Model("benchmark", base, adapter)
    verdicts = make_files(model, [QUANT], reference, place / "x", place, told, lambda _: None)
    if not verdicts[QUANT].passed:
        raise RuntimeError(f"the file failed its check: {verdicts[QUANT].failures}")


def _timed(root: Path, work: Callable[[Path], None]) -> float:
    """Seconds that ``work`` takes with a folder of its own; what it leaves there is removed."""
    with tempfile.TemporaryDirectory(dir=root) as place:
        began = time.perf_counter()
        work(Path(place))
        return time.perf_counter() - began
