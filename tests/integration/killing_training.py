"""Ends a training in many ways and goes on with it, and says what came of each.

``python -m tests.integration.killing_training RUN ENDING...``: RUN is a run directory that was
never started, an ENDING one JSON object. One start of Python, with Unsloth imported, serves all:
each training is a forked child on a copy of the run's directory. Prints one JSON list.

An ending is any of ``point`` (name of a write point of ``store/points.py``, ``name:3`` is the
third time), ``share`` (of the time the whole run takes), ``file_bytes`` (no file may be longer),
``memory_mb`` (so much more than after the imports), ``cut`` (of the newest checkpoint's optimizer,
when it has ended), ``fit``, and ``run`` (another run's directory instead of RUN).
"""

import json
import os
import resource
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from store import points
from store.lines import read_json, sha256_file
from store.work import Work, run_worker
from tests.unit.killing import died
from tests.unit.killing_writes import at_point
from trainer.fitting import Fit, keep_fit
from trainer.worker import offline_environment

Ending = dict[str, Any]
RESUMED = 4
"""So often a run is gone on with that is to fit: memory that a process once took is not all given
back to the next try in it, and each process begins with what the last one learned to fit."""


def train(run: Work, ending: Ending) -> None:
    """The worker's body, in this process, under what the ending says."""
    from trainer.worker import _train

    log = os.open(run.path / "stderr.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if "point" in ending:
        points.listener = at_point(ending["point"])
    if "file_bytes" in ending:
        # as an error of the write, and not as the end of the process
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (ending["file_bytes"],) * 2)
    if "memory_mb" in ending:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + ending["memory_mb"] * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    run_worker(run.path, {"run": _train})


def cut_newest(run: Work) -> None:
    """Take the last byte of the newest checkpoint's optimizer."""
    newest = max(run.path.glob("checkpoints/checkpoint-*"), key=lambda p: int(p.name.split("-")[1]))
    file = newest / "optimizer.pt"
    file.write_bytes(file.read_bytes()[:-1])


def look(run: Work) -> dict[str, Any]:
    """How a run stands, what it learned, and which steps it did twice."""
    steps = [e["done"] for e in run.events() if e.get("stage") == "train"]
    adapter = run.path / "adapter" / "adapter_model.safetensors"
    metrics = run.path / "metrics.json"
    state = run.state()
    whole = run.manifest is not None
    return {
        "path": str(run.path),
        "state": state,
        "whole": whole,
        "said": str(run.failure()) if state in ("failed", "died") else "",
        "adapter": sha256_file(adapter) if whole else "",
        "metrics": read_json(metrics) if metrics.exists() else {},
        "twice": len(steps) - len(set(steps)),
        "last": max(steps, default=0),
        "kept": sorted(p.name for p in run.path.glob("checkpoints/*")),
        "log": [e["text"] for e in run.events() if e["kind"] == "log"],
    }


def after(run: Work, ending: Ending, whole: float) -> dict[str, Any]:
    """End a run so, look at it, go on with it to its end and look again."""
    share = ending.get("share")
    killed = died(lambda: train(run, ending), None if share is None else share * whole)
    found: dict[str, Any] = {"ending": ending, "killed": killed, "after": look(run)}
    if "cut" in ending:
        cut_newest(run)
    if found["after"]["state"] != "done":
        if "fit" in ending:
            keep_fit(run, Fit(allowed=True))
        again = {name: ending[name] for name in ("memory_mb",) if "fit" in ending}
        for _ in range(RESUMED if "fit" in ending else 1):
            (run.path / "error.json").unlink(missing_ok=True)
            died(lambda: train(run, again))
            if run.state() == "done":
                break
    return {**found, "then": look(run)}


def main(folder: str, endings: list[str]) -> None:
    template = Path(folder)
    os.environ.update(offline_environment(template.parents[1] / "tmp" / "caches"))
    # once for all children; no product is computed here, since its threads would not be in them
    import trainer.loop
    import trainer.model  # noqa: F401

    whole = 0.0
    found: list[dict[str, Any]] = []
    for number, text in enumerate(["{}", *endings]):
        ending = json.loads(text)
        run = Work(template.with_name(f"run-20261101-{number:06x}"))
        shutil.copytree(ending.get("run", template), run.path)
        began = time.monotonic()
        found.append(after(run, ending, whole))
        whole = whole or time.monotonic() - began
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
