"""Training for real, small: other families, stop and resume, 4 bit."""

import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from store.lines import sha256_file
from store.work import Work
from tests.integration.conftest import Radonc
from tests.integration.tiny import Family, tiny_model

SETTINGS = ("--set", "steps=4", "--set", "batch_cases=4", "--set", "validation_cases=4")


@pytest.fixture(scope="module")
def clinic(radonc: Callable[[], Radonc], tmp_path_factory: pytest.TempPathFactory) -> Radonc:
    """A home with cases, a data set and a tiny base of each family."""
    command = radonc()
    command.json("cases", "synth", "60")
    command.json("data", "freeze")
    root = tmp_path_factory.mktemp("bases")
    families: tuple[Family, ...] = ("mistral", "llama3", "qwen2")
    for family in families:
        command.json("models", "add", str(tiny_model(root / family, family)))
    return command


@pytest.mark.parametrize(
    "family",
    [
        pytest.param("mistral", marks=pytest.mark.slow),
        pytest.param("llama3", marks=pytest.mark.slow),
        "qwen2",
    ],
)
def test_every_family_goes_from_training_to_a_verified_file(clinic: Radonc, family: str) -> None:
    run = clinic.json("train", "--base", family, *SETTINGS)
    assert run["state"] == "done"
    assert run["metrics"]["rows"] == "shared prefix"
    bundle = clinic.json("export", run["run_id"], "--quant", "Q8_0")
    assert bundle["quants"]["Q8_0"]["passed"]
    assert bundle["base"]["name"] == family
    assert clinic.json("models", "verify", bundle["id"])[0]["ok"]


def test_the_base_can_be_in_4_bit_on_a_cpu(clinic: Radonc) -> None:
    run = clinic.json("train", "--base", "llama3", *SETTINGS, "--set", "load_in_4bit=true")
    assert run["state"] == "done"
    # on the same cases each time; the training batches differ in how long their answers are
    looked = [look["loss"] for look in run["metrics"]["validation"]]
    assert looked[-1] < looked[0]


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(clinic: Radonc) -> None:
    wild = ("--set", "steps=30", "--set", "learning_rate=1e38", "--set", "warmup=0")
    made = clinic("train", "--base", "qwen2", *wild)
    assert made.returncode == 1
    assert "The loss became" in made.stderr
    assert "learning_rate" in made.stderr


def test_a_local_folder_is_a_base_without_being_added_first(clinic: Radonc, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "Clinic-Mistral", "mistral", seed=3)
    run = clinic.json("train", "--base", str(folder), *SETTINGS)
    assert run["state"] == "done"
    names = [model["name"] for model in clinic.json("models", "list")]
    assert names.count("clinic-mistral") == 1


@pytest.mark.slow
def test_a_stopped_and_a_killed_run_go_on_from_their_checkpoints(clinic: Radonc) -> None:
    long = ("--set", "steps=60", "--set", "batch_cases=2", "--set", "checkpoints=20")
    started = clinic.json("train", "--base", "llama3", *long, "--detach")
    run = Work(clinic.home.folder("runs") / started["run_id"])
    wait_for_step(run, 4)
    assert clinic.json("runs", "stop", run.id)["state"] == "stopped"
    stopped_at = last_step(run)
    assert 4 <= stopped_at < 60
    clinic.json("runs", "resume", run.id, "--detach")
    wait_for_step(run, stopped_at + 4)
    os.kill(int((run.path / "pid").read_text()), signal.SIGKILL)
    wait_until(lambda: run.state() == "died")
    shown = clinic.json("runs", "show", run.id)
    assert shown["state"] == "died"
    assert clinic.json("runs", "resume", run.id)["state"] == "done"
    assert last_step(run) == 60
    steps = [e["done"] for e in run.events() if e.get("stage") == "train"]
    # nothing is done twice but the steps since the last checkpoint, three at most
    assert len(steps) - len(set(steps)) <= 3
    metrics = clinic.json("runs", "show", run.id)["metrics"]
    assert metrics["steps"] == len(metrics["loss"]) == 60
    assert [looked["step"] for looked in metrics["validation"]] == [15, 30, 45, 60]
    said = {e["step"]: e["value"] for e in run.events() if e.get("name") == "loss"}
    assert metrics["loss"] == [said[step] for step in range(1, 61)]
    samples = [json.loads(line) for line in (run.path / "samples.jsonl").open()]
    assert Counter(row["step"] for row in samples) == {15: 6, 30: 6, 45: 6, 60: 6}


@pytest.mark.slow
def test_sample_answers_do_not_change_what_is_learned(clinic: Radonc) -> None:
    looks = ("--set", "evaluations=4", "--set", "steps=8", "--set", "lora_dropout=0.1")
    adapters: list[str] = []
    for samples in (2, 0):
        run = clinic.json("train", "--base", "llama3", *looks, "--set", f"samples={samples}")
        assert run["metrics"]["samples"] == 4 * 3 * samples
        folder = clinic.home.folder("runs") / run["run_id"]
        adapters.append(sha256_file(folder / "adapter" / "adapter_model.safetensors"))
        assert (folder / "samples.jsonl").exists() == bool(samples)
    assert adapters[0] == adapters[1]


def test_a_run_says_what_it_costs_and_the_next_plan_knows(clinic: Radonc, tmp_path: Path) -> None:
    run = clinic.json("train", "--base", "mistral", *SETTINGS)
    metrics, asked = run["metrics"], run["plan"]["estimate"]
    assert metrics["stages"]["train"] > 0
    assert metrics["stages"]["samples"] > 0
    assert sum(metrics["stages"].values()) == pytest.approx(metrics["seconds"], abs=1)
    assert asked["tokens"] == pytest.approx(metrics["tokens"], rel=0.5)
    folder = clinic.home.folder("runs") / run["run_id"]
    names = {e["name"] for e in Work(folder).events() if e["kind"] == "metric" and "step" in e}
    assert names >= {"loss", "learning_rate", "tokens_per_second", "memory_mb", "validation_loss"}
    plan = clinic.json("train", "--base", "mistral", "--plan", *SETTINGS)
    basis = re.fullmatch(r"from the pace of (\S+), the same base .*", plan["estimate"]["basis"])
    assert basis, plan["estimate"]
    timed = clinic.json("runs", "show", basis[1])["metrics"]["tokens_per_second"]
    assert plan["estimate"]["tokens_per_second"] == timed
    unseen = tiny_model(tmp_path / "Unseen", "qwen2", seed=8)
    other = clinic.json("train", "--base", str(unseen), "--plan", *SETTINGS)
    assert "scaled" in other["estimate"]["basis"]


def last_step(run: Work) -> int:
    return max((e["done"] for e in run.events() if e.get("stage") == "train"), default=0)


def wait_for_step(run: Work, step: int) -> None:
    wait_until(lambda: last_step(run) >= step)


def wait_until(true: Callable[[], bool], seconds: float = 180) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)


def test_an_adapter_of_a_base_that_changed_is_not_exported(clinic: Radonc) -> None:
    run = clinic.json("train", "--base", "qwen2", *SETTINGS)
    manifest = clinic.home.folder("models") / "qwen2" / "manifest.json"
    whole = manifest.read_text()
    sha = '"sha256": "'
    at = whole.index(sha) + len(sha)
    try:
        Path(manifest).write_text(whole[:at] + "0" * 64 + whole[at + 64 :])
        made = clinic("export", run["run_id"])
        assert made.returncode == 1
        assert "is not the one" in made.stderr
    finally:
        manifest.write_text(whole)
