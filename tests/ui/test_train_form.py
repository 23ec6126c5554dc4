"""A new run on the screen of training: its plan, its settings, its beginning."""

import math

import pytest
from textual.widgets import Input

from radonc_tui.actions.cases import SynthRequest, synth_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.live import Snapshot
from radonc_tui.actions.progress import Progress
from radonc_tui.actions.runs import Glance
from radonc_tui.actions.stored import opened
from radonc_tui.app import RadoncApp
from radonc_tui.screens.train.area import to_watch
from radonc_tui.screens.train.field import Field
from radonc_tui.screens.train.state import TASKS, Draft, beside, what_is_wrong
from radonc_tui.screens.train.texts import progress_line, samples_text
from radonc_tui.screens.train.watch import broken, thinned, ticks
from radonc_tui.widgets.dialogs import Choose
from store import work
from store.home import Home
from store.lines import read_json
from store.splits import SplitRules
from store.work import Work
from tests.ui.conftest import settle, until
from tests.ui.sample import DATASET, RUN
from tests.ui.train_sample import area, notice, text_of


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


def training_cases(home: Home) -> int:
    """How many cases the sample's data set trains on."""
    pairs = home.folder("runs") / RUN / "dataset" / "train.jsonl"
    return len(pairs.read_text().splitlines()) // 3


async def test_the_plan_follows_every_choice(sample_home: Home) -> None:
    app = RadoncApp(sample_home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await settle(pilot)
        cases = training_cases(sample_home)
        steps = math.ceil(cases * 2 / 8)
        planned = f"{cases} cases, {cases * 3} pairs, {steps} steps"
        assert planned in text_of(app, "#plan > Static")
        assert "✔ 0 patients" in text_of(app, "#plan > Static")
        assert "SYNTHETIC" in text_of(app, "#plan > Static")
        await pilot.press("left")
        assert app.screen.query_one("#preset", Field).chosen == "fast"
        await settle(pilot)
        assert "60 steps" in text_of(app, "#plan > Static")
        await pilot.press("up", "right")
        await settle(pilot)
        assert area(app).form.draft.tasks == "regimen"
        assert f"{cases} pairs" in text_of(app, "#plan > Static")
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


async def test_what_training_would_refuse_is_said_before(home: Home) -> None:
    list(synth_cases(home, SynthRequest(30)))
    app = RadoncApp(home, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert area(app).view == "none"
        # a data set brings the form; of this one a test patient has a case in training
        list(freeze(home, SplitRules()))
        with opened(home) as connection:
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
        assert not work.everything(home, "run")


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
        pairs = (run.path / "dataset" / "train.jsonl").read_text().splitlines()
        assert len(pairs) == 3 * training_cases(sample_home)
