"""The whole job, quick, on the embedded model; then what a person does with the result."""

import json
from pathlib import Path
from typing import Any

import pytest

from exports.flags.flag import BESIDE
from tests.integration.conftest import Radonc

Demo = tuple[Radonc, dict[str, Any]]
TASKS = {"regimen", "modality", "icd10"}


def test_it_prints_the_agreed_shape(demo: Demo) -> None:
    _, found = demo
    evaluation = found["evaluation"]
    assert evaluation["synthetic"] is True
    assert evaluation["leaked_patients"] == 0
    assert evaluation["test_reads"] == 1
    assert evaluation["test_patients"] == 12
    assert evaluation["family"] == ["regimen.accuracy", "modality.accuracy", "icd10.accuracy"]
    for model in (evaluation["base"], evaluation["tuned"]):
        assert model["quant"] == "Q8_0"
        assert len(model["sha256"]) == 64
    assert evaluation["base"]["sha256"] != evaluation["tuned"]["sha256"]
    assert set(evaluation["tasks"]) == TASKS
    assert set(evaluation["baselines"]) == {"majority", "tfidf_lr", "nearest"}
    assert set(found["seconds"]) >= {"cases", "train", "export", "evaluate"}


def test_metrics_have_intervals_and_a_quick_run_claims_no_p(demo: Demo) -> None:
    tasks = demo[1]["evaluation"]["tasks"]
    for task, wanted in (
        ("regimen", {"rouge1", "accuracy", "accuracy_string", "unparsed"}),
        ("modality", {"accuracy", "precision_macro", "recall_macro", "f1_macro", "f1_weighted"}),
        ("icd10", {"accuracy", "precision_macro", "recall_macro", "f1_macro", "f1_weighted"}),
    ):
        metrics = tasks[task]["metrics"]
        assert wanted <= set(metrics)
        for metric in metrics.values():
            assert metric["p_one_sided"] is None
            assert metric["reason"]
            if metric["ci95"] is None:
                assert metric["ci95_reason"]
            else:
                low, high = metric["ci95"]
                assert low <= metric["difference"] <= high
        if task != "regimen":
            assert {"accuracy", "f1_macro"} <= set(tasks[task]["free_running"])


def test_the_funnel_and_the_data_set_agree(demo: Demo) -> None:
    radonc, found = demo
    funnel = found["funnel"]
    assert funnel["read"] == funnel["cases"] + funnel["rejects"]
    assert funnel["steps"][-1]["count"] == funnel["cases"]
    dataset = radonc.json("data", "show", "latest")
    assert dataset["card"]["cases"] == funnel["cases"]
    assert dataset["test_reads"] == 1


def test_the_run_learned_and_left_what_it_should(demo: Demo) -> None:
    radonc, _ = demo
    run = radonc.json("runs", "show", "latest")
    assert run["state"] == "done"
    losses = run["metrics"]["loss"]
    assert len(losses) == run["steps"] == 8
    # batches are of one length each, so that the last alone may be of the hardest texts
    assert min(losses[-3:]) < losses[0] / 2
    assert run["metrics"]["rows"] == "shared prefix"
    events = (Path(run["path"]) / "events.jsonl").read_text()
    texts = [json.loads(line) for line in (Path(run["path"]) / "dataset" / "train.jsonl").open()]
    assert not any(text["diagnosis"] in events for text in texts)
    samples = [json.loads(line) for line in (Path(run["path"]) / "samples.jsonl").open()]
    assert {sample["task"] for sample in samples} == TASKS


def test_three_predictions_carry_their_scores(demo: Demo) -> None:
    _, found = demo
    answer = found["predictions"]
    assert len(answer["predictions"]) == 3
    assert answer["synthetic"] is True
    assert answer["signed_off"] is False
    for made in answer["predictions"]:
        assert set(made) == {"diagnosis", "taken_out", *TASKS, *BESIDE}
        for task in ("modality", "icd10"):
            assert 0 < made[task]["score"] <= 1
            if task not in made["abstained"]:
                assert made[task]["text"] == next(iter(made[task]["scores"]))
        assert made["regimen"]["score"] is not None
        assert ("regimen" in made["abstained"]) is (made["regimen"]["text"] == "")
        assert 0 < made["evidence"][0]["similarity"] <= 1
    flags = found["evaluation"]["flags"]
    assert flags["cases"] == found["evaluation"]["test_cases"]
    assert all(row["count"] <= flags["cases"] for row in flags["rules"])


