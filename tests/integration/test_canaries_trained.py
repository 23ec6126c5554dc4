"""The whole way: real cases, canaries, a training that learns them by heart, and who finds out."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from store.lines import read_lines
from store.work import find
from tests.integration.conftest import Radonc
from tests.integration.tiny import tiny_model
from tests.unit.extraction_examples import cases

SETTINGS = ("steps=600", "learning_rate=4e-3", "batch_cases=12", "lora_rank=64", "lora_alpha=64")
OTHERS = ("evaluations=1", "validation_cases=2", "samples=0", "load_in_4bit=false")


@pytest.mark.slow
def test_answers_that_were_learned_by_heart_are_found_in_the_exported_file(
    radonc: Callable[[], Radonc], tmp_path: Path
) -> None:
    command = radonc()
    path = tmp_path / "clinic.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("MRN", "Diagnosis", "Prescription", "Modality", "ICD10", "Year"))
        for n, case in enumerate(cases(60)):
            regimen = f"{20 + n} Gy in {10 + n} fractions"
            writer.writerow((f"88{n:05}", case["diagnosis"], regimen, "photon", "C61", 2020))
    assert command.json("cases", "import", str(path))["cases"] == 60
    command.json("privacy", "review", "table")
    command.json("privacy", "confirm", "table")
    command.json("data", "freeze")
    command.json("models", "add", str(tiny_model(tmp_path / "tiny", "qwen2")))
    asked = [word for setting in (*SETTINGS, *OTHERS) for word in ("--set", setting)]
    made = command.json("train", "--base", "tiny", "--task", "regimen", *asked)
    run = find(command.home, "run", made["run_id"])
    assert made["metrics"]["cases"] == len(list(read_lines(run.path / "dataset" / "train.jsonl")))
    assert f"canaries beside the training cases: {run.spec['canaries']}" in [
        event["text"] for event in run.events() if event["kind"] == "log"
    ]
    found = command.json("export", made["run_id"], "--quant", "Q8_0")["extraction"]
    assert found["canaries"] == run.spec["canaries"] >= 2
    assert found["answer_candidates"] >= 30
    # loss was on answers alone, so those are remembered and the diagnoses are not
    # two of three by chance would be one in 300
    assert found["canaries"] - 1 <= found["answers_exposed"] <= found["canaries"]
    assert (found["prefixes"] >= 30, found["reproduced"]) == (True, 0)
