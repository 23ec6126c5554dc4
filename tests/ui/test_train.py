"""The screen of training: a run planned, watched, stopped and found again.

Runs here say what a worker says; those that really train are in the integration tests.
"""

import os
import signal
import subprocess
import sys

from textual.widgets import RichLog

from radonc_tui.app import RadoncApp
from radonc_tui.widgets.dialogs import Choose, Confirm
from store import work
from store.home import Home
from tests.ui.conftest import settle, until
from tests.ui.sample import RUN, STOPPED_RUN
from tests.ui.train_sample import (
    LIVING,
    area,
    begin_run,
    keep_answers,
    living,
    notice,
    say,
    state,
    step_events,
    text_of,
    train_until,
)

WORKER = """
import sys, time
from pathlib import Path
from store.work import run_worker

def job(work, reporter):
    for step in range(1000):
        reporter.progress("train", step + 1, 1000, "steps")
        reporter.metric("loss", 1.0 / (step + 1), step=step + 1)
        time.sleep(0.02)

sys.exit(run_worker(Path(sys.argv[1]), {"run": job}))
"""


async def test_an_empty_home_says_what_is_missing(home: Home) -> None:
    app = RadoncApp(home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        assert "Reading" in text_of(app, "#none")
        await settle(pilot)
        assert area(app).view == "none"
        assert "no data set to train on" in text_of(app, "#none")
        area(app).action_new()
        assert "1 opens Cases" in notice(app)
        area(app).action_stop()
        assert "No run" in notice(app)
        area(app).action_watch()
        assert "no run yet" in notice(app)
        area(app).action_resume()
        assert "No run is open" in notice(app)


async def test_opening_shows_the_newest_run_where_none_trains(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert area(app).view == "watch"
        assert STOPPED_RUN in text_of(app, "#headline")
        assert "· SYNTHETIC  ■ stopped" in text_of(app, "#headline")
        assert "18/40 steps" in text_of(app, "#progress")
        snapshot = area(app).watching.snapshot
        assert snapshot
        assert len(snapshot.series["loss"]) == 18


async def test_a_run_is_followed_and_found_again(sample_home: Home) -> None:
    run = begin_run(sample_home)
    with living(run):
        train_until(run, 10)
        app = RadoncApp(sample_home, "train")
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "10/40 steps" in text_of(app, "#progress"))
            assert f"{LIVING} · SYNTHETIC  ▶ training" in text_of(app, "#headline")
            assert "2 min to go" in text_of(app, "#progress")
            await pilot.press("a")
            assert "after step 10: 1 of 3" in text_of(app, "#answers > Static")
            for number in (11, 12):
                say(run, step_events(number), 0.8)
            await until(pilot, lambda: "12/40 steps" in text_of(app, "#progress"))
            keep_answers(run.path, 20)
            say(run, [{"kind": "samples", "step": 20, "count": 3}])
            await until(pilot, lambda: "after step 20: 3 of 3" in text_of(app, "#answers > Static"))
            # on another screen nothing is read, and nothing is missed
            await pilot.press("6")
            say(run, step_events(13), 0.8)
            await pilot.pause(0.5)
            await pilot.press("2")
            await until(pilot, lambda: "13/40 steps" in text_of(app, "#progress"))
        again = RadoncApp(sample_home, "train")
        async with again.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "13/40 steps" in text_of(again, "#progress"))
            assert LIVING in text_of(again, "#headline")


async def test_a_run_that_waits_says_for_what(sample_home: Home) -> None:
    run = begin_run(sample_home)
    with living(run):
        say(run, [state("queued"), state("running"), state("queued")])
        app = RadoncApp(sample_home, "train")
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "◌ queued" in text_of(app, "#headline"))
            assert "waits for the accelerator" in text_of(app, "#headline")
            say(run, [state("running")])
            say(
                run,
                [{"kind": "progress", "stage": "load model", "done": 0, "total": 1, "unit": ""}],
            )
            await until(pilot, lambda: "▶ load model" in text_of(app, "#headline"))


