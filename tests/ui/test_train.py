"""The screen of training: a run planned, watched, stopped and found again.

Runs here say what a worker says; those that really train are in the integration tests.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import Input, RichLog, Static

from radonc_tui.actions.cases import SynthRequest, synth_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.live import Snapshot
from radonc_tui.actions.progress import Progress
from radonc_tui.actions.runs import Glance
from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.train.area import TrainArea, to_watch
from radonc_tui.screens.train.field import Field
from radonc_tui.screens.train.state import TASKS, Draft, beside, what_is_wrong
from radonc_tui.screens.train.texts import progress_line, samples_text
from radonc_tui.screens.train.watch import broken, thinned, ticks
from radonc_tui.widgets.dialogs import Choose, Confirm
from store import work
from store.home import Home
from store.lines import read_json
from store.splits import SplitRules
from store.work import Work
from tests.ui.conftest import settle, until
from tests.ui.sample import DATASET, RUN, STOPPED_RUN
from tests.ui.train_sample import (
    LIVING,
    begin_run,
    keep_answers,
    living,
    say,
    state,
    step_events,
    train_until,
)
from trainer.machine import Machine

Compare = Callable[..., bool]

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


@pytest.fixture(autouse=True)
def one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Estimates are for a machine that is the same wherever the tests run."""
    machine = Machine("2 cores of a processor", False, 2, 16_000)
    monkeypatch.setattr("radonc_tui.actions.plans.this_machine", lambda: machine)


def area(app: RadoncApp) -> TrainArea:
    assert isinstance(app.screen, TrainArea)
    return app.screen


def text_of(app: RadoncApp, selector: str) -> str:
    shown = app.screen.query_one(selector, Static).content
    return shown.plain if isinstance(shown, Text) else str(shown)


def notice(app: RadoncApp) -> str:
    return text_of(app, "#notice")


# what is known without a screen


def test_a_draft_asks_for_what_was_chosen() -> None:
    draft = Draft(dataset=DATASET, tasks="icd10", preset="fast", then="export and evaluate")
    request = draft.type("steps", "7").type("seed", "0").request
    assert request.settings == ("steps=7",)
    assert (request.tasks, request.preset, request.detach) == (("icd10",), "fast", True)
    assert request.then == ("export", "evaluate")
    assert draft.texts()["steps"] == "60"
    assert draft.type("steps", "60").typed == {}
    assert len(TASKS) == 7


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("steps", "many", "a whole number"),
        ("steps", "", "a whole number"),
        ("learning_rate", "0", "above 0"),
        ("learning_rate", "nan", "above 0"),
        ("load_in_4bit", "perhaps", "true, false or auto"),
        ("precision", "fp8", "bf16"),
        ("load_in_4bit", "auto", ""),
        ("learning_rate", "2e-3", ""),
    ],
)
def test_a_setting_is_checked_as_it_is_typed(name: str, text: str, sentence: str) -> None:
    found = what_is_wrong(name, text)
    assert sentence in found
    assert bool(found) == bool(sentence)


def test_the_first_run_to_watch_is_the_one_that_trains() -> None:
    def run(run_id: str, how: str) -> Glance:
        return Glance(run_id, how, "base", "data")

    trains = [run("a", "running"), run("b", "queued"), run("c", "done")]
    assert to_watch(trains) == "a"
    assert to_watch([run("a", "done"), run("b", "died")]) == "b"
    assert to_watch([]) == ""


def test_numbers_and_answers_are_said_in_words() -> None:
    progress = Progress("train", 10, 40, "steps", {"loss": 1.234, "memory_mb": 3400.0})
    line = progress_line(Snapshot("run-x", "running", progress, 725.0))
    assert line == "███░░░░░░░░░ 10/40 steps · loss 1.23 · 3400 MB · 12 min to go"
    rows = [
        {"step": 5, "case_id": "a", "task": "icd10", "synthetic": True} | answers
        for answers in (
            {"answer": "C50.9", "reference": "C50.9"},
            {"answer": "x", "reference": "y"},
        )
    ]
    said = samples_text(rows).plain
    assert "after step 5: 1 of 2 as the reference (SYNTHETIC)" in said
    assert "= icd10    C50.9" in said
    assert "≠ icd10    x" in said


def test_ticks_are_whole_steps_and_options_go_round() -> None:
    assert broken("a 1 · b 2 · c 3", 9) == "a 1 · b 2\nc 3"
    assert broken("much longer · b", 4) == "much longer\nb"
    assert ticks(range(1, 19), 6) == [1, 4, 7, 11, 14, 18]
    assert ticks([1, 2, 3], 6) == [1, 2, 3]
    assert ticks([5], 6) == [5, 5]
    assert ticks([], 6) == []
    points = [(step, 0.5) for step in range(100)]
    assert len(thinned(points, 10)) == 11
    assert (thinned(points, 10)[0], thinned(points, 10)[-1]) == (points[0], points[-1])
    assert thinned([], 10) == []
    assert beside(("a", "b"), "b", 1) == "a"
    assert beside(("a", "b"), "gone", 1) == "b"


# what there is to see


async def test_an_empty_home_says_what_is_missing(ui_home: Home) -> None:
    app = RadoncApp(ui_home, "train")
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


async def test_a_killed_worker_is_seen_within_two_seconds(sample_home: Home) -> None:
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
            killed = time.monotonic()
            await until(pilot, lambda: "✗ died" in text_of(app, "#headline"))
            assert time.monotonic() - killed < 2
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


# a new one


