"""Curating from the command line: what leaks and contradicts is listed, and freezing refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from radonc_tui.actions.stored import opened
from radonc_tui.cli.main import run
from store import work
from store.home import Home

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(home: Home, capsys: pytest.CaptureFixture[str]) -> Call:
    def radonc(*arguments: str) -> tuple[int, str, str]:
        code = run(["--home", str(home.path), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return radonc


def as_json(call: Call, *arguments: str, code: int = 0) -> Any:
    ended, out, err = call(*arguments, "--json")
    assert ended == code, out + err
    return json.loads(out)


def test_curating_from_check_to_the_cases_of_a_run(call: Call, home: Home) -> None:
    as_json(call, "cases", "synth", "60")
    assert as_json(call, "cases", "check")["findings"] == []
    with opened(home) as connection:
        found = connection.execute("SELECT case_id FROM cases ORDER BY seq LIMIT 2").fetchall()
        leaks, old = (str(case_id) for (case_id,) in found)
        plan = "diagnosis || '; plan: ' || regimen"
        connection.execute(f"UPDATE cases SET diagnosis = {plan} WHERE case_id = ?", [leaks])
        connection.execute("UPDATE cases SET age = 119 WHERE case_id = ?", [old])

    counts = as_json(call, "cases", "check")["counts"]
    assert counts == {"own_dose_in_text": 1, "treatment_note": 1, "age_setting": 1}
    only = as_json(call, "cases", "check", "--rule", "age_setting")["findings"]
    assert [finding["case_id"] for finding in only] == [old]
    code, out, _ = call("cases", "check")
    assert code == 0
    assert "119" in out
    assert max(len(line) for line in out.splitlines()) <= 80
    assert call("cases", "check", "--rule", "weather")[0] == 2

    code, out, _ = call("cases", "accept", old, "--rule", "age_setting", "--reason", "chart")
    assert (code, out.strip()) == (0, f"{old}: age_setting is accepted.")
    assert call("cases", "accept", old, "--rule", "age_setting", "--reason", "chart")[0] == 2
    assert as_json(call, "cases", "check")["accepted"] == 1

    refused = as_json(call, "data", "freeze", code=3)["error"]
    assert refused["kind"] == "refused"
    assert "radonc data leakage" in refused["hint"]
    listed = as_json(call, "data", "leakage", code=3)
    assert {leak["case_id"] for leak in listed["leaks"]} == {leaks}
    code, out, _ = call("data", "leakage")
    assert code == 3
    assert leaks in out

    call("cases", "exclude", leaks, "--reason", "a plan and no diagnosis")
    assert as_json(call, "data", "leakage")["leaks"] == []
    made = as_json(call, "data", "freeze")
    assert "nothing leaks" in call("data", "leakage", "latest")[1]
    code, out, _ = call("data", "show")
    assert "version 1" in out
    assert "rejected for" in out

    dataset = {"id": made["dataset_id"], "sha256": made["sha256"]}
    work.create(home, "run", "run-20261101-000001", {"dataset": dataset})
    seen = as_json(call, "runs", "cases")
    assert len(seen["cases"]) == 59 - made["card"]["parts"]["test"]
    assert "learned from" in call("runs", "cases")[1]


def test_rules_of_selection_are_listed_and_set(call: Call) -> None:
    as_json(call, "cases", "synth", "30")
    rules = as_json(call, "cases", "rules", "list")
    assert sum(rule["left_out"] for rule in rules["import"]) > 0
    assert all(rule["is_default"] for rule in rules["data set"])
    assert as_json(call, "cases", "rules", "set", "first_year", "2020")["value"] == "2020"
    card = as_json(call, "data", "split")
    assert card["left_out"]["first_year"] == 30 - card["cases"] > 0
    assert call("cases", "rules", "set", "first_year", "soon")[0] == 2
    assert call("cases", "rules", "set", "weather", "on")[0] == 2
    out = call("cases", "rules", "list")[1]
    assert "first_year" in out
    assert "least_gy_per_fraction" in out
    assert all(rule["is_default"] for rule in rules["import rules"])
    assert call("cases", "rules", "set", "most_gy", "90")[1] == (
        "most_gy is 90, for the imports from now on.\n"
    )
