"""The whole export: adapter and base to a bundle, in the real worker process."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from exports.bundle import (
    base_file_or_wanted,
    ensure_base_gguf,
    find_model,
    list_bundles,
    list_models,
    verify_model,
)
from exports.evaluation.job import evaluate_work
from exports.gguf.strings import SAMPLE_TEXTS
from store.home import Home, open_home
from store.lines import read_json
from store.work import Reporter, Work, create
from tests.integration.tiny import tiny_adapter, tiny_model
from trainer.bases import Base, add_folder
from trainer.pairs import write_pairs
from trainer.tasks import Pair, Task


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return open_home(tmp_path_factory.mktemp("export") / "home")


@pytest.fixture(scope="module")
def base(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tiny_model(tmp_path_factory.mktemp("source") / "tiny", "qwen2")
    return add_folder(home, folder, "tiny-qwen")


@pytest.fixture(scope="module")
def run(home: Home, base: Base) -> Work:
    """A finished run with a random adapter, as training leaves it."""
    spec = {
        "home": str(home.path),
        "base": {"name": base.name, "path": str(base.path), "sha256": base.sha256},
        "dataset": {"id": "data-20261123-abcdef", "sha256": "0" * 64},
        "tasks": ["modality"],
        "labels": {"modality": ["photon", "proton"]},
        "synthetic": True,
    }
    run = create(home, "run", "run-20261123-abcdef", spec)
    tiny_adapter(base.path, run.path / "adapter")
    pairs = [
        Pair(f"c{index}", f"p{index}", Task.MODALITY, text, "photon")
        for index, text in enumerate(SAMPLE_TEXTS)
    ]
    (run.path / "dataset").mkdir()
    write_pairs(run.path / "dataset" / "validation.jsonl", pairs)
    return run


def export(home: Home, base: Base, run: Work, bundle_id: str) -> Work:
    """Run one export to its end in a worker process."""
    quants = ["Q8_0", "Q4_K_M"]
    spec = {"home": str(home.path), "run": str(run.path), "base": str(base.path), "quants": quants}
    bundle = create(home, "bundle", bundle_id, spec)
    subprocess.run([sys.executable, "-P", "-m", "exports.worker", str(bundle.path)], check=False)
    return bundle


@pytest.fixture(scope="module")
def bundle(home: Home, base: Base, run: Work) -> Work:
    (home.tmp / "export-left").mkdir()
    (home.tmp / "export-left" / "F16.gguf").write_bytes(b"left by an export that was killed")
    return export(home, base, run, "bundle-20261123-000001")


def test_a_bundle_is_whole_and_says_what_it_is(bundle: Work, run: Work, base: Base) -> None:
    assert bundle.state() == "done", bundle.failure()
    manifest = bundle.manifest
    assert manifest is not None
    assert set(manifest["files"]) == {"gguf/Q8_0.gguf", "gguf/Q4_K_M.gguf", "MODEL.md"}
    assert manifest["run"] == run.id
    assert manifest["base"]["sha256"] == base.sha256
    assert manifest["labels"] == {"modality": ["photon", "proton"]}
    assert manifest["synthetic"] is True
    assert manifest["recommended"] == "Q8_0"
    assert manifest["refused"] == {}
    assert manifest["checked"]["F16"]["passed"]
    assert not (bundle.path / "gguf" / "F16.gguf").exists()
    for quant, verdict in manifest["quants"].items():
        assert verdict["passed"]
        assert verdict["strings"] >= 4000
        assert verdict["strings_different"] == 0
        assert verdict["sha256"] == manifest["files"][f"gguf/{quant}.gguf"]["sha256"]
    assert "**synthetic**" in (bundle.path / "MODEL.md").read_text()


def test_nothing_of_a_patient_is_in_a_bundle(bundle: Work) -> None:
    for path in bundle.path.iterdir():
        if path.is_file():
            assert "adenocarcinoma" not in path.read_text(), path


def test_every_stage_is_told_with_how_far_it_is(bundle: Work) -> None:
    ended = {e["stage"] for e in bundle.events() if e["kind"] == "progress" and e["total"] > 1}
    assert {"write F16", "quantize Q8_0", "quantize Q4_K_M", "verify F16"} <= ended
    said = [event["text"] for event in bundle.events() if event["kind"] == "log"]
    assert sum("passed" in text for text in said) == 6


def test_the_base_is_there_in_the_same_quantizations(home: Home, bundle: Work) -> None:
    models = {model.label: model for model in list_models(home)}
    assert set(models) == {
        f"{name}:{quant}" for name in ("tiny-qwen", bundle.id) for quant in ("Q8_0", "Q4_K_M")
    }
    assert [verify_model(model) for model in models.values()] == [[]] * 4
    assert find_model(home, "tiny-qwen") == models["tiny-qwen:Q8_0"]
    assert find_model(home, bundle.id).sha256 != find_model(home, "tiny-qwen").sha256


def test_another_quantization_of_the_base_is_made_when_it_is_needed(
    home: Home, base: Base, bundle: Work
) -> None:
    stages: set[str] = set()
    made = ensure_base_gguf(home, base, "Q6_K", lambda stage, *_: stages.add(stage))
    assert made == find_model(home, "tiny-qwen:Q6_K")
    assert verify_model(made) == []
    assert "quantize Q6_K" in stages
    stages.clear()
    assert ensure_base_gguf(home, base, "Q6_K", lambda stage, *_: stages.add(stage)) == made
    assert stages == set()
    assert find_model(home, "tiny-qwen").quant == "Q8_0"


def test_an_evaluation_makes_the_base_file_that_it_needs(
    home: Home, base: Base, bundle: Work, tmp_path: Path
) -> None:
    wanted = base_file_or_wanted(home, "tiny-qwen:Q5_K_M")
    assert wanted.sha256 == ""
    files = {name: str(tmp_path / f"{name}.jsonl") for name in ("test", "train")}
    for name, path in files.items():
        pairs = [
            Pair(f"{name}{index}", f"{name}{index}", Task.MODALITY, text, "photon")
            for index, text in enumerate(SAMPLE_TEXTS[:2])
        ]
        write_pairs(Path(path), pairs)
    models = {"tuned": find_model(home, bundle.id), "base": wanted}
    spec = {
        "home": str(home.path),
        "test_file": files["test"],
        "train_file": files["train"],
        "labels": {"modality": ["photon", "proton"]},
        "quick": True,
    }
    for role, model in models.items():
        facts = {"name": model.name, "path": str(model.path), "sha256": model.sha256}
        spec[role] = {**facts, "quant": model.quant}
    work = create(home, "eval", "eval-20261123-000001", spec)
    evaluate_work(work, Reporter(io.StringIO(), tmp_path / "stop"))
    made = find_model(home, "tiny-qwen:Q5_K_M")
    assert verify_model(made) == []
    assert read_json(work.path / "evaluation.json")["base"]["sha256"] == made.sha256


def test_no_scratch_is_left(home: Home, bundle: Work) -> None:
    assert bundle.state() == "done"
    assert list(home.tmp.iterdir()) == []


def test_a_run_without_adapter_fails_in_one_sentence(home: Home, base: Base, run: Work) -> None:
    spec = {"home": str(home.path), "base": run.spec["base"]}
    empty = create(home, "run", "run-20261123-000000", spec)
    bundle = export(home, base, empty, "bundle-20261123-000002")
    assert bundle.state() == "failed"
    assert str(bundle.failure()).startswith("run-20261123-000000 has no adapter to export.")
    assert bundle.id not in [each.id for each in list_bundles(home)]
    assert not (bundle.path / "gguf").exists()
