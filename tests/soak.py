"""``python -m tests.soak``: the same work again and again, with kills, and what must not grow.

One process does it by the actions, as the screens do, on a tiny model: full cycles (train, export,
evaluate, predict), then cycles from the adapters that these left (export, evaluate, predict). In
some a worker is killed by SIGKILL at a random moment, and what it did is asked for again. The exit
code is 1 where memory, handles, processes or files grew.
"""

import argparse
import gc
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from radonc_tui.actions.cases import SynthRequest, synth_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.evaluate import EvaluateRequest, evaluate
from radonc_tui.actions.export import ExportRequest, export
from radonc_tui.actions.plans import TrainRequest
from radonc_tui.actions.predict import PredictRequest, predict
from radonc_tui.actions.progress import Action
from radonc_tui.actions.stored import lease
from radonc_tui.actions.train import train
from store import work
from store.errors import RadoncError
from store.home import Home, open_home
from store.splits import SplitRules
from tests.driven import ended
from trainer.bases import add_folder
from trainer.machine import give_back_memory
from trainer.numbers import memory_mb

TRAININGS, CYCLES = 10, 200
KILLED = 0.25
"""The share of cycles in which a worker is killed."""
MORE_MB, MORE_HANDLES = 30, 2
"""How much more may be held at the end than after the first tenth of the cycles."""
MARK = "RADONC_SOAK"
MADE = {"runs", "exports", "evaluations"}
SETTINGS = ("steps=4", "batch_cases=4", "evaluations=1", "validation_cases=4", "samples=2")
TEXT = "Adenocarcinoma of the prostate, Gleason 4+3, cT2a, PSA 8."


@dataclass(frozen=True)
class Held:
    """What is there after a cycle, when nothing should be going on."""

    cycle: str
    killed: str
    seconds: float
    memory_mb: int
    handles: int
    processes: int
    scratch: int
    files: int


class Soak:
    """A home, the moment of the next kill, and how long each stage took so far."""

    def __init__(self, home: Home, seed: int) -> None:
        self.home = home
        self.chance = random.Random(seed)
        self.took: dict[str, float] = {}

    def cycle(self, kind: str, stages: Sequence[str], kill: bool) -> Held:
        """Do the stages in their order; in a random one of them the worker is killed once."""
        began = time.monotonic()
        # a prediction has no worker; its engine ends with whoever asked
        victim = self.chance.choice([s for s in stages if s != "predict"]) if kill else ""
        for stage in stages:
            make = getattr(self, stage)
            if stage == victim:
                after = self.chance.uniform(0, self.took.get(stage, 5.0))
                # one that was quicker is begun again, and killed sooner
                while not self.killed(make, after):
                    after /= 2
            started = time.monotonic()
            ended(make())
            self.took[stage] = time.monotonic() - started
        return self.held(kind, victim, time.monotonic() - began)

    def killed(self, make: Callable[[], Action[object]], after: float) -> bool:
        """Begin, and kill the worker so many seconds later; False where it had ended before."""
        known = {each.id for each in self.workers()}
        until = time.monotonic() + after
        done = False
        try:
            for _ in make():
                new = [] if time.monotonic() < until else self.workers()
                for each in new:
                    if each.id not in known and each.alive():
                        os.kill(int((each.path / "pid").read_text()), signal.SIGKILL)
                        done = True
        except RadoncError:
            if not done:
                raise
        return done

    def workers(self) -> list[work.Work]:
        kinds = ("run", "bundle", "eval")
        return [each for kind in kinds for each in work.everything(self.home, kind)]

    def train(self) -> Action[object]:
        return train(self.home, TrainRequest(base="tiny", settings=SETTINGS))

    def export(self) -> Action[object]:
        done = [run.id for run in work.everything(self.home, "run") if run.manifest_exists]
        asked = ExportRequest(self.chance.choice(done), ("Q8_0",), drift_patients=2)
        return export(self.home, asked)

    def evaluate(self) -> Action[object]:
        asked = EvaluateRequest(
            self.model(), limit=4, quick=True, validation_patients=2, prompt_patients=0
        )
        return evaluate(self.home, asked)

    def predict(self) -> Action[object]:
        return predict(self.home, PredictRequest((TEXT,), self.model()))

    def model(self) -> str:
        made = [each.id for each in work.everything(self.home, "bundle") if each.manifest_exists]
        return f"{made[-1]}:Q8_0"

    def held(self, kind: str, victim: str, seconds: float) -> Held:
        gc.collect()
        give_back_memory()
        # a process that was ended needs a moment to be gone
        until = time.monotonic() + 10
        while (count := processes()) and time.monotonic() < until:
            time.sleep(0.1)
        scratch = [*self.home.tmp.iterdir(), *Path(tempfile.gettempdir()).iterdir()]
        handles = len(list(Path("/proc/self/fd").iterdir()))
        counts = memory_mb(), handles, count, len(scratch), self.files()
        return Held(kind, victim, round(seconds, 1), *counts)

    def files(self) -> int:
        """The files of the home but for those of runs, bundles and evaluations themselves."""
        there = (path.relative_to(self.home.path) for path in self.home.path.rglob("*.*"))
        # what the store has not yet written to its file is there or is not
        return sum(path.parts[0] not in MADE and path.suffix != ".wal" for path in there)


