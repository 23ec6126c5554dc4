"""Shared-prefix training beside the stock Trainer of Transformers with PEFT: seconds a step.

Both train the embedded model on the same pairs, from the same fresh adapter, with the same rank,
precision, optimizer, schedule and loss: the mean over pairs of the answer's negative
log-likelihood. Ours is what ``radonc train`` does. Theirs is a pair a row, padded to the longest,
labels on the answers alone, ``compute_loss_func`` given to the Trainer; Unsloth would patch it, so
each side is a process of its own. They take turns, a step each, so that whatever else the machine
does falls on both alike. In the first steps both have the very same batches, which shows that their
losses are the same; in those that count each has batches as it makes them by itself.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from radonc_tui.actions.cases import SynthRequest, synth_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.stored import lease, opened
from store import datasets
from store.home import Home, open_home
from store.lines import write_json
from store.splits import SplitRules
from tests.benchmarks.result import Result
from tests.benchmarks.training_sides import SAME, STEPS, Sides, asked_of
from tests.driven import ended
from trainer.bases import ensure_default
from trainer.machine import has_bf16
from trainer.pairs import case_pairs, write_pairs

CASES_A_BATCH = 25
"""Synthetic cases for each case of a batch: enough for all steps."""


def run() -> Result:
    """The benchmark; about five minutes on two cores."""
    with tempfile.TemporaryDirectory() as folder:
        home = open_home(Path(folder) / "home")
        base = ensure_default(home).path
        # as ``radonc train`` would choose it on this machine, for both sides
        return measured(prepare(Path(folder), home, base, Sides(has_bf16())))


def measured(prepared: Path) -> Result:
    """Both sides in turn on what lies in the folder."""
    with side("theirs", prepared) as theirs, side("ours", prepared) as ours:
        # in this order: theirs leaves the adapter that ours begins with
        for process in (theirs, ours):
            assert read(process) == {"ready": True}
        told: dict[str, list[dict[str, float]]] = {"theirs": [], "ours": []}
        for _ in range(STEPS):
            for name, process in (("ours", ours), ("theirs", theirs)):
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
                told[name].append(read(process))
        held = {"ours": read(ours), "theirs": read(theirs)}
    return _result(told, held, asked_of(prepared))


def _result(
    told: dict[str, list[dict[str, float]]], held: dict[str, dict[str, Any]], asked: Sides
) -> Result:
    seconds = {n: [step["seconds"] for step in made] for n, made in told.items()}
    losses = {n: [step["loss"] for step in made] for n, made in told.items()}
    same = zip(losses["ours"][:SAME], losses["theirs"][:SAME], strict=True)
    median = {n: statistics.median(values[SAME:]) for n, values in seconds.items()}
    alike = {n: statistics.median(values[1:SAME]) for n, values in seconds.items()}
    return Result(
        "shared_prefix",
        median["ours"],
        median["theirs"],
        f"s a step of {asked.batch} cases",
        STEPS - SAME,
        {
            "cases_per_second": {
                name: round(asked.batch / value, 3) for name, value in median.items()
            },
            "ratio on the same batches": round(alike["theirs"] / alike["ours"], 3),
            "largest difference of loss on the same batches": round(
                max(abs(a - b) / b for a, b in same), 6
            ),
            "loss": {name: [round(v, 3) for v in values] for name, values in losses.items()},
            "loss on cases held out, at the end": {
                n: round(end.pop("held"), 3) for n, end in held.items()
            },
            "peak_memory_mb": {name: made[-1]["memory_mb"] for name, made in told.items()},
            "precision": ("bf16" if asked.bf16 else "fp32") + (", 4 bit" if asked.four_bit else ""),
            **held["ours"],
        },
        theirs_is="Transformers Trainer with PEFT, a pair a row",
        limits={"ratio at least": 3.0},
    )


def prepare(folder: Path, home: Home, base: Path, asked: Sides) -> Path:
    """The pairs of synthetic cases beside a base, and what is asked of both sides."""
    ended(synth_cases(home, SynthRequest(CASES_A_BATCH * asked.batch)))
    dataset = ended(freeze(home, SplitRules()))
    with opened(home) as connection:
        cases = datasets.dataset_part(connection, dataset["dataset_id"], "train")
    lease(home).close()
    write_pairs(folder / "pairs.jsonl", (pair for case in cases for pair in case_pairs(case)))
    (folder / "base").symlink_to(base)
    write_json(folder / "asked.json", asdict(asked))
    return folder


@contextmanager
def side(name: str, folder: Path) -> Generator[subprocess.Popen[str]]:
    """One of the two trainers as a process that takes a step for each line it is given."""
    log = folder / f"{name}.log"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.training_sides", name, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log.open("w"),
        text=True,
    )
    try:
        yield process
    except BaseException as error:
        error.add_note(f"{name}: {log.read_text()[-2000:]}")
        raise
    finally:
        process.kill()
        process.wait()


def read(process: subprocess.Popen[str]) -> Any:
    """The next line that a side says, as JSON; the libraries' own talk is passed over."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith('{"'):
            return json.loads(line)
    raise AssertionError(f"a side ended with {process.wait()}")
