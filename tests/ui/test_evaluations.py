"""The sample home, and what the actions and commands say of its evaluation and runs."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from exports.report.verdict import verdict
from radonc_tui.actions.cases import show_case
from radonc_tui.actions.evaluations import (
    compare_runs,
    diagnoses_of,
    list_evaluations,
    show_evaluation,
)
from radonc_tui.actions.report import report
from radonc_tui.actions.runs import list_runs
from radonc_tui.cli.evaluations import evaluations
from radonc_tui.cli.output import Session
from store import work
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.lines import read_json, sha256_file, write_json
from tests.driven import ended
from tests.ui.sample import BUNDLE, EVALUATION, RUN, STOPPED_RUN

T = TypeVar("T")
Call = Callable[..., str]


@pytest.fixture
def call(sample_home: Home, capsys: pytest.CaptureFixture[str]) -> Call:
    def radonc(*arguments: str) -> str:
        session = Session(str(sample_home.path), 0.0)
        evaluations.main(list(arguments), standalone_mode=False, obj=session)
        return capsys.readouterr().out

    return radonc


def test_the_sample_is_what_it_says(sample_home: Home) -> None:
    states = {run["id"]: run["state"] for run in ended(list_runs(sample_home))}
    assert states == {RUN: "done", STOPPED_RUN: "stopped"}
    for spec in sample_home.path.glob("*/*/spec.json"):
        assert str(sample_home.path) in spec.read_text()
        assert "pytest" not in spec.read_text().replace(str(sample_home.path), "")
    bundle = work.find(sample_home, "bundle", BUNDLE)
    assert bundle.manifest is not None
    for name, entry in bundle.manifest["files"].items():
        assert sha256_file(bundle.path / name) == entry["sha256"]
    assert ended(report(sample_home, "latest")).evaluation["synthetic"] is True


def test_evaluations_are_listed_with_their_verdicts(sample_home: Home) -> None:
    (line,) = ended(list_evaluations(sample_home))
    evaluation = read_json(sample_home.folder("evaluations") / EVALUATION / "evaluation.json")
    assert line["verdict"] == verdict(evaluation)
    assert (line["state"], line["patients"], line["made"]) == ("done", 15, "2026-11-05 09:00")
    assert line["tuned"] == f"{BUNDLE}:Q8_0"


@pytest.mark.parametrize("damage", ["spec.json", "evaluation.json"])
def test_a_file_cut_short_is_one_line_and_stops_nothing(sample_home: Home, damage: str) -> None:
    path = sample_home.folder("evaluations") / EVALUATION / damage
    path.write_text('{"schema": 1, "tun')
    (line,) = ended(list_evaluations(sample_home))
    assert (line["id"], line["state"]) == (EVALUATION, "damaged")
    assert damage in line["verdict"]


@pytest.mark.parametrize("damage", ["evaluation.json", "predictions.jsonl"])
def test_a_result_cut_short_is_one_sentence(sample_home: Home, damage: str) -> None:
    path = sample_home.folder("evaluations") / EVALUATION / damage
    path.write_text(path.read_text()[:-9])
    with pytest.raises(RadoncError, match=damage):
        ended(show_evaluation(sample_home, EVALUATION))


def test_a_failed_one_says_why(sample_home: Home) -> None:
    made = work.find(sample_home, "eval", EVALUATION)
    (made.path / "manifest.json").unlink()
    (made.path / "events.jsonl").write_text('{"kind": "state", "state": "failed", "seq": 1}\n')
    write_json(made.path / "error.json", RadoncError("The file is damaged.", "Export.").record())
    (line,) = ended(list_evaluations(sample_home))
    assert (line["state"], line["verdict"]) == ("failed", "The file is damaged. Export.")


def test_one_without_a_worker_and_an_end_has_died(sample_home: Home) -> None:
    path = sample_home.folder("evaluations") / EVALUATION
    (path / "manifest.json").unlink()
    events = (path / "events.jsonl").read_text().splitlines()
    (path / "events.jsonl").write_text("\n".join(events[:-1]) + "\n")
    (line,) = ended(list_evaluations(sample_home))
    assert line["state"] == "died"
    with pytest.raises(BadUsage, match="is died"):
        ended(show_evaluation(sample_home, EVALUATION))


def test_details_agree_with_the_evaluation(sample_home: Home) -> None:
    found = ended(show_evaluation(sample_home, "latest"))
    tasks = found.evaluation["tasks"]
    for task, block in tasks.items():
        cases = [case for case in found.cases if case.task == task]
        assert len(cases) == block["pairs"]
        share = sum(case.tuned.right for case in cases) / len(cases)
        assert share == pytest.approx(block["metrics"]["accuracy"]["tuned"])
        assert set(cases[0].baselines) == set(found.evaluation["baselines"])
    assert {case.change for case in found.cases} == {"better", "worse", "same"}
    assert [confusion.by for confusion in found.confusions] == ["base", "tuned"]
    assert sum(code.cases for code in found.codes) == tasks["icd10"]["pairs"]
    assert found.verdict == verdict(found.evaluation)
    assert any(line.startswith("SYNTHETIC") for line in found.cautions)


def test_the_diagnosis_of_a_test_case_is_the_frozen_one(sample_home: Home) -> None:
    found = ended(show_evaluation(sample_home, EVALUATION))
    diagnoses = ended(diagnoses_of(sample_home, "latest"))
    assert diagnoses.keys() == {case.case_id for case in found.cases}
    case_id, diagnosis = next(iter(diagnoses.items()))
    assert ended(show_case(sample_home, case_id))["diagnosis"] == diagnosis


def test_runs_stand_beside_each_other(sample_home: Home) -> None:
    found = ended(compare_runs(sample_home, [RUN, STOPPED_RUN]))
    rows = {row.name: row for row in found.rows}
    assert rows["learning_rate"].values == (0.001, 0.002)
    assert rows["state"].values == ("done", "stopped")
    assert rows["evaluation"].values == (EVALUATION, None)
    evaluation = read_json(sample_home.folder("evaluations") / EVALUATION / "evaluation.json")
    accuracy = evaluation["tasks"]["regimen"]["metrics"]["accuracy"]["tuned"]
    assert rows["regimen accuracy"].values == (pytest.approx(accuracy), None)
    with pytest.raises(BadUsage, match="with itself"):
        ended(compare_runs(sample_home, [RUN, RUN]))
    with pytest.raises(BadUsage, match="run-x"):
        ended(compare_runs(sample_home, [RUN, "run-x"]))


def test_the_command_lists_and_shows(call: Call, sample_home: Home) -> None:
    assert EVALUATION in call("list")
    (listed,) = json.loads(call("list", "--json"))
    assert listed["id"] == EVALUATION
    shown = call("show")
    evaluation = read_json(sample_home.folder("evaluations") / EVALUATION / "evaluation.json")
    assert verdict(evaluation)[:40] in shown
    assert "reference down, answer across" in shown
    assert "commonest wrong answer" in shown
    everything: dict[str, Any] = json.loads(call("show", EVALUATION, "--json"))
    assert len(everything["cases"]) == 45
    worse = call("show", "--cases", "worse")
    wrong = [case for case in everything["cases"] if case["change"] == "worse"]
    assert wrong
    assert all(case["case_id"] in worse for case in wrong)
    assert f"{len(wrong)} pair" in worse
    whole = call("show", "--case", wrong[0]["case_id"])
    assert wrong[0]["tuned"]["text"] in whole
    assert "nearest case" in whole
    with pytest.raises(BadUsage, match="no test case 'case-x'"):
        call("show", "--case", "case-x")
    with pytest.raises(BadUsage, match="is not running: it is done"):
        call("stop", EVALUATION)
    assert "0 pairs" in call("show", "--cases", "worse", "--task", "icd10")
