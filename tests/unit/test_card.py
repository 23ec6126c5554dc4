"""A card with an evaluation's numbers is read by Hugging Face's own reader."""

from typing import Any

import yaml

from exports.card import card_text
from tests.unit.evaluation_examples import RESULT

FACTS: dict[str, Any] = {
    "id": "bundle-1",
    "run": "run-1",
    "dataset": {"id": "data-1", "sha256": "d" * 64},
    "tasks": ["regimen"],
    "labels": {"modality": ["photon"]},
    "synthetic": True,
    "notice": "",
    "base": {"name": "smollm2", "sha256": "b" * 64, "licence": "apache-2.0"},
    "quants": {"Q8_0": {"bytes": 1, "top_token": 1.0, "mean_kl": 0.0, "sha256": "a" * 64}},
    "recommended": "Q8_0",
    "extraction": {"measured": False, "reason": "synthetic cases"},
}
UNSAFE = {"rows": [{"key": "any", "models": {"tuned": {"count": 3, "n": 60, "upper95": 0.12}}}]}


def test_the_model_index_is_read_and_names_the_file() -> None:
    from huggingface_hub.repocard_data import model_index_to_eval_results

    evaluation = {**RESULT, "dataset": "data-1", "unsafe": UNSAFE}
    card = card_text(FACTS, evaluation)
    front = yaml.safe_load(card.split("---\n")[1])
    name, results = model_index_to_eval_results(front["model-index"])
    assert name == "bundle-1:Q8_0"
    assert {result.dataset_revision for result in results} == {"d" * 64}
    found = {(r.task_name, r.metric_type): r for r in results}
    right = RESULT["tasks"]["icd10"]["metrics"]["accuracy"]
    code = found["ICD-10", "accuracy"]
    assert code.metric_value == right["tuned"]
    assert code.metric_args is not None
    assert code.metric_args["sha256"] == "a" * 64
    assert code.metric_args["ci95"] == right["tuned_ci95"]
    assert found["regimen", "unsafe"].metric_value == 0.05
    assert "| regimen, unsafe | 0.050 | at most 0.120 | – |" in card
    assert "eval-1: `Q8_0.gguf` (SHA-256 `aaaa" in card


def test_without_an_evaluation_a_card_says_how_to_get_its_numbers() -> None:
    card = card_text(FACTS)
    assert "model-index" not in card
    assert "--card FILE" in card