def test_predict_reads_text_standard_input_and_files(demo: Demo, tmp_path: Path) -> None:
    radonc, _ = demo
    text = "70 yo man, adenocarcinoma of the prostate, PSA 6.1, Gleason 3+3, cT1c, gland 40 cc"
    given = radonc.json("predict", text)["predictions"]
    piped = radonc.json("predict", "-", text=text)["predictions"]
    assert given == piped
    table, out = tmp_path / "in.csv", tmp_path / "out.jsonl"
    table.write_text(f'MRN,Dx\n1,"{text}"\n2,\n3,"brain metastases from NSCLC, 3 lesions"\n')
    done = radonc.json("predict", "--in", str(table), "--out", str(out))
    assert (done["rows"], done["answered"], done["errors"]) == (3, 2, 1)
    rows = [json.loads(line) for line in out.open()]
    assert "error" in rows[1]
    assert rows[0]["modality"]["text"] == given[0]["modality"]["text"]
    assert rows[0]["regimen"]["text"] == given[0]["regimen"]["text"]
    assert radonc("predict", " ").returncode == 2
    assert radonc("predict", "x" * 9000).returncode == 2


def test_drift_is_known_where_the_file_was_evaluated(demo: Demo) -> None:
    radonc, found = demo
    name, _, quant = found["model"].partition(":")
    (model,) = [one for one in radonc.json("models", "list") if one["name"] == name]
    (file,) = [one for one in model["files"] if one["quant"] == quant]
    assert set(file["drift"][found["evaluation"]["device"]]) == TASKS


def test_another_evaluation_counts_another_read(demo: Demo, tmp_path: Path) -> None:
    radonc, found = demo
    again = radonc.json("evaluate", found["model"], "--limit", "4", "--prompts", "0")["evaluation"]
    assert again["test_reads"] == 2
    assert again["test_patients"] == 4
    report = tmp_path / "report.md"
    assert radonc("report", again["id"], "--md", str(report)).returncode == 0
    text = report.read_text()
    assert "synthetic" in text
    assert "not cleared or approved as a medical device" in text
    assert again["tuned"]["sha256"] in text


@pytest.mark.slow
def test_an_evaluation_with_prompts_comes_out_the_same(demo: Demo, tmp_path: Path) -> None:
    radonc, found = demo
    asked = ("evaluate", found["model"], "--limit", "4", "--prompts", "1")
    again = radonc.json(*asked)["evaluation"]
    assert set(again["prompts"]) == TASKS
    for task, row in again["prompts"].items():
        assert (row["patients"], len(row["declared"])) == (1, 5)
        assert row["score"] == max(row["scores"].values())
        scores = again["best_baseline"][task]["scores"]
        assert scores["base_prompted"] == row["score"]
    assert "base_prompted" in again["baselines"]
    whole = radonc.json("report", again["id"])
    assert whole["evaluation"]["id"] == again["id"]
    capsule = tmp_path / "report.json"
    capsule.write_text(json.dumps(whole))
    same = radonc.json("reproduce", str(capsule))
    assert same["differences"] == []
    assert same["values"] > 1000
    assert same["test_reads"] == again["test_reads"] + 1


def test_the_search_over_all_codes_says_what_is_proven(demo: Demo) -> None:
    radonc, _ = demo
    text = "70 yo man, adenocarcinoma of the prostate, PSA 6.1, Gleason 3+3, cT1c, gland 40 cc"
    said = radonc.json("predict", "--all-codes", text)
    assert len(said["codes"]) == 5
    proof = said["proof"]
    assert proof["of_codes"] > 70_000
    if proof["proven"]:
        assert all(proof["others_at_most"] <= each["probability"] for each in said["codes"])
    scores = [each["logprob"] for each in said["codes"]]
    assert scores == sorted(scores, reverse=True)
    assert said["note"] == "suggestion, not a prescription"
    shown = radonc("predict", "--all-codes", text)
    assert shown.returncode == 0
    assert said["codes"][0]["description"][:30] in shown.stdout
    assert "s of search" in shown.stdout
    empty = radonc("predict", "--all-codes", " ")
    assert empty.returncode == 2
    assert "is empty" in empty.stderr


def test_a_changed_model_file_is_found_and_not_used(demo: Demo) -> None:
    radonc, found = demo
    assert all(model["ok"] for model in radonc.json("models", "verify"))
    name, _, quant = found["model"].partition(":")
    path = radonc.home.folder("exports") / name / "gguf" / f"{quant}.gguf"
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        made = radonc("models", "verify", name)
        assert made.returncode == 1
        assert quant in made.stdout
        refused = radonc("predict", "carcinoma of the lip", "--model", found["model"])
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
    finally:
        path.write_bytes(whole)