def processes() -> int:
    """How many others of this soak there are, by the mark in their environment."""
    mark, found = f"{MARK}={os.environ[MARK]}".encode(), 0
    for path in Path("/proc").glob("[0-9]*/environ"):
        if path.parent.name != str(os.getpid()):
            try:
                found += mark in path.read_bytes()
            except OSError:
                continue  # it has just ended
    return found


def grown(rows: Sequence[Held]) -> list[str]:
    """What grew, in sentences; the first tenth of the cycles may fill what is kept on purpose."""
    found = [
        f"after cycle {number} there are {row.processes} processes and {row.scratch} scratch files"
        for number, row in enumerate(rows, 1)
        if row.processes or row.scratch
    ]
    first, last = rows[len(rows) // 10], rows[-1]
    if last.memory_mb > first.memory_mb + MORE_MB:
        found.append(f"memory grew from {first.memory_mb} to {last.memory_mb} MiB")
    if last.files > first.files:
        found.append(f"files beside what was made grew from {first.files} to {last.files}")
    if last.handles > first.handles + MORE_HANDLES:
        found.append(f"handles grew from {first.handles} to {last.handles}")
    return found


def soak(folder: Path, trainings: int, cycles: int, seed: int) -> list[Held]:
    """All cycles in a new home in ``folder``; each row is printed as it comes."""
    # in a process of its own: torch is a gigabyte, beside which no growth would be seen
    make = "import sys, pathlib; from tests.integration.tiny import tiny_model as make;"
    make += "make(pathlib.Path(sys.argv[1]), 'qwen2')"
    subprocess.run([sys.executable, "-c", make, str(folder / "tiny")], check=True)
    scratch = folder / "scratch"
    scratch.mkdir()
    os.environ.update({MARK: str(os.getpid()), "TMPDIR": str(scratch)})
    tempfile.tempdir = None
    home = open_home(folder / "home")
    add_folder(home, folder / "tiny", "tiny")
    ended(synth_cases(home, SynthRequest(120)))
    ended(freeze(home, SplitRules()))
    one = Soak(home, seed)
    again = ("export", "evaluate", "predict")
    plan = [("full", ("train", *again))] * trainings + [("from an adapter", again)] * cycles
    rows: list[Held] = []
    for number, (kind, stages) in enumerate(plan):
        last = number == len(plan) - 1
        rows.append(one.cycle(kind, stages, last or one.chance.random() < KILLED))
        print(json.dumps(asdict(rows[-1])), flush=True)
    lease(home).close()
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--trainings", type=int, default=TRAININGS)
    parser.add_argument("--cycles", type=int, default=CYCLES)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = soak(Path(folder), asked.trainings, asked.cycles, asked.seed)
    found = grown(rows)
    print("\n".join(found) or "nothing grew", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
