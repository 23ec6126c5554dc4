"""The command line in this process: what it prints, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from radonc_tui.cli.main import run
from store.home import Home
from store.work import create
from trainer.bases import DEFAULT
from trainer.shape import EMBEDDED_LICENCE

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(home: Home, capsys: pytest.CaptureFixture[str]) -> Call:
    def radonc(*arguments: str) -> tuple[int, str, str]:
        code = run(["--home", str(home.path), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return radonc


def as_json(call: Call, *arguments: str) -> Any:
    code, out, _ = call(*arguments, "--json")
    assert code == 0, out
    return json.loads(out)


def test_synthetic_cases_go_in_and_come_out(call: Call) -> None:
    funnel = as_json(call, "cases", "synth", "60")
    assert funnel["read"] == funnel["cases"] + funnel["rejects"]
    assert funnel["steps"][-1]["count"] == funnel["cases"] > 40
    again = as_json(call, "cases", "synth", "60")
    assert again["duplicates"] == again["cases"]
    total = as_json(call, "cases", "funnel")
    assert (total["cases"], total["rejects"]) == (funnel["cases"], funnel["rejects"])
    page = as_json(call, "cases", "list", "--limit", "3")
    assert page["total"] == funnel["cases"]
    case = page["cases"][0]
    assert as_json(call, "cases", "show", case["case_id"])["diagnosis"] == case["diagnosis"]
    word = case["diagnosis"].split()[-1]
    assert as_json(call, "cases", "search", word, "--where", f"icd10={case['icd10']}")["total"] >= 1
    reason = next(iter(funnel["by_reason"]))
    rejects = as_json(call, "cases", "rejects", "list", "--reason", reason)
    assert {r["reason"] for r in rejects} == {reason}
    code, out, _ = call("cases", "list")
    assert code == 0
    assert case["case_id"] in out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_a_case_is_corrected_annotated_excluded_and_undone(call: Call) -> None:
    as_json(call, "cases", "synth", "60")
    where = ("--where", "modality=photon")
    case_id = as_json(call, "cases", "list", "--limit", "1", *where)["cases"][0]["case_id"]
    change = ("--set", "regimen=8 Gy in 1, photon, uvula", "--set", "icd10=c052")
    edited = as_json(call, "cases", "edit", case_id, *change, "--reason", "typing error")
    assert edited["regimen"] == "8 Gy in 1 fraction, photon, uvula"
    assert as_json(call, "cases", "search", "uvula", "c05.2")["total"] == 1
    assert as_json(call, "cases", "annotate", case_id)["annotated"] is True
    assert as_json(call, "cases", "exclude", case_id, "--reason", "consent")["status"] == "excluded"
    assert as_json(call, "cases", "list", "--where", "status=excluded")["total"] == 1
    assert as_json(call, "cases", "values", "status") == {"included": 59, "excluded": 1}
    assert as_json(call, "cases", "values", "icd10", "--where", "status=excluded") == {"C05.2": 1}
    funnel = as_json(call, "cases", "funnel")
    assert (funnel["excluded"], funnel["steps"][-1]["count"]) == (1, funnel["cases"] - 1)
    assert "excluded by hand" in call("cases", "funnel")[1]
    assert as_json(call, "data", "split")["excluded"] == 1
    shown = as_json(call, "cases", "show", case_id)
    assert [event["kind"] for event in shown["history"]] == ["exclude", "annotate", "edit"]
    code, out, _ = call("cases", "show", case_id)
    assert code == 0
    assert "typing error" in " ".join(out.split())
    for _ in range(2):
        code, out, _ = call("cases", "undo", case_id)
        assert (code, "undo" in out) == (0, True)
    assert as_json(call, "cases", "undo", case_id)["icd10"] != "C05.2"
    code, _, err = call("cases", "undo", case_id)
    assert (code, "Nothing was changed" in err) == (2, True)


def test_a_data_set_is_frozen_listed_and_planned_on(call: Call) -> None:
    as_json(call, "cases", "synth", "80")
    before = as_json(call, "data", "split", "--by", "year")
    made = as_json(call, "data", "freeze")
    assert sum(before["parts"].values()) == sum(made["card"]["parts"].values())
    assert as_json(call, "data", "list")[0]["dataset_id"] == made["dataset_id"]
    assert as_json(call, "data", "show")["test_reads"] == 0
    plan = as_json(call, "train", "--plan", "--task", "icd10", "--set", "steps=5")
    assert plan["steps"] == 5
    assert plan["pairs"] == plan["cases"] == made["card"]["parts"]["train"]


def test_a_plan_says_the_licence_of_its_base(call: Call) -> None:
    as_json(call, "cases", "synth", "60")
    as_json(call, "data", "freeze")
    code, out, _ = call("train", "--plan")
    assert code == 0
    licence = as_json(call, "train", "--plan")["licence"]
    assert licence == EMBEDDED_LICENCE
    assert f"base {DEFAULT}, licence {licence}" in out.splitlines()


def test_doctor_looks_at_everything(call: Call) -> None:
    found = {f["what"]: f for f in as_json(call, "doctor")}
    assert {"python", "gpu", "llama.cpp", "home", "store", "base models"} <= set(found)
    assert {f["state"] for f in found.values()} <= {"ok", "note", "missing"}
    assert found["base models"]["command"] == "radonc demo"


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["cases", "show", "case-x"], 2, "case-x"),
        (["cases", "list", "--where", "patient=1"], 2, "patient"),
        (["cases", "import", "/no/such/file.csv"], 2, "/no/such/file.csv"),
        (["cases", "rejects", "list", "--reason", "no_cde"], 2, "no_code"),
        (["cases", "edit", "case-x", "--set", "icd10=C61"], 2, "case-x"),
        (["cases", "edit", "case-x", "--set", "icd10"], 2, "FIELD=VALUE"),
        (["cases", "edit", "case-x"], 2, "nothing to change"),
        (["cases", "annotate", "case-x"], 2, "case-x"),
        (["cases", "exclude", "case-x"], 2, "reason"),
        (["cases", "include", "case-x"], 2, "case-x"),
        (["cases", "undo", "case-x"], 2, "case-x"),
        (["cases", "values", "patient"], 2, "patient"),
        (["cases", "synth", "0"], 2, "0 cases"),
        (["cases", "synth", "many"], 2, "many"),
        (["data", "show"], 2, "data freeze"),
        (["data", "freeze"], 1, "Of 0 cases"),
        (["train"], 2, "data freeze"),
        (["runs", "show", "run-x"], 2, "run-x"),
        (["export"], 2, "no run"),
        (["evaluate", "bundle-x"], 2, "bundle-x"),
        (["report"], 2, "eval"),
        (["predict", "carcinoma of the lip"], 2, "radonc demo"),
        (["predict", "x", "--in", "a.csv"], 2, "--out"),
        (["models", "verify", "nobody"], 2, "nobody"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_every_error_is_one_sentence_and_a_code(
    call: Call, arguments: list[str], code: int, word: str
) -> None:
    ended, out, err = call(*arguments)
    assert ended == code
    assert word in err
    assert "Traceback" not in err
    ended, out, err = call(*arguments, "--json")
    assert ended == code
    assert word in json.loads(out)["error"]["message"] + json.loads(out)["error"]["hint"]


def test_runs_are_listed_even_where_nothing_ran(call: Call, home: Home) -> None:
    spec = {"base": {"name": "b"}, "dataset": {"id": "d"}, "tasks": [], "synthetic": True}
    create(home, "run", "run-1", spec)
    assert as_json(call, "runs", "list")[0]["state"] == "died"
    code, _, err = call("runs", "stop", "run-1")
    assert (code, "is not running" in err) == (2, True)
    code, _, err = call("runs", "watch", "run-1")
    assert (code, "ended without a word" in err) == (1, True)


def test_without_a_command_it_says_what_there_is(call: Call) -> None:
    code, out, _ = call()
    assert code == 0
    assert "not cleared or approved as a medical device" in " ".join(out.split())


def test_a_dry_run_shows_the_funnel_and_leaves_nothing(
    call: Call, home: Home, tmp_path: Path
) -> None:
    table = tmp_path / "clinic.csv"
    table.write_text(
        "MRN,Dx,Prescription,ICD10,Modality\n"
        "1,Adenocarcinoma of the prostate cT2,60 Gy in 20 fractions,C61,photon\n"
        "2,Carcinoma of the left breast pT1,see plan,C50.912,photon\n"
    )
    dry = as_json(call, "cases", "import", str(table), "--dry-run")
    assert (dry["read"], dry["cases"], dry["rejects"]) == (2, 1, 1)
    assert not list(home.folder("imports").iterdir())
    assert as_json(call, "cases", "funnel")["read"] == 0
    taken = as_json(call, "cases", "import", str(table))
    assert taken["cases"] == 1
    # the store has them now, so no copy stays behind
    assert not list(home.folder("imports").glob("*/*.jsonl.part"))
    assert not list(home.folder("imports").glob("*/cases.jsonl"))


def test_synthetic_and_real_cases_are_not_mixed_by_accident(call: Call, tmp_path: Path) -> None:
    table = tmp_path / "clinic.csv"
    rows = [f"{n},Carcinoma number {n},60 Gy in 20 fractions,C61,photon" for n in range(40)]
    table.write_text("MRN,Dx,Prescription,ICD10,Modality\n" + "\n".join(rows) + "\n")
    assert "Next: radonc privacy review" in call("cases", "import", str(table))[1]
    assert "Next: radonc data freeze" in call("cases", "synth", "40")[1]
    code, _, err = call("data", "freeze")
    assert (code, "--source" in err) == (3, True)
    card = as_json(call, "data", "freeze", "--source", "synthetic")["card"]
    assert card["synthetic"] == card["cases"] == 40


def test_a_failed_import_tells_no_row_to_events_and_logs(
    call: Call, home: Home, tmp_path: Path
) -> None:
    table = tmp_path / "clinic.csv"
    table.write_text("Quillfeather,1950-02-03,T. Gy\nQuillfeather,1951-02-03,other\n")
    code, out, err = call("cases", "import", str(table))
    assert code != 0
    assert "Traceback" not in err
    files = [p for p in home.folder("imports").rglob("*") if p.is_file()]
    texts = {p.name: p.read_text() for p in files if p.suffix in (".jsonl", ".log", ".json")}
    assert {"events.jsonl", "stderr.log"} <= set(texts)
    assert not [name for name, text in texts.items() if "Quillfeather" in text]
    assert "Quillfeather" not in out + err
