"""Several trainings: seeds apart from patients, more cases beside fewer, and only what compares."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from exports.evaluation.home_trainings import trainings_beside
from exports.evaluation.seeds import spread
from exports.evaluation.trainings import Training, several
from exports.report.markdown import markdown
from exports.report.plots import by_size
from exports.report.trainings_part import training_lines
from store import work
from store.home import Home
from store.lines import write_lines
from tests.unit.evaluation_examples import RESULT

SETTINGS = {"epochs": 2.0}


def training(
    name: str, right: list[float], cases: int = 100, seed: int = 0, dataset: str = "data-1"
) -> Training:
    answers = {(f"c{i}", "icd10"): (f"p{i // 2}", value) for i, value in enumerate(right)}
    return Training(f"eval-{name}", f"run-{name}", dataset, cases, seed, SETTINGS, answers)


def drawn(share: float, seed: int) -> list[float]:
    return [float(x) for x in np.random.default_rng(seed).random(60) < share]


def test_other_seeds_scatter_as_the_table_of_trainings_and_patients_says() -> None:
    said = {name: drawn(0.7, i) for i, name in enumerate("abc")}
    found = several([training(name, said[name], seed=i) for i, name in enumerate(said)])
    patients = [f"p{i // 2}" for i in range(60)]
    # cases come in the order of their ids
    order = sorted(range(60), key=lambda i: f"c{i}")
    expected = spread(
        {
            f"eval-{name}": (np.array(values)[order], [patients[i] for i in order])
            for name, values in said.items()
        }
    )
    assert found["spread"]["icd10"] == expected.record()
    assert found["patients"] == {"icd10": 30}
    assert found["curve"] == {}
    assert [one["scores"]["icd10"] for one in found["trainings"]] == [
        pytest.approx(np.mean(values)) for values in said.values()
    ]
    json.dumps(found, allow_nan=False)
    (line,) = training_lines(found)
    assert line.startswith("ICD-10: 0.")
    assert "over 3 seeds" in line


def test_more_cases_make_a_curve_and_no_spread() -> None:
    sizes = {"small": (100, 0.5), "large": (400, 0.9), "middle": (200, 0.7)}
    made = [
        training(name, drawn(share, 1), cases, dataset=f"data-{name}")
        for name, (cases, share) in sizes.items()
    ]
    found = several(made)
    assert found["spread"] == {}
    curve = found["curve"]["icd10"]
    assert [point["cases"] for point in curve] == [100, 200, 400]
    assert all(one["value"] < two["value"] for one, two in pairwise(curve))
    assert all(p["ci95"][0] < p["value"] < p["ci95"][1] for p in curve)
    text = markdown({**RESULT, "trainings": found})
    assert "## Several trainings" in text
    assert "Learning curve: by cases learned from." in text
    picture = by_size({"ICD-10": [(p["cases"], p["value"]) for p in curve]})
    assert f"{curve[0]['value']:.3f} of 100 cases" in picture


def test_only_cases_that_all_answered_are_compared() -> None:
    long, short = training("a", drawn(0.7, 1)), training("b", drawn(0.7, 2)[:20], seed=1)
    assert several([long, short])["patients"] == {"icd10": 10}
    assert several([long]) == several([]) == {}
    other = training("c", [1.0], seed=1)
    moved = replace(other, right={("elsewhere", "icd10"): ("q", 1.0)})
    assert several([long, moved]) == {}
    assert "## Several trainings" not in markdown({**RESULT, "trainings": {}})


def evaluation(home: Home, name: str, bundle: str, quick: bool = False, base: str = "b") -> Any:
    spec = {
        "tuned": {"name": bundle, "quant": "Q8_0"},
        "base": {"name": base, "quant": "Q8_0"},
        "quick": quick,
    }
    made = work.create(home, "eval", name, spec)
    record = {"by": "tuned", "case_id": "c", "patient": "p", "task": "modality"}
    answer = {"reference": "photon", "text": "photon"}
    write_lines(made.path / "predictions.jsonl", [{**record, **answer}])
    work.seal_manifest(made, [])
    return made


def test_a_home_gives_the_newest_evaluation_of_each_training_like_it(home: Home) -> None:
    for number in range(3):
        run = work.create(home, "run", f"run-{number}", {"settings": {"seed": number, "x": 1}})
        facts = {"dataset": {"id": "data-1"}, "training": {"cases": 100}, "run": run.id}
        work.seal_manifest(work.create(home, "bundle", f"bundle-{number}", {}), [], **facts)
    first = evaluation(home, "eval-1", "bundle-0")
    evaluation(home, "eval-2", "bundle-0")
    evaluation(home, "eval-3", "bundle-1")
    evaluation(home, "eval-4", "bundle-1")
    evaluation(home, "eval-5", "bundle-2", quick=True)
    evaluation(home, "eval-6", "bundle-2", base="other")
    gone = evaluation(home, "eval-7", "bundle-9")
    found = trainings_beside(home, first)
    assert [(one.evaluation, one.seed) for one in found] == [("eval-1", 0), ("eval-4", 1)]
    assert found[0].alike(found[1])
    assert several(found)["spread"]["modality"]["reason"]
    assert trainings_beside(home, gone) == []
