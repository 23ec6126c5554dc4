"""What a sweep file may say, and the study behind it: resumable, pruned, counted."""

from pathlib import Path

import pytest

from radonc_tui.actions.sweep import looks_of
from store import work
from store.errors import BadUsage
from store.home import Home
from store.lines import write_json
from trainer.settings import parse_settings
from trainer.sweep import Range, Study, parse_sweep, read_sweep

FILE = """
trials = 5
[fixed]
steps = 20
load_in_4bit = false
[search]
learning_rate = { from = 1e-4, to = 1e-2, log = true }
lora_rank = [4, 8]
batch_cases = { from = 2, to = 6 }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "sweep.toml"
    path.write_text(text)
    return path


def test_a_file_says_what_is_tried(tmp_path: Path) -> None:
    sweep = read_sweep(written(tmp_path, FILE))
    assert sweep.trials == 5
    assert sweep.fixed == ("steps=20", "load_in_4bit=false")
    assert sweep.search == {
        "learning_rate": Range(1e-4, 1e-2, True, False),
        "lora_rank": (4, 8),
        "batch_cases": Range(2, 6, False, True),
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("trials = ", "is no sweep file"),
        ("steps = 3\n[search]\nlora_rank = [1]", "has steps, which no sweep has"),
        ("trials = 0\n[search]\nlora_rank = [1]", "trials must be 1 to"),
        ("trials = 3", "searches nothing"),
        ("[search]\nwarp = [1, 2]", "There is no setting"),
        ("[search]\nlora_rank = [0]", "must be above 0"),
        ("[search]\nlora_rank = { from = 8, to = 4 }", "lora_rank cannot be searched"),
        ("[search]\nweight_decay = { from = 0, to = 1, log = true }", "cannot be searched"),
        ("[search]\nlora_rank = 8", "lora_rank cannot be searched"),
        ("[fixed]\nlora_rank = 8\n[search]\nlora_rank = [4]", "either fixed or searched"),
    ],
)
def test_what_no_sweep_can_do_is_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadUsage, match=sentence):
        read_sweep(written(tmp_path, text))


def test_a_study_goes_on_where_it_was(tmp_path: Path) -> None:
    sweep = read_sweep(written(tmp_path, FILE))
    first = Study(tmp_path, sweep)
    number, options = first.ask()
    parse_settings(options)
    assert options[:2] == sweep.fixed
    first.tell(number, 1.5)
    begun, asked = first.ask()
    again = Study(tmp_path, sweep)
    assert again.ended() == 1
    assert [trial.number for trial in again.interrupted()] == [begun]
    assert again.options(begun) == asked
    again.tell(begun, None)
    assert again.ended() == 2
    assert again.ask()[1] not in (options, asked)


def test_a_trial_worse_than_the_median_is_hopeless(tmp_path: Path) -> None:
    study = Study(tmp_path, parse_sweep({"search": {"lora_rank": [4, 8]}}, "it"))
    for loss in (1.0, 1.1, 1.2):
        number, _ = study.ask()
        # the first ones run to their end, whatever they are
        assert not study.is_hopeless(number, [{"step": 5, "loss": loss}])
        study.tell(number, loss)
    good, _ = study.ask()
    assert not study.is_hopeless(good, [{"step": 5, "loss": 0.9}])
    bad, _ = study.ask()
    assert not study.is_hopeless(bad, [])
    assert study.is_hopeless(bad, [{"step": 5, "loss": 9.0}])
    study.tell(bad, 9.0, pruned=True)
    assert study.ended() == 4


def test_looks_at_validation_are_counted(home: Home) -> None:
    run = work.create(home, "run", "run-1", {})
    with (run.path / "events.jsonl").open("w") as file:
        reporter = work.Reporter(file, run.path / "stop")
        for step in (5, 10, 10):
            reporter.metric("validation_loss", 1.0, step=step)
    assert looks_of(home, run) == {"validation_looks": 2}
    sweep = work.create(home, "sweep", "sweep-1", {"key": "", "file": ""})
    write_json(sweep.path / "result.json", {"trials": [{"looks": 2}, {"looks": 3}]})
    write_json(run.path / "sweep.json", {"sweep": "sweep-1", "trial": 0})
    found = looks_of(home, run)["sweep"]
    assert found == {"id": "sweep-1", "trials": 2, "validation_looks": 5}