async def test_the_plan_follows_every_choice(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await settle(pilot)
        assert "41 cases, 123 pairs, 11 steps" in text_of(app, "#plan > Static")
        assert "✔ 0 patients" in text_of(app, "#plan > Static")
        assert "SYNTHETIC" in text_of(app, "#plan > Static")
        await pilot.press("left")
        assert app.screen.query_one("#preset", Field).chosen == "fast"
        await settle(pilot)
        assert "60 steps" in text_of(app, "#plan > Static")
        await pilot.press("up", "right")
        await settle(pilot)
        assert area(app).form.draft.tasks == "regimen"
        assert "41 pairs" in text_of(app, "#plan > Static")
        await pilot.press("enter")
        assert isinstance(app.screen, Choose)
        await pilot.press(*"icd10", "down", "enter")
        await settle(pilot)
        assert area(app).form.draft.tasks == "icd10"
        await pilot.press("escape")
        assert area(app).view == "watch"


async def test_every_setting_is_there_checked_and_explained(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n", "v")
        await settle(pilot)
        steps = app.screen.query_one("#set-steps", Input)
        assert app.focused is steps
        assert len(app.screen.query("Advanced Input")) == len(Draft().texts())
        await pilot.press("backspace", "x")
        await settle(pilot)
        assert "a whole number" in text_of(app, "#row-steps .meaning")
        assert "steps: " in text_of(app, "#plan > Static")
        await pilot.press("ctrl+s")
        assert "no plan to start" in notice(app)
        assert len(work.everything(sample_home, "run")) == 2
        await pilot.press("backspace", "5")
        await settle(pilot)
        assert "5 steps" in text_of(app, "#plan > Static")
        # the preset changes what was not typed
        area(app).form.query_one("#preset", Field).action_turn(-1)
        await settle(pilot)
        assert app.screen.query_one("#set-learning_rate", Input).value == "0.002"
        assert steps.value == "5"
        assert "5 steps" in text_of(app, "#plan > Static")
        await pilot.press("backspace")
        await settle(pilot)
        assert "60 steps" in text_of(app, "#plan > Static")
        await pilot.press("escape")
        assert isinstance(app.focused, Field)
        await pilot.press("v")
        assert not app.screen.query_one("#advanced").has_class("-on")


async def test_what_training_would_refuse_is_said_before(ui_home: Home) -> None:
    list(synth_cases(ui_home, SynthRequest(30)))
    app = RadoncApp(ui_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert area(app).view == "none"
        # a data set brings the form; of this one a test patient has a case in training
        list(freeze(ui_home, SplitRules()))
        with opened(ui_home) as connection:
            connection.execute(
                """INSERT INTO dataset_cases
                   SELECT dataset_id, 10000 + position, 'train', 'copy-' || case_id, record
                   FROM dataset_cases WHERE part = 'test' LIMIT 1"""
            )
        app.changed()
        await until(pilot, lambda: area(app).view == "form")
        await settle(pilot)
        said = text_of(app, "#plan > Static")
        assert "! 1 patients" in said
        assert "in training and in test" in said
        await pilot.press("ctrl+s")
        assert "no plan to start" in notice(app)
        assert not work.everything(ui_home, "run")


async def test_starting_writes_a_run_and_shows_it(
    sample_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to the process itself, which the integration tests start for real."""
    started: list[Work] = []
    monkeypatch.setattr("radonc_tui.actions.train.work.start", lambda run, _: started.append(run))
    app = RadoncApp(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n", "up", "up", "up", "right")
        await settle(pilot)
        assert area(app).form.draft.base == "sample-llama"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: bool(started))
        (run,) = started
        await until(pilot, lambda: run.id in text_of(app, "#headline"))
        assert "trains by itself" in notice(app)
        spec = read_json(run.path / "spec.json")
        assert spec["base"]["name"] == "sample-llama"
        assert spec["estimate"]["machine"] == "2 cores of a processor"
        assert (spec["preset"], spec["then"]) == ("standard", [])
        assert len((run.path / "dataset" / "train.jsonl").read_text().splitlines()) == 123


# pictures


def test_pictures_of_nothing_to_train_on(
    ui_home: Home, snap_compare: Compare, size: tuple[int, int], look: str
) -> None:
    app = RadoncApp(ui_home, "train")

    async def before(pilot: Pilot[None]) -> None:
        await settle(pilot)
        assert app.no_color == (look == "no_color")
        assert area(app).view == "none"

    assert snap_compare(app, terminal_size=size, run_before=before)


KEYS = {"answers": ["a"], "form": ["n"], "advanced": ["n", "v"]}


@pytest.mark.parametrize("what", ["running", "died", "answers", "form", "advanced"])
def test_pictures_of_training(
    sample_home: Home, snap_compare: Compare, size: tuple[int, int], look: str, what: str
) -> None:
    app = RadoncApp(sample_home, "train")

    async def before(pilot: Pilot[None]) -> None:
        await settle(pilot)
        for key in KEYS.get(what, ()):
            await pilot.press(key)
            await settle(pilot)
        if what == "advanced":
            await pilot.press("backspace", "x")
            await settle(pilot)
        await pilot.pause(0.3)
        assert app.no_color == (look == "no_color")
        assert area(app).view == ("form" if what in ("form", "advanced") else "watch")
        assert ("✗ died" in text_of(app, "#headline")) == (what == "died")

    with ExitStack() as stack:
        if what in ("running", "answers", "died"):
            run = begin_run(sample_home)
            train_until(run, 24)
            if what != "died":
                stack.enter_context(living(run))
        assert snap_compare(app, terminal_size=size, run_before=before)
