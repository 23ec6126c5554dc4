"""What ``radonc train`` does on a card, from the store to the adapter, with Unsloth in 4 bit.

One run whole; a run that does not fit into what is left of the card's memory, with ``--fit``; and
the first one again, killed after a checkpoint and gone on with. Each says how far off its plan was.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from radonc_tui.actions.cases import SynthRequest, synth_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.runs import resume_run
from radonc_tui.actions.stored import lease
from radonc_tui.actions.train import TrainRequest, run_metrics, train
from store.home import Home, open_home
from store.lines import read_json
from store.splits import SplitRules
from store.work import everything
from tests.benchmarks.resume import adapter_of, kill_after_checkpoint, work_of
from tests.driven import ended
from tests.gpu.bases import random_base
from trainer.bases import add_folder

SHM = Path("/dev/shm")
SCRATCH = SHM if SHM.is_dir() else None
"""Where models are kept meanwhile: in memory where that can be, so that no disk is timed."""
CASES, STEPS, CHECKPOINT = 600, 40, 30
SETTINGS = (
    *(f"steps={STEPS}", "batch_cases=8", "evaluations=2", "samples=2", "checkpoints=4"),
    *("seed=1", "learning_rate=1e-3"),
)
LEFT_MB, LARGE = 4000, 256
"""What another program leaves of the card's memory, and a batch that does not fit into it."""
KEPT = (
    *("rows", "attention", "precision", "device", "tokens_per_second", "stages", "padding"),
    *("card_memory_mb", "memory_mb", "estimate"),
)


def measure(device: str) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        folder = Path(name)
        home = open_home(folder / "home")
        try:
            yield from _measure(home, folder, device)
        except BaseException as error:
            for run in everything(home, "run"):
                told = [
                    line
                    for name in ("events.jsonl", "stderr.log")
                    for line in (run.path / name).read_text().splitlines()[-8:]
                ]
                error.add_note("\n".join([run.id, *told]))
            raise


def _measure(home: Home, folder: Path, device: str) -> Iterator[dict[str, Any]]:
    cuda = device == "cuda"
    add_folder(home, random_base(folder / "model", "1b" if cuda else "tiny", device), "random")
    ended(synth_cases(home, SynthRequest(CASES)))
    ended(freeze(home, SplitRules()))
    lease(home).close()
    request = TrainRequest(base="random", settings=SETTINGS)
    found = {"first": told(home, ended(train(home, request)).run_id)}
    yield found
    if cuda:
        found["fit"] = fitted(home)
        yield found
    killed = kill_after_checkpoint(home, request, CHECKPOINT)
    assert ended(resume_run(home, killed.id))["state"] == "done"
    whole = work_of(home, found["first"]["run"])
    found["resumed"] = {
        **told(home, killed.id),
        "adapter is bit-identical": adapter_of(whole) == adapter_of(killed),
        "largest difference of an adapter's number": difference(
            *(run.path / "adapter" / "adapter_model.safetensors" for run in (whole, killed))
        ),
    }
    yield found


def told(home: Home, run_id: str) -> dict[str, Any]:
    """What a run left behind, without what is long."""
    run = work_of(home, run_id)
    metrics = run_metrics(run)
    losses = metrics["loss"]
    return {
        "run": run_id,
        "loss": [round(losses[at], 3) for at in (0, len(losses) // 2, -1)],
        "validation": metrics["validation"],
        "said": said(run.events()),
        **{key: metrics.get(key) for key in KEPT},
    }


def said(events: Sequence[dict[str, Any]]) -> list[tuple[float, str]]:
    """(seconds since the first event, sentence) of each line of a run's log."""
    return [
        (round(event["t"] - events[0]["t"], 1), event["text"])
        for event in events
        if event["kind"] == "log"
    ]


def difference(left: Path, right: Path) -> float:
    from safetensors.torch import load_file

    ours, theirs = load_file(left), load_file(right)
    return max(float((ours[name] - theirs[name]).abs().max()) for name in ours)


def fitted(home: Home) -> dict[str, Any]:
    """A large batch beside a program that leaves little memory: how many cases at once remain."""
    import torch

    free, _ = torch.cuda.mem_get_info()
    taken = torch.empty(free - LEFT_MB * 2**20, dtype=torch.uint8, device="cuda")
    try:
        settings = ("steps=3", f"batch_cases={LARGE}", "evaluations=0", "samples=0")
        request = TrainRequest(base="random", settings=settings, fit=True)
        made = ended(train(home, request))
    finally:
        del taken
        torch.cuda.empty_cache()
    run = work_of(home, made.run_id)
    kept = run.path / "fit.json"
    return {
        "state": made.state,
        "batch_cases": LARGE,
        "left_mb": LEFT_MB,
        "at_once": read_json(kept)["micro_cases"] if kept.exists() else LARGE,
        "loss": made.metrics.get("loss"),
    }
