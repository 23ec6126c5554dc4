"""The plan of a training on a real store, and the numbers that a run carries on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.cases import SynthRequest, synth_cases
from radonc_tui.actions.data import freeze
from radonc_tui.actions.dataset_facts import dataset_facts
from radonc_tui.actions.plans import TrainRequest, duration, paces, plan
from radonc_tui.actions.runs import list_runs, run_samples
from radonc_tui.actions.stored import opened
from radonc_tui.actions.then import keep_then, read_chain, read_then
from store import work
from store.errors import BadUsage, RadoncError, Refused
from store.home import Home
from store.leakage import same_texts
from store.lines import dumps, write_json, write_lines
from store.splits import SplitRules
from tests.driven import ended
from trainer.machine import this_machine
from trainer.numbers import Numbers
from trainer.tasks import Task


@pytest.fixture
def frozen(home: Home) -> Mapping[str, Any]:
    ended(synth_cases(home, SynthRequest(80)))
    return ended(freeze(home, SplitRules()))


def test_a_plan_says_everything_and_changes_nothing(home: Home, frozen: Mapping[str, Any]) -> None:
    made = ended(plan(home, TrainRequest(tasks=("icd10",), settings=("steps=5",))))
    parts = frozen["card"]["parts"]
    assert {name: part.cases for name, part in made.parts.items()} == parts
    assert made.parts["test"].patients == frozen["card"]["patients"]["test"]
    assert (made.dataset, made.steps, made.tasks) == (frozen["dataset_id"], 5, ("icd10",))
    assert made.leaked_patients == 0
    assert made.synthetic
    assert made.estimate.seconds > 0
    assert made.estimate.available_mb == this_machine().memory_mb
    assert not work.everything(home, "run")
    # the embedded base is not made for a plan
    assert not list(home.folder("models").iterdir())


def test_a_preset_comes_first_and_a_setting_over_it(home: Home, frozen: Mapping[str, Any]) -> None:
    fast = ended(plan(home, TrainRequest(preset="fast")))
    assert (fast.steps, fast.settings.learning_rate) == (60, 2e-3)
    mine = ended(plan(home, TrainRequest(preset="fast", settings=("steps=7",))))
    assert (mine.steps, mine.settings.learning_rate) == (7, 2e-3)
    thorough = ended(plan(home, TrainRequest(preset="thorough")))
    assert thorough.passes == pytest.approx(4, abs=0.2)
    with pytest.raises(BadUsage, match="slow"):
        ended(plan(home, TrainRequest(preset="slow")))


def test_a_patient_on_both_sides_stops_the_plan(home: Home, frozen: Mapping[str, Any]) -> None:
    with opened(home) as connection:
        connection.execute(
            """INSERT INTO dataset_cases
               SELECT dataset_id, 10000 + position, 'train', 'copy-' || case_id, record
               FROM dataset_cases WHERE part = 'test' LIMIT 1"""
        )
    dataset_facts.cache_clear()
    with pytest.raises(Refused, match="1 patients"):
        ended(plan(home, TrainRequest()))


def test_the_same_words_in_train_and_test_are_a_caution() -> None:
    train = [{"diagnosis": "Lung  cancer"}, {"diagnosis": "b"}]
    test = [{"diagnosis": "lung cancer"}, {"diagnosis": "c"}]
    assert same_texts(train, test) == [test[0]]


def test_facts_are_counted_by_task(home: Home, frozen: Mapping[str, Any]) -> None:
    one = dataset_facts(home, frozen["dataset_id"], (Task.ICD10,))
    three = dataset_facts(home, frozen["dataset_id"], tuple(Task))
    assert one.parts == three.parts
    assert one.text.mean < three.text.mean < three.text.longest
    assert one.text.answers < 8


def test_unknown_bases_are_named(home: Home, frozen: Mapping[str, Any]) -> None:
    with pytest.raises(BadUsage, match="no base model 'llama'"):
        ended(plan(home, TrainRequest(base="llama")))


def test_what_earlier_runs_measured_elsewhere_is_not_used(home: Home) -> None:
    spec = {
        "base": {"sha256": "abc"},
        "settings": {"batch_cases": 8, "threads": 0},
        "estimate": {"parameters": 10, "four_bit": False, "characters": 300.0},
    }
    for number, machine in enumerate((this_machine().name, "another machine")):
        run = work.create(home, "run", f"run-{number}", spec)
        metrics = {
            **{"machine": machine, "tokens_per_second": 50.0, "steps": 10, "tokens": 8000},
            "stages": {"load": 30.0, "samples": 12.0},
            "validation": [{}, {}, {}, {}],
        }
        write_json(run.path / "metrics.json", metrics)
    # a run that somebody edited tells nothing, and is in nobody's way
    for name, text in (("run-cut", "{"), ("run-torn", '{"schema": 1}')):
        damaged = work.create(home, "run", name, {})
        (damaged.path / "spec.json").write_text(text)
        write_json(damaged.path / "metrics.json", {"machine": this_machine().name, "steps": 0})
    write_json(work.create(home, "run", "run-odd", spec).path / "metrics.json", [])
    (only,) = paces(home)
    assert only.run_id == "run-0"
    assert (only.characters_a_token, only.sampling) == (3.0, 3.0)


def test_numbers_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    looks = [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 2.5}]
    numbers = Numbers([3.0, None], looks, 100, {"train": 8.0}, 50, 4.0, padded=125, skipped=[2])
    numbers.save(tmp_path)
    again = Numbers()
    again.spend("load", 7.0)
    again.restore(tmp_path)
    assert again.losses == [3.0, None]
    assert (again.best_step, again.worse_looks) == (1, 1)
    record = again.record()
    assert (record["seconds"], record["tokens_per_second"], record["padding"]) == (15.0, 12.5, 0.2)


def test_a_run_that_cannot_be_read_does_not_hide_the_others(home: Home) -> None:
    spec = {
        **{"base": {"name": "b"}, "dataset": {"id": "d"}, "tasks": [], "synthetic": True},
        "settings": {},
    }
    work.create(home, "run", "run-good", spec)
    for name, text in (("run-cut", '{"schema": 1, "ba'), ("run-lacking", '{"schema": 1}')):
        (home.folder("runs") / name).mkdir()
        (home.folder("runs") / name / "spec.json").write_text(text)
    found = {run["id"]: run for run in ended(list_runs(home))}
    assert found["run-good"]["state"] == "died"
    assert found["run-cut"]["state"] == found["run-lacking"]["state"] == "damaged"
    assert "base" in found["run-lacking"]["error"]


def test_samples_are_read_back(home: Home) -> None:
    run = work.create(home, "run", "run-s", {})
    assert ended(run_samples(home, "run-s")) == []
    rows = [{"step": 1, "answer": "60 Gy in 30 fractions"}]
    write_lines(run.path / "samples.jsonl", rows)
    assert ended(run_samples(home, "run-s")) == rows


def test_what_follows_is_checked_and_kept(home: Home) -> None:
    assert read_chain("export, evaluate") == ("export", "evaluate")
    assert read_chain("") == ()
    with pytest.raises(BadUsage):
        read_chain("evaluate")
    run = work.create(home, "run", "run-t", {})
    assert read_then(run) == {}
    keep_then(run, ("export",), "exports", bundle="bundle-1")
    assert read_then(run) == {"steps": ["export"], "state": "exports", "bundle": "bundle-1"}
    assert dumps(read_then(run))


@pytest.mark.parametrize(("seconds", "words"), [(45, "45 s"), (725, "12 min"), (12_240, "3.4 h")])
def test_durations_are_said_shortly(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_an_empty_data_set_is_refused(home: Home) -> None:
    with pytest.raises(RadoncError):
        ended(plan(home, TrainRequest()))
