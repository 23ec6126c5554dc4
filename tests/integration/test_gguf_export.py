"""The whole export: adapter and base to a bundle, in the real worker process."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gguf import GGUFReader

from exports.bundle import (
    base_file_or_wanted,
    ensure_base_gguf,
    find_model,
    list_bundles,
    list_models,
    verify_folder,
    verify_model,
)
from exports.evaluation.job import evaluate_work
from exports.gguf.strings import SAMPLE_TEXTS
from exports.origin import check_base, check_room, check_run
from radonc_tui.actions.models import verify_models
from store.errors import BadUsage, RadoncError
from store.home import Home, open_home
from store.lines import read_json
from store.work import Reporter, Work, create, seal_manifest
from tests.driven import ended
from tests.integration.tiny import tiny_adapter, tiny_model
from trainer.bases import Base, add_folder
from trainer.pairs import write_pairs
from trainer.tasks import Pair, Task

TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}·\n{% endfor %}"
"""A base's own way of writing a conversation, as its makers deliver it."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return open_home(tmp_path_factory.mktemp("export") / "home")


@pytest.fixture(scope="module")
def base(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tiny_model(tmp_path_factory.mktemp("source") / "tiny", "qwen2")
    (folder / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
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
    for part in ("train", "validation"):
        write_pairs(run.path / "dataset" / f"{part}.jsonl", pairs)
    seal_manifest(run, sorted((run.path / "adapter").iterdir()))
    return run


def export(home: Home, base: Base, run: Work, bundle_id: str) -> Work:
    """Run one export to its end in a worker process."""
    quants = ["Q8_0", "Q4_K_M"]
    asked = {"home": str(home.path), "run": str(run.path), "base": str(base.path)}
    bundle = create(home, "bundle", bundle_id, {**asked, "quants": quants, "adapter": True})
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
    files = {f"gguf/{name}.gguf" for name in ("Q8_0", "Q4_K_M", "adapter")}
    texts = {"MODEL.md", "Modelfile", "SHA256SUMS", "chat_template.jinja"}
    assert set(manifest["files"]) == files | texts
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


def test_the_importance_matrix_is_of_the_training_prompts_and_does_not_stay(
    home: Home, bundle: Work, run: Work
) -> None:
    assert bundle.manifest is not None
    measured = bundle.manifest["quants"]["Q4_K_M"]["importance_tokens"]
    assert measured > len(SAMPLE_TEXTS)
    assert bundle.manifest["checked"]["F16"]["importance_tokens"] == 0
    assert not list(bundle.path.rglob("*.npz"))
    assert not list(home.tmp.rglob("*.npz"))


def test_the_adapter_is_a_file_of_its_own_checked_on_a_file_of_the_base(
    home: Home, bundle: Work
) -> None:
    assert bundle.manifest is not None
    adapter = bundle.manifest["adapter"]
    assert adapter["passed"]
    assert adapter["sha256"] == bundle.manifest["files"]["gguf/adapter.gguf"]["sha256"]
    assert adapter["on"] == {
        "name": "tiny-qwen",
        "quant": "Q8_0",
        "sha256": find_model(home, "tiny-qwen").sha256,
    }


def test_a_bundle_proves_itself_wherever_it_is(home: Home, bundle: Work, tmp_path: Path) -> None:
    """By this program and by one that every Linux has."""
    copy = tmp_path / "elsewhere"
    shutil.copytree(bundle.path, copy)
    assert verify_folder(copy) == []
    command = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(command, cwd=copy, check=False).returncode == 0
    verify = ended(verify_models(home, (f"{copy}/", bundle.id)))
    assert [found["ok"] for found in verify] == [True, True]
    with (copy / "gguf" / "Q4_K_M.gguf").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    (copy / "MODEL.md").unlink()
    (copy / "gguf" / "Q2_K.gguf").write_bytes(b"another")
    assert [sentence.removeprefix("elsewhere") for sentence in verify_folder(copy)] == [
        f": {copy / 'MODEL.md'} is missing.",
        f":Q4_K_M: {copy / 'gguf' / 'Q4_K_M.gguf'} has changed since it was checked.",
        ": gguf/Q2_K.gguf is no file of this bundle.",
    ]
    assert subprocess.run(command, cwd=copy, check=False, stderr=-3).returncode != 0
    (copy / "manifest.json").unlink()
    with pytest.raises(BadUsage, match="is no finished bundle"):
        verify_folder(copy)


def test_a_bundle_says_how_it_is_run_without_this_program(bundle: Work) -> None:
    said = (bundle.path / "Modelfile").read_text()
    assert "FROM ./gguf/Q8_0.gguf" in said.splitlines()
    assert f"ollama create {bundle.id} -f Modelfile" in said
    card = (bundle.path / "MODEL.md").read_text()
    assert "llama-server --model gguf/Q8_0.gguf" in card
    assert "llama-server --model tiny-qwen-Q8_0.gguf --lora gguf/adapter.gguf" in card


def test_a_bundle_has_the_chat_template_of_its_base(bundle: Work, base: Base) -> None:
    """As a file of its own and in each model file, for whoever talks with the model."""
    given = (bundle.path / "chat_template.jinja").read_bytes()
    assert given == TEMPLATE.encode() == (base.path / "chat_template.jinja").read_bytes()
    for quant in ("Q8_0", "Q4_K_M"):
        field = GGUFReader(bundle.path / "gguf" / f"{quant}.gguf").get_field(
            "tokenizer.chat_template"
        )
        assert field
        assert field.contents() == TEMPLATE


def test_nothing_of_a_patient_is_in_a_bundle(bundle: Work) -> None:
    for path in bundle.path.iterdir():
        if path.is_file():
            assert "adenocarcinoma" not in path.read_text(), path


def test_every_stage_is_told_with_how_far_it_is(bundle: Work) -> None:
    ended = {e["stage"] for e in bundle.events() if e["kind"] == "progress" and e["total"] > 1}
    assert {"write F16", "quantize Q8_0", "quantize Q4_K_M", "verify F16"} <= ended
    said = [event["text"] for event in bundle.events() if event["kind"] == "log"]
    assert sum("passed" in text for text in said) == 7


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


def changed(run: Work, name: str, text: str | None) -> None:
    if text is None:
        (run.path / name).unlink()
    else:
        (run.path / name).write_text(text)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("adapter/adapter_config.json", "{}", "adapter/adapter_config.json of RUN was changed"),
        ("adapter/adapter_model.safetensors", None, "RUN has no adapter/adapter_model.safetensors"),
        ("dataset/train.jsonl", None, "RUN has no dataset/train.jsonl any more."),
        ("manifest.json", "{", "manifest.json cannot be read"),
        ("spec.json", json.dumps({"schema": 9}), "RUN was made by another version (schema 9)."),
        ("spec.json", json.dumps({"schema": 1}), "is not the one RUN was trained on."),
    ],
)
def test_a_run_that_was_edited_by_hand_is_one_sentence(
    base: Base, run: Work, tmp_path: Path, name: str, text: str | None, sentence: str
) -> None:
    copy = Work(tmp_path / run.id)
    shutil.copytree(run.path, copy.path)
    check_run(copy, base)
    changed(copy, name, text)
    with pytest.raises(RadoncError) as raised:
        check_run(copy, base)
    assert sentence.replace("RUN", run.id) in str(raised.value)
    assert raised.value.hint


def test_a_base_whose_weights_rotted_is_named(base: Base, tmp_path: Path) -> None:
    copy = Base(base.name, tmp_path / "copy", base.manifest)
    shutil.copytree(base.path, copy.path)
    check_base(copy)
    weights = copy.path / "model.safetensors"
    whole = bytearray(weights.read_bytes())
    whole[-5] ^= 8
    weights.write_bytes(whole)
    with pytest.raises(RadoncError, match=r"tiny-qwen: model.safetensors has changed since"):
        check_base(copy)


def test_an_export_that_has_no_room_is_refused_before_it_begins(
    home: Home, base: Base, tmp_path: Path
) -> None:
    """The weights are a hole of 10 TB, which takes no room itself."""
    check_room(home, base, ["F16", "Q8_0"], [])
    large = Base("large", tmp_path / "large", base.manifest)
    large.path.mkdir()
    with (large.path / "model.safetensors").open("wb") as file:
        file.truncate(10**13)
    with pytest.raises(RadoncError, match=r"The export needs \d+\.\d GB of the disk") as raised:
        check_room(home, large, ["Q4_K_M"], [])
    assert "ask for fewer quantizations" in raised.value.hint
