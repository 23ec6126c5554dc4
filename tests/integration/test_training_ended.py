"""A training that was ended in any way goes on as if nothing had been, to the same adapter."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import Radonc
from tests.integration.runs_ended import Found, endings, frozen_run, home_of_cases

STEPS = 40
SETTINGS = (
    *(f"steps={STEPS}", "batch_cases=2", "checkpoints=4", "evaluations=2", "validation_cases=4"),
    *("samples=1", "lora_dropout=0.1", "threads=1"),
)
QUICK = ("step:17", "checkpoint optimizer:2", "manifest.json:4", "adapter")
"""One kill in the middle, in a checkpoint, before one is whole, and at the end."""
POINTS = (
    *("checkpoint adapter:3", "checkpoint rng:3", "checkpoint state:3", "numbers.json:3"),
    *("drop checkpoint", "samples.jsonl:2", "metrics.json", "manifest.json:5", "step", "step:40"),
)
OTHERS = ({"point": "step:25", "cut": True}, {"file_bytes": 60_000})


@pytest.fixture(scope="module")
def run(radonc: Callable[[], Radonc]) -> Path:
    return frozen_run(home_of_cases(radonc()), SETTINGS)


def check(found: dict[str, Found], name: str) -> Found:
    """Whatever ended it: the same adapter and losses as the run that was left alone."""
    alone, one = found["{}"]["after"], found[name]
    assert alone["state"] == "done", alone["said"]
    assert one["then"]["state"] == "done", one["then"]["said"]
    assert one["then"]["adapter"] == alone["adapter"]
    for kept in ("loss", "validation", "tokens", "samples", "skipped"):
        assert one["then"]["metrics"][kept] == alone["metrics"][kept], kept
    assert len(one["then"]["metrics"]["loss"]) == STEPS
    # nothing is done twice but the steps since the last checkpoint
    assert one["then"]["twice"] <= STEPS // 4 * (2 if "cut" in one["ending"] else 1)
    return one


def as_point(point: str) -> str:
    return json.dumps({"point": point})


ASKED = (*map(as_point, QUICK), *map(json.dumps, OTHERS))


@pytest.mark.parametrize("point", QUICK)
def test_killed_and_resumed_it_learns_the_same_bit_for_bit(run: Path, point: str) -> None:
    one = check(endings(run, ASKED), as_point(point))
    assert one["killed"]
    assert one["after"]["state"] == "died"
    assert not one["after"]["whole"]
    if point == "step:17":
        assert one["then"]["twice"] == 16 - 10


def test_a_checkpoint_cut_short_is_found_by_its_hash(run: Path) -> None:
    one = check(endings(run, ASKED), json.dumps(OTHERS[0]))
    assert one["after"]["last"] == 24
    assert "1 newer checkpoints were cut short and do not count" in one["then"]["log"]
    assert "goes on from step 10" in one["then"]["log"]


def test_a_full_disk_is_a_sentence_and_the_run_goes_on(run: Path) -> None:
    one = check(endings(run, ASKED), json.dumps(OTHERS[1]))
    assert not one["killed"]
    assert one["after"]["state"] == "failed"
    assert "The disk of" in one["after"]["said"]
    assert "runs resume" in one["after"]["said"]


@pytest.mark.slow
def test_killed_at_every_write_point_and_at_random_moments(run: Path) -> None:
    draw = random.Random(8)
    shares = [{"share": round(draw.uniform(0.05, 1), 4)} for _ in range(8)]
    asked = (*map(as_point, POINTS), *map(json.dumps, shares))
    found = endings(run, asked)
    for name in asked:
        check(found, name)
    assert all(found[as_point(point)]["killed"] for point in POINTS)
