"""Going on from a checkpoint beside starting again from nothing: seconds to a finished run.

A run of the embedded model is killed (SIGKILL) right after the checkpoint at three quarters of
its steps. ``ours`` is from ``runs resume`` to done, with the process and the model loaded anew;
``theirs`` is the same run from nothing, which is what a trainer without checkpoints costs. Both
must leave the same adapter, bit for bit, or the benchmark fails.
"""

import os
import signal
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from radonc_tui.actions.cases import SynthRequest, synth_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.runs import resume_run
from radonc_tui.actions.stored import lease
from radonc_tui.actions.train import TrainRequest, train
from store.home import Home, open_home
from store.lines import sha256_file
from store.splits import SplitRules
from store.work import Work
from tests.benchmarks.result import Result
from tests.driven import ended
from trainer.bases import ensure_default

CASES, STEPS, REPEATS = 120, 24, 2
SETTINGS = (
    *(f"steps={STEPS}", "batch_cases=4", "evaluations=0", "samples=0"),
    *("checkpoints=4", "seed=1"),
)
CHECKPOINT = STEPS * 3 // 4


def run() -> Result:
    """The benchmark; about five minutes on two cores."""
    whole: list[float] = []
    resumed: list[float] = []
    request = TrainRequest(settings=SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        home = open_home(Path(folder) / "home")
        ensure_default(home)
        ended(synth_cases(home, SynthRequest(CASES)))
        ended(freeze(home, SplitRules()))
        lease(home).close()
        adapters: set[str] = set()
        for _ in range(REPEATS):
            began = time.perf_counter()
            made = ended(train(home, request))
            whole.append(time.perf_counter() - began)
            adapters.add(adapter_of(work_of(home, made.run_id)))
            killed = kill_after_checkpoint(home, request, CHECKPOINT)
            began = time.perf_counter()
            assert ended(resume_run(home, killed.id))["state"] == "done"
            resumed.append(time.perf_counter() - began)
            adapters.add(adapter_of(killed))
        assert len(adapters) == 1, "a resumed run learned something else"
    return Result(
        "resume",
        statistics.median(resumed),
        statistics.median(whole),
        "s",
        REPEATS,
        {
            "steps": STEPS,
            "killed after step": CHECKPOINT,
            "resumed_s": [round(seconds, 1) for seconds in resumed],
            "whole_s": [round(seconds, 1) for seconds in whole],
            "same adapter": True,
        },
        theirs_is="the same run from nothing",
    )


def work_of(home: Home, run_id: str) -> Work:
    return Work(home.folder("runs") / run_id)


def adapter_of(run: Work) -> str:
    return sha256_file(run.path / "adapter" / "adapter_model.safetensors")


def kill_after_checkpoint(home: Home, request: TrainRequest, step: int) -> Work:
    """A run of this request, killed as soon as its checkpoint at that step is whole."""
    started = ended(train(home, replace(request, detach=True)))
    run = work_of(home, started.run_id)
    sealed = run.path / "checkpoints" / f"checkpoint-{step}" / "manifest.json"
    while not sealed.exists():
        assert run.alive(), run.failure()
        time.sleep(0.05)
    os.kill(int((run.path / "pid").read_text()), signal.SIGKILL)
    while run.alive():
        time.sleep(0.05)
    return run
