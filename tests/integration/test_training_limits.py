"""Trainings on the least and the strangest data, in too little memory, and getting no better."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.actions.plans import TrainRequest, plan
from store.errors import RadoncError
from store.home import Home
from store.lines import read_lines, sha256_file, write_json, write_lines
from store.work import Work
from tests.driven import ended
from tests.integration.conftest import Radonc
from tests.integration.runs_ended import Found, endings, frozen_run, home_of_cases
from tests.integration.tiny import tiny_model
from trainer.asked import FILES, freeze_data

SHORT = ("steps=3", "batch_cases=2", "validation_cases=4", "samples=0", "threads=1")
WIDE = ("steps=2", "batch_cases=128", "evaluations=0", "samples=0", "checkpoints=1", "threads=1")
WORSE = (
    *("steps=12", "evaluations=12", "patience=2", "learning_rate=0.03", "warmup=0"),
    *("batch_cases=2", "checkpoints=1", "validation_cases=8", "samples=0", "threads=1"),
)
"""Steps so large that validation is soon worse than it was."""
SHORTER = 150
"""Tokens; many of the cases have more."""
MEMORY_MB = 1300
"""Beyond what the imports take: enough for a few cases at once, not for 128."""


@pytest.fixture(scope="module")
def home(radonc: Callable[[], Radonc]) -> Home:
    return home_of_cases(radonc(), 120)


def with_pairs(run: Path, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> Path:
    """The run with other training pairs, frozen as if they had been asked."""
    file = run / "dataset" / "train.jsonl"
    write_lines(file, change(list(read_lines(file))))
    write_json(run / "dataset" / FILES, freeze_data(run / "dataset"))
    return run


@pytest.fixture(scope="module")
def least(radonc: Callable[[], Radonc]) -> Home:
    """A home of two patients: the newest is in the test, and one left to train on."""
    command = radonc()
    folder = command.home.path.parent
    row = "{0},Adenocarcinoma of the prostate,60 Gy in 20 fractions,photon,C61,{0}\n"
    names = "MRN,Diagnosis,Prescription,Modality,ICD10,Year\n"
    (folder / "clinic.csv").write_text(names + row.format(2019) + row.format(2020))
    command.json("cases", "import", str(folder / "clinic.csv"))
    command.json("privacy", "review", "table")
    command.json("privacy", "confirm", "table")
    command.json("data", "freeze", "--by", "year", "--validation", "0")
    command.json("models", "add", str(tiny_model(folder / "tiny", "llama3")))
    return command.home


@pytest.fixture(scope="module")
def found(home: Home, least: Home) -> dict[str, Found]:
    """Every training of this file, in one process: by name."""
    plain = frozen_run(home, WIDE)

    def of(change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> str:
        return str(with_pairs(frozen_run(home, SHORT), change))

    asked = {
        "one pair": {"run": of(lambda rows: rows[:1])},
        "one class": {"run": of(lambda rows: [{**row, "answer": "photon"} for row in rows])},
        "one long": {"run": of(lambda rows: [*_long(rows[:3]), *rows[3:]])},
        "all long": {"run": of(_long)},
        "no answers": {"run": of(lambda rows: [{**row, "answer": " "} for row in rows])},
        "little memory": {"memory_mb": MEMORY_MB, "fit": True},
        "worse": {"run": str(frozen_run(home, WORSE))},
        "shorter": {"run": str(frozen_run(home, (*SHORT, f"max_length={SHORTER}")))},
        "two cases": {"run": str(frozen_run(least, SHORT, ("icd10",)))},
    }
    texts = {name: json.dumps(ending) for name, ending in asked.items()}
    made = endings(plain, tuple(texts.values()))
    return {"alone": made["{}"], **{name: made[text] for name, text in texts.items()}}


def _long(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{**row, "diagnosis": "Adenocarcinoma 7 " * 5900} for row in rows]


@pytest.mark.parametrize("name", ["one pair", "one class"])
def test_little_to_learn_from_is_learned(found: dict[str, Found], name: str) -> None:
    made = found[name]["after"]
    assert made["state"] == "done", made["said"]
    assert len(made["metrics"]["loss"]) == 3
    assert made["metrics"]["cases"] == (1 if name == "one pair" else found_cases(found))


def found_cases(found: dict[str, Found]) -> int:
    return found["alone"]["after"]["metrics"]["cases"]


def test_a_diagnosis_of_100_000_characters_is_left_out_and_counted(
    found: dict[str, Found],
) -> None:
    made = found["one long"]["after"]
    assert made["state"] == "done"
    assert made["metrics"]["cases"] == found_cases(found) - 1
    assert "1 cases of train exceed 1024 tokens: left out" in made["log"]


@pytest.mark.parametrize("name", ["all long", "no answers"])
def test_nothing_to_learn_is_refused_before_the_first_step(
    found: dict[str, Found], name: str
) -> None:
    made = found[name]["after"]
    assert made["state"] == "failed"
    assert "No training case has an answer to learn and fits" in made["said"]
    assert made["last"] == 0


def test_too_little_memory_is_a_sentence(found: dict[str, Found]) -> None:
    one = found["little memory"]
    assert one["after"]["state"] == "failed"
    assert "needs more memory than there is" in one["after"]["said"]
    assert "--fit" in one["after"]["said"]


def test_a_run_that_had_too_little_memory_goes_on_with_fewer_cases(found: dict[str, Found]) -> None:
    alone, then = found["alone"]["after"], found["little memory"]["then"]
    assert then["state"] == "done", then["said"]
    assert any("not enough memory for 128 cases at once" in line for line in then["log"])
    # fewer at once learn the same
    assert then["metrics"]["loss"] == pytest.approx(alone["metrics"]["loss"], rel=1e-3)


def test_a_plan_counts_what_the_training_leaves_out(home: Home, found: dict[str, Found]) -> None:
    planned = ended(plan(home, TrainRequest("tiny", settings=(f"max_length={SHORTER}",))))
    long = planned.too_long["train"]
    assert long
    assert planned.context == SHORTER
    said = f"{long} of train and {planned.too_long['validation']} of validation are longer than"
    assert any(caution.startswith(f"{said} {SHORTER} tokens") for caution in planned.cautions)
    made = found["shorter"]["after"]
    assert f"{long} cases of train exceed {SHORTER} tokens: left out" in made["log"]
    assert made["metrics"]["cases"] == planned.cases - long == found_cases(found) - long
    # with room for the longest there is nothing to say
    assert ended(plan(home, TrainRequest("tiny"))).too_long == {"train": 0, "validation": 0}


def test_a_plan_of_cases_that_are_all_too_long_is_refused(home: Home) -> None:
    asked = TrainRequest("tiny", settings=("max_length=40",))
    with pytest.raises(RadoncError, match="Every training case is longer than 40 tokens") as raised:
        ended(plan(home, asked))
    assert "max_length" in raised.value.hint


def test_a_data_set_with_one_pair_to_learn_says_so_and_trains(
    least: Home, found: dict[str, Found]
) -> None:
    planned = ended(plan(least, TrainRequest("tiny", tasks=("icd10",))))
    assert (planned.cases, planned.pairs, planned.validation_cases) == (1, 1, 0)
    assert "1 training cases are few" in " ".join(planned.cautions)
    assert "no validation cases" in " ".join(planned.cautions)
    made = found["two cases"]["after"]
    assert made["state"] == "done", made["said"]
    metrics = made["metrics"]
    assert (metrics["cases"], metrics["validation"], metrics["adapter_step"]) == (1, [], 3)
    assert metrics["loss"][-1] < metrics["loss"][0]


@pytest.mark.parametrize("name", ["alone", "worse"])
def test_a_run_keeps_how_wrong_its_plan_was(found: dict[str, Found], name: str) -> None:
    made = found[name]["after"]
    metrics, asked = made["metrics"], Work(Path(made["path"])).spec["estimate"]
    # a run that ended early has no time to compare
    kept = {"alone": {"memory_mb", "seconds", "tokens"}, "worse": {"memory_mb"}}[name]
    assert metrics["estimate"].keys() == kept
    for what, told in metrics["estimate"].items():
        assert told["measured"] == metrics[what] > 0
        assert told["estimated"] == asked[what] > 0
        was = told["measured"]
        assert told["error"] == pytest.approx((told["estimated"] - was) / was, abs=1e-4)


def test_a_run_that_gets_no_better_ends_early_with_its_best_step(found: dict[str, Found]) -> None:
    made = found["worse"]["after"]
    assert made["state"] == "done", made["said"]
    metrics = made["metrics"]
    looks = metrics["validation"]
    assert metrics["stopped_early"] is True
    assert len(looks) == metrics["steps"] == made["last"] < metrics["asked_steps"] == 12
    best = min(looks, key=lambda look: look["loss"])
    # two looks in a row that were no better, and not one more
    assert metrics["adapter_step"] == best["step"] == looks[-3]["step"]
    assert f"the adapter is that of step {best['step']}" in made["log"]
    sealed = {step: _adapter_of(made, step) for step in (best["step"], made["last"])}
    assert made["adapter"] == sealed[best["step"]] != sealed[made["last"]]


def _adapter_of(made: dict[str, Any], step: int) -> str:
    """The hash of the adapter in the checkpoint of a step."""
    checkpoint = Path(made["path"]) / "checkpoints" / f"checkpoint-{step}"
    return sha256_file(checkpoint / "adapter_model.safetensors")
