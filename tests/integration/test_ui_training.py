"""Journeys on the screen of training with the real trainer and the embedded model.

The screen is driven by keys alone; what happens is read from the screen and from the processes.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from radonc_tui.actions.progress import end
from radonc_tui.app import RadoncApp
from radonc_tui.screens.train.area import TrainArea
from store import work
from store.home import Home, open_home
from store.work import Work
from tests.integration.conftest import Radonc
from tests.integration.tiny import tiny_model
from tests.ui.conftest import settle, until

PATIENCE = 600.0
"""Seconds that a start of the worker may take on a machine that is busy with other things."""


@pytest.fixture(scope="module")
def clinic(radonc: Callable[[], Radonc]) -> Home:
    """A home with synthetic cases and a data set."""
    command = radonc()
    command.json("cases", "synth", "60")
    command.json("data", "freeze")
    return command.home


def app_on(clinic: Home) -> RadoncApp:
    return RadoncApp(open_home(clinic.path), "train")


def text_of(app: RadoncApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).content)


async def start_training(app: RadoncApp, pilot: Pilot[None], settings: dict[str, str]) -> Work:
    """Plan a run with these settings, start it, and wait until the screen shows it."""
    before = {run.id for run in work.everything(app.home, "run")}
    await settle(pilot)
    assert isinstance(app.screen, TrainArea)
    if app.screen.view != "form":
        await pilot.press("n")
    await pilot.press("v")
    await settle(pilot)
    for name, value in settings.items():
        app.screen.query_one(f"#set-{name}").focus()
        await pilot.press("end", *["backspace"] * 8, *value)
    await settle(pilot)
    assert app.screen.form.plan, text_of(app, "#plan > Static")
    await pilot.press("ctrl+s")

    def new() -> list[Work]:
        return [run for run in work.everything(app.home, "run") if run.id not in before]

    await until(pilot, lambda: bool(new()), PATIENCE)
    (run,) = new()
    await until(pilot, lambda: run.id in text_of(app, "#headline"), 30)
    return run


async def test_a_training_outlives_the_program_and_a_kill(clinic: Home) -> None:
    settings = {"steps": "6", "batch_cases": "2", "evaluations": "1", "checkpoints": "6"}
    first = app_on(clinic)
    async with first.run_test(size=(80, 24)) as pilot:
        run = await start_training(first, pilot, settings)
        assert run.alive()
    try:
        # nobody looks on
        assert run.alive()
        again = app_on(clinic)
        async with again.run_test(size=(140, 40)) as pilot:
            await until(pilot, lambda: run.id in text_of(again, "#headline"), 30)
            assert run.alive()
            await until(pilot, lambda: steps_of(run) >= 2, PATIENCE)
            os.kill(int((run.path / "pid").read_text()), signal.SIGKILL)
            await until(pilot, lambda: "✗ died" in text_of(again, "#headline"))
            await pilot.press("r")
            await until(pilot, lambda: "✗ died" not in text_of(again, "#headline"), 30)
            await until(pilot, lambda: "✔ done" in text_of(again, "#headline"), PATIENCE)
            assert isinstance(again.screen, TrainArea)
            snapshot = again.screen.watching.snapshot
            assert snapshot
            assert [step for step, _ in snapshot.series["loss"]] == [1, 2, 3, 4, 5, 6]
            assert "6/6 steps" in text_of(again, "#progress")
            await until(pilot, lambda: "after step 6" in text_of(again, "#answers > Static"), 30)
            await until(pilot, lambda: "estimated" in text_of(again, "#about > Static"), 30)
    finally:
        end(run)
    assert run.state() == "done"


def states_of(run: Work) -> list[str]:
    return [str(event["state"]) for event in run.events() if event["kind"] == "state"]


async def test_a_second_training_waits_for_the_first_and_then_trains(
    clinic: Home, tmp_path: Path
) -> None:
    command = Radonc(clinic)
    command.json("models", "add", str(tiny_model(tmp_path / "tiny", "qwen2")))
    begin = ("train", "--base", "tiny", "--detach", "--set", "batch_cases=2")
    few = ("--set", "validation_cases=2", "--set", "evaluations=1", "--set", "checkpoints=1")
    runs: list[Work] = []
    try:
        for steps in ("5000", "2"):
            made = command.json(*begin, *few, "--set", f"steps={steps}")
            runs.append(work.find(clinic, "run", made["run_id"]))
            await asyncio.to_thread(wait_until_it_has_or_awaits_the_accelerator, runs[-1])
        first, second = runs
        app = app_on(clinic)
        async with app.run_test(size=(140, 40)) as pilot:
            await until(pilot, lambda: first.id in text_of(app, "#headline"), 30)
            await pilot.press("w")
            await settle(pilot)
            await pilot.press(*second.id, "enter")
            queued = f"{second.id} · SYNTHETIC  ◌ queued: waits for the accelerator"
            await until(pilot, lambda: text_of(app, "#headline") == queued, 30)
            await until(pilot, lambda: "training queued" in app.told.running, 30)
            assert len(app.told.running) == 2
            assert first.alive()
            assert second.alive()
            # the screen goes on by itself once the first lets go
            work.ask_to_stop(first)
            await until(pilot, lambda: "✔ done" in text_of(app, "#headline"), PATIENCE)
            assert "2/2 steps" in text_of(app, "#progress")
    finally:
        for run in runs:
            end(run)
    assert states_of(first)[-1] == "stopped"
    assert states_of(second) == ["queued", "running", "queued", "running", "done"]
    assert time_of(first, "stopped") <= time_of(second, "running")


def time_of(run: Work, state: str) -> float:
    """When a run last said that it is in this state."""
    return max(event["t"] for event in run.events() if event.get("state") == state)


def wait_until_it_has_or_awaits_the_accelerator(run: Work) -> None:
    """The first one trains, any other one says that it waits."""
    until = time.monotonic() + PATIENCE
    while states_of(run)[-2:] != ["running", "queued"] and not any(
        event["kind"] == "progress" and event["stage"] == "train" for event in run.events()
    ):
        assert run.alive(), run.failure()
        assert time.monotonic() < until, states_of(run)
        time.sleep(0.2)


def steps_of(run: Work) -> int:
    """The last step that has its checkpoint."""
    whole = run.path.glob("checkpoints/checkpoint-*/numbers.json")
    return max((int(path.parent.name.split("-")[1]) for path in whole), default=0)