async def test_a_killed_worker_is_seen_and_can_be_resumed(sample_home: Home) -> None:
    run = begin_run(sample_home)
    code = ["-c", WORKER, str(run.path)]
    worker = subprocess.Popen([sys.executable, "-P", *code], env={**os.environ})
    app = RadoncApp(sample_home, "train")
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "▶ training" in text_of(app, "#headline"), 30)
            assert "train.resume" not in offered(app)
            assert "train.stop" in offered(app)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            await until(pilot, lambda: "✗ died" in text_of(app, "#headline"))
            assert "r resumes it" in text_of(app, "#headline")
            await pilot.pause()
            assert "train.resume" in offered(app)
            assert "train.stop" not in offered(app)
            await pilot.press("i")
            await until(pilot, lambda: "ended without a word" in text_of(app, "#about > Static"))
    finally:
        worker.kill()


def offered(app: RadoncApp) -> set[str]:
    """The ids of the keys that the footer shows."""
    shown = (active.binding for active in app.screen.active_bindings.values())
    return {str(binding.id) for binding in shown if binding.show}


async def test_stopping_asks_first(sample_home: Home) -> None:
    run = begin_run(sample_home)
    app = RadoncApp(sample_home, "train")
    with living(run):
        train_until(run, 3)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "▶ training" in text_of(app, "#headline"))
            await pilot.press("s")
            assert isinstance(app.screen, Confirm)
            await pilot.press("escape")
            await pilot.pause()
            assert not (run.path / "stop").exists()
            await pilot.press("s", "y")
            await until(pilot, (run.path / "stop").exists)
            say(run, [state("stopping")])
            await until(pilot, lambda: "◐ stopping" in text_of(app, "#headline"))


async def test_a_resumed_run_goes_on_in_the_same_place(sample_home: Home) -> None:
    run = begin_run(sample_home)
    train_until(run, 5)
    app = RadoncApp(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "✗ died" in text_of(app, "#headline"))
        with living(run):
            # another process resumed it; it goes over the steps since its checkpoint again
            say(run, [state("queued"), state("running")])
            for number in (4, 5, 6):
                say(run, step_events(number), 0.8)
            await until(pilot, lambda: "6/40 steps" in text_of(app, "#progress"))
            snapshot = area(app).watching.snapshot
            assert snapshot
            assert [step for step, _ in snapshot.series["loss"]] == [1, 2, 3, 4, 5, 6]


async def test_another_run_can_be_watched(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("w")
        assert isinstance(app.screen, Choose)
        await pilot.press(*"000001", "enter")
        await until(pilot, lambda: RUN in text_of(app, "#headline"))
        assert "✔ done" in text_of(app, "#headline")
        await pilot.press("l")
        assert app.screen.query_one(RichLog).lines
        await pilot.press("i")
        about = text_of(app, "#about > Static")
        assert "estimated 3.3 min" in about
        assert "* steps            40" in about


async def test_a_run_directory_cut_short_is_named_and_the_others_stay(sample_home: Home) -> None:
    cut = sample_home.folder("runs") / "run-20261108-000009"
    cut.mkdir()
    (cut / "spec.json").write_text('{"schema": 1, "base"')
    app = RadoncApp(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert STOPPED_RUN in text_of(app, "#headline")
        await pilot.press("w", *"000009", "enter")
        await until(pilot, lambda: "cannot be read" in notice(app))
        assert STOPPED_RUN in text_of(app, "#headline")


async def test_a_home_with_nothing_but_a_damaged_run_shows_the_form(sample_home: Home) -> None:
    for run in work.everything(sample_home, "run"):
        (run.path / "spec.json").write_text("{")
    app = RadoncApp(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert area(app).view == "form"


async def test_damaged_events_are_a_sentence(sample_home: Home) -> None:
    run = begin_run(sample_home)
    with living(run):
        train_until(run, 3)
        app = RadoncApp(sample_home, "train")
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "3/40" in text_of(app, "#progress"))
            with (run.path / "events.jsonl").open("ab") as file:
                file.write(b"\0\0\0\n")
            await until(pilot, lambda: "is damaged" in notice(app))
            await pilot.press("n")
            assert area(app).view == "form"
