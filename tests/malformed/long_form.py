"""Many samples in a process of their own, so that a hang or a crash is one outcome of one file.

The parent waits a bounded time for each outcome and replaces the process that does not answer or
that died. The child has a bound on its memory as well: what would swallow the machine fails there.
"""

import multiprocessing
import resource
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.malformed.trial import Outcome, attempt, sample

LIMIT_S = 20.0
MEMORY = 6 << 30
Numbers = range


@dataclass
class Tally:
    """What came of all samples; ``failures`` in full, times in seconds, memory in MiB."""

    count: int = 0
    results: Counter[str] = field(default_factory=Counter[str])
    by_reader: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    failures: list[str] = field(default_factory=list[str])
    slowest_s: float = 0.0
    slowest: str = ""
    peak_mib: int = 0
    took_s: float = 0.0

    def add(self, outcome: Outcome, took_s: float) -> None:
        self.count += 1
        self.results[outcome.result] += 1
        self.by_reader.setdefault(outcome.reader, Counter())[outcome.result] += 1
        if outcome.result in ("failure", "hang", "died"):
            named = f"{outcome.number} {outcome.reader}, {outcome.what}"
            self.failures.append(f"{named}: {outcome.result} {outcome.detail}")
        if took_s > self.slowest_s:
            self.slowest_s, self.slowest = took_s, f"{outcome.reader}, {outcome.what}"

    def as_record(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "results": dict(self.results),
            "by_reader": {name: dict(found) for name, found in sorted(self.by_reader.items())},
            "failures": self.failures,
            "slowest_s": round(self.slowest_s, 2),
            "slowest": self.slowest,
            "peak_mib": self.peak_mib,
            "took_s": round(self.took_s, 1),
        }


def run(seed: int, numbers: Numbers, limit_s: float = LIMIT_S) -> Tally:
    """Try the samples of these numbers one after the other."""
    tally, start = Tally(), time.monotonic()
    child = _Child(seed)
    try:
        for number in numbers:
            begun = time.monotonic()
            child.pipe.send(number)
            answer = _answer(child, limit_s)
            if answer is None:
                made = sample(seed, number)
                how = "died" if not child.process.is_alive() else "hang"
                answer = Outcome(number, made.reader, made.what, how)
                child.end()
                child = _Child(seed)
            elif isinstance(answer, tuple):
                answer, peak = answer
                tally.peak_mib = max(tally.peak_mib, peak)
            tally.add(answer, time.monotonic() - begun)
    finally:
        child.end()
    tally.took_s = time.monotonic() - start
    return tally


def _answer(child: "_Child", limit_s: float) -> Any:
    """What the child says within the time, None where it does not answer."""
    try:
        return child.pipe.recv() if child.pipe.poll(limit_s) else None
    except (EOFError, ConnectionResetError):
        child.process.join(5)
        return None


class _Child:
    """A process that tries one sample after the other."""

    def __init__(self, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(seed, theirs), daemon=True)
        self.process.start()
        theirs.close()
        assert self.pipe.poll(120), "the child does not start"
        self.pipe.recv()

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(seed: int, pipe: Connection) -> None:
    from tests.unit.importing_examples import codes

    codes()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    pipe.send("ready")
    while True:
        number = pipe.recv()
        folder = Path(tempfile.mkdtemp(prefix="malformed-"))
        try:
            outcome = attempt(sample(seed, number), folder)
        finally:
            shutil.rmtree(folder)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        pipe.send((outcome, peak))
